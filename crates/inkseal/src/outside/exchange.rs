//! One request and its answer, within a time and a size.

use std::{net::IpAddr, time::Duration};

use reqwest::{Client, Request, Response, StatusCode, Url, header::HeaderMap, redirect::Policy};

use super::OutsideError;

/// Longest code of a refusal that is repeated in our words.
const CODE: usize = 64;

/// A successful answer.
pub struct Reply {
    /// Its HTTP status, 200 to 299.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header that is there once, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.get_all(name).iter();
        let one = all.next()?.to_str().ok()?;
        all.next().is_none().then_some(one)
    }
}

/// A client for this URL, which follows no redirect: what is asked is meant for this
/// address alone. A proxy of the environment is for the world, not for what runs on this
/// machine.
pub fn client(url: &str) -> Client {
    let local = url.parse::<Url>().is_ok_and(|url| is_local(&url));
    let builder = Client::builder().redirect(Policy::none());
    let builder = if local { builder.no_proxy() } else { builder };
    // Fails only without TLS roots or a resolver; the first request will say so.
    builder.build().unwrap_or_default()
}

/// Whether a URL is of this machine.
pub(super) fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// Sends, and reads at most `limit` bytes of a successful answer, all of it within
/// `time`.
pub(super) async fn exchange(
    client: &Client,
    request: Request,
    time: Duration,
    limit: usize,
) -> Result<Reply, OutsideError> {
    let done = tokio::time::timeout(time, answer(client, request, limit)).await;
    done.unwrap_or(Err(OutsideError::Slow(time)))
}

/// Why the body of an answer is not there.
pub enum BodyError {
    /// It broke off.
    Broken(reqwest::Error),
    /// It is longer than was allowed.
    TooLong,
}

/// The body of an answer, of at most `limit` bytes; what is longer is not read further.
pub async fn body(response: &mut Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + part.len() > limit {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

async fn answer(client: &Client, request: Request, limit: usize) -> Result<Reply, OutsideError> {
    let broken = |error: reqwest::Error| OutsideError::Unreachable(reason(error));
    let mut response = client.execute(request).await.map_err(broken)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let body = body(&mut response, limit)
        .await
        .map_err(|error| match error {
            BodyError::Broken(error) => broken(error),
            BodyError::TooLong => OutsideError::Answer(format!("it is longer than {limit} bytes")),
        })?;
    let (success, status) = (status.is_success(), status.as_u16());
    if success {
        return Ok(Reply {
            status,
            headers,
            body,
        });
    }
    if status >= 500
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
    {
        return Err(OutsideError::Failed(status));
    }
    if status < 400 {
        let reason = format!("status {status}; redirects are not followed");
        return Err(OutsideError::Answer(reason));
    }
    let code = code(&body);
    Err(OutsideError::Refused { status, code })
}

/// The innermost reason; the outer ones repeat the URL.
pub fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut inner: &dyn std::error::Error = &error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// The code of a problem (RFC 9457 with our member), or the error of OAuth and of the
/// Cloud Signature Consortium.
fn code(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let code = problem["code"].as_str().or(problem["error"].as_str());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = |code: &&str| code.len() <= CODE && code.bytes().all(plain);
    code.filter(fits).unwrap_or_default().to_owned()
}
