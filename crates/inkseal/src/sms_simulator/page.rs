//! The inbox as a page that one can look at.

use std::fmt::Write;

use axum::{
    extract::{Query, State},
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use time::{OffsetDateTime, macros::format_description};

use super::{Shared, inbox::Delivered};

/// Most messages on the page.
const SHOWN: usize = 100;
const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;\
    padding:0 1rem;color:#1d2433;background:#f6f7f9}h1{font-size:1.3rem}\
    form{margin:1rem 0}input,button{font:inherit;padding:.3rem .6rem}\
    article{background:#fff;border:1px solid #dfe3ea;border-radius:.5rem;padding:.8rem 1rem;\
    margin:.6rem 0}article header{color:#5b6475;font-size:.9rem}\
    strong{font-size:1.3rem;letter-spacing:.15em}p{margin:.3rem 0;overflow-wrap:anywhere}\
    p.none{color:#5b6475}";

/// Whose messages.
#[derive(Deserialize)]
pub struct Of {
    #[serde(default)]
    number: String,
}

/// `GET /?number=`
pub async fn inbox(State(simulator): State<Shared>, Query(Of { number }): Query<Of>) -> Response {
    let records = simulator.records();
    let wanted = |(of, _): &(&str, &Delivered)| number.is_empty() || *of == number;
    let messages: Vec<_> = records.inbox.all().filter(wanted).take(SHOWN).collect();
    let page = page(&number, &messages);
    // Nothing that a message holds can run, whatever it is.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

fn page(number: &str, messages: &[(&str, &Delivered)]) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"5\">\
         <title>短信收件箱 SMS inbox</title><style>{STYLE}</style>\
         <h1>短信模拟器收件箱 <span lang=\"en\">SMS simulator inbox</span></h1>\
         <p>未向任何手机发送短信。<span lang=\"en\">No telephone was sent anything.</span></p>\
         <form><label>手机号 <span lang=\"en\">Number</span> \
         <input name=\"number\" inputmode=\"numeric\" value=\"{}\"></label> \
         <button>查看 <span lang=\"en\">Show</span></button></form>",
        escaped(number)
    );
    if messages.is_empty() {
        page += "<p class=\"none\">暂无短信 <span lang=\"en\">No messages</span></p>";
    }
    for (number, message) in messages {
        let code = message.code.as_deref().unwrap_or_default();
        // Writing to a string does not fail.
        let _ = write!(
            page,
            "<article><header>{} · {}</header><p>{}</p>",
            escaped(number),
            time(message.at),
            escaped(&message.text)
        );
        if !code.is_empty() {
            let _ = write!(
                page,
                "<p>验证码 <span lang=\"en\">Code</span> <strong>{code}</strong></p>"
            );
        }
        page += "</article>";
    }
    page
}

fn time(at: i64) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    let time = OffsetDateTime::from_unix_timestamp(at.div_euclid(1000));
    let text = time.ok().and_then(|time| time.format(&form).ok());
    text.unwrap_or_default()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_write_the_page() {
        let message = Delivered {
            id: String::new(),
            at: 1_795_783_852_000,
            text: "<script>alert('&')</script>".to_owned(),
            code: None,
        };
        let page = page("\"><b>", &[("<i>", &message)]);
        assert!(
            page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"),
            "{page}"
        );
        assert!(page.contains("value=\"&quot;&gt;&lt;b&gt;\""), "{page}");
        assert!(
            page.contains("&lt;i&gt;") && page.contains("2026-11-27 12:50:52 UTC"),
            "{page}"
        );
    }
}
