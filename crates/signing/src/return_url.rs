//! Where a signer goes back to from the page: an address of the integrator's APP or site.

use std::{net::Ipv6Addr, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longest address, bytes.
const LONGEST: usize = 2048;

/// An address that the page may lead to when it is done.
///
/// Holds only `https` addresses, addresses in a private-use scheme of an APP, which is a
/// domain name in reverse such as `com.example.app` (RFC 8252, 7.1), and `http` ones of
/// the loopback interface, by its literals (RFC 8252, 7.3). So it never is script, data
/// or a file. It has no fragment: the page adds its answer to the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnUrl(String);

/// Why an address is none to return to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnUrlError {
    /// Not in the characters of a URI, or too long.
    #[error("an address has at most 2048 characters of RFC 3986, and no fragment")]
    Characters,
    /// A scheme that is not let in.
    #[error("use https, or an APP's own scheme such as com.example.app:/done")]
    Scheme,
    /// An address without a host, or with a user's name in it.
    #[error("an https address names its host, without user or password")]
    Host,
}

impl ReturnUrl {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<ReturnUrl> for String {
    fn from(url: ReturnUrl) -> Self {
        url.0
    }
}

impl TryFrom<String> for ReturnUrl {
    type Error = ReturnUrlError;

    fn try_from(text: String) -> Result<Self, ReturnUrlError> {
        text.parse()
    }
}

impl FromStr for ReturnUrl {
    type Err = ReturnUrlError;

    fn from_str(text: &str) -> Result<Self, ReturnUrlError> {
        // RFC 3986, 2: what a browser would read in another way is not among them.
        let known = |c: char| c.is_ascii_alphanumeric() || "-._~:/?[]@!$&'()*+,;=%".contains(c);
        if text.len() > LONGEST || !text.chars().all(known) {
            return Err(ReturnUrlError::Characters);
        }
        let (scheme, rest) = text.split_once(':').ok_or(ReturnUrlError::Scheme)?;
        let good = match scheme.to_ascii_lowercase().as_str() {
            "https" => named(host(rest)?),
            "http" => loopback(host(rest)?),
            private => reversed_domain(private) && rest.starts_with('/'),
        };
        good.then(|| Self(text.to_owned()))
            .ok_or(ReturnUrlError::Scheme)
    }
}

/// The host of what follows a scheme, without its port.
fn host(rest: &str) -> Result<&str, ReturnUrlError> {
    let authority = rest.strip_prefix("//").ok_or(ReturnUrlError::Host)?;
    let end = authority.find(['/', '?']).unwrap_or(authority.len());
    let authority = authority.get(..end).unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        // The colons of an IPv6 address are inside of its brackets.
        Some((host, port)) if !port.ends_with(']') => {
            let port: Option<u16> = port.parse().ok();
            port.filter(|port| *port > 0).map(|_| host)
        }
        _ => Some(authority),
    };
    host.filter(|host| !host.is_empty() && !host.contains('@'))
        .ok_or(ReturnUrlError::Host)
}

fn named(host: &str) -> bool {
    let label = |label: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(good)
    };
    host.split('.').all(label) || literal(host)
}

fn literal(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    inside.is_some_and(|inside| inside.parse::<Ipv6Addr>().is_ok())
}

fn loopback(host: &str) -> bool {
    host == "127.0.0.1" || host == "[::1]"
}

/// Whether a scheme is a domain name in reverse: it has a point, which no scheme has that
/// a browser would run or read.
fn reversed_domain(scheme: &str) -> bool {
    let label = |label: &str| {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(good)
    };
    scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.contains('.')
        && scheme.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_or_a_site_can_be_returned_to() {
        for good in [
            "https://example.com",
            "https://app.example.com:8443/done?x=1&y=%E4%BD%A0",
            "HTTPS://Example.com/Done",
            "https://[2001:db8::1]:8443/done",
            "com.example.app:/done",
            "com.example.app://host/done?from=1",
            "cn.com.bank-1.app:/",
            "http://127.0.0.1:51004/done",
            "http://[::1]/done",
        ] {
            assert!(good.parse::<ReturnUrl>().is_ok(), "{good}");
        }
    }

    #[test]
    fn nothing_that_runs_reads_or_deceives_can() {
        for bad in [
            "",
            "https:",
            "https://",
            "https:///path",
            "https:example.com",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://example.com:/",
            "https://exa mple.com/",
            "https://example.com/\\evil",
            "https://example.com\\@evil.example/",
            "https://example.com/#fragment",
            "https://例子.cn/",
            "https://a..b/",
            "https://[::g]/",
            "http://example.com/",
            "http://localhost/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@evil.example/",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            " https://example.com/",
            "data:text/html,hi",
            "file:///etc/passwd",
            "blob:https://example.com/1",
            "about:blank",
            "vbscript:x",
            "intent://scan/#Intent;end",
            "view-source:https://example.com",
            "myapp:/done",
            "weixin://dl",
            "com.example.app",
            "com.example.app:done",
            ".example:/done",
            "com..app:/done",
            "1com.example:/done",
            "//example.com/",
            "/done",
        ] {
            assert!(bad.parse::<ReturnUrl>().is_err(), "{bad}");
        }
        let long = format!("https://example.com/{}", "a".repeat(LONGEST));
        assert_eq!(long.parse::<ReturnUrl>(), Err(ReturnUrlError::Characters));
    }

    #[test]
    fn what_was_stored_is_parsed_again() {
        let url: ReturnUrl = serde_json::from_str("\"com.example.app:/done\"").unwrap();
        assert_eq!(url.as_str(), "com.example.app:/done");
        assert!(serde_json::from_str::<ReturnUrl>("\"javascript:alert(1)\"").is_err());
    }
}
