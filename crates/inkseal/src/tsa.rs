//! Outside timestamp authorities over HTTP (RFC 3161, 3.4), asked one after the other.
//!
//! The next one is asked when one does not answer, refuses, or gives a token that does
//! not hold: imprint, nonce, signature, path to the configured roots, time. When none is
//! left there is no timestamp, and so no act.

use std::{
    fs,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use crypto::{Digest, Suite};
use pki::{
    Certificate, Purpose,
    timestamp::{Request, Token, read_response},
    validate,
};
use reqwest::{StatusCode, Url, header};
use signing::ports::{Clock, PortError, TimestampAuthority};

use crate::{
    config::Config,
    house::Reason,
    outside::{self, BodyError},
};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// Longest token, in bytes: it must find room in the signature's gap in the file.
const TOKEN: usize = 4096;
/// How far a token's time may be from ours, in milliseconds.
const APART: i64 = 5000;

/// Asks several authorities in their order.
pub struct Client {
    servers: Vec<Server>,
    anchors: Vec<Certificate>,
    patience: Duration,
    clock: Clock,
}

struct Server {
    url: Url,
    http: reqwest::Client,
}

impl Server {
    /// How it is called in logs: no path, which may hold a credential.
    fn name(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl Client {
    /// The client of a configuration; none when it names no authority.
    ///
    /// # Errors
    /// When a URL or the roots cannot be read.
    pub fn configured(config: &Config, clock: Clock) -> Result<Option<Self>, Reason> {
        if config.tsa_urls.is_empty() {
            return Ok(None);
        }
        let path = &config.tsa_anchors;
        let pem = fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            format!(
                "tsa_anchors: {path}: {error}; give the roots of the authorities in tsa_urls as PEM"
            )
        })?;
        let anchors = Certificate::from_pem_many(&pem)?;
        let patience = Duration::from_millis(config.tsa_patience_ms);
        Self::new(&config.tsa_urls, anchors, patience, clock).map(Some)
    }

    /// A client of the authorities at these URLs, whose tokens must lead to `anchors`.
    ///
    /// # Errors
    /// When a URL is none.
    pub fn new(
        urls: &[String],
        anchors: Vec<Certificate>,
        patience: Duration,
        clock: Clock,
    ) -> Result<Self, Reason> {
        let server = |text: &String| {
            let url: Url = text.parse().map_err(|e| format!("tsa_urls: {text}: {e}"))?;
            let http = outside::client(text);
            Ok::<_, String>(Server { url, http })
        };
        Ok(Self {
            servers: urls.iter().map(server).collect::<Result<_, _>>()?,
            anchors,
            patience,
            clock,
        })
    }

    /// The roots that tokens lead to, PEM.
    pub fn anchors_pem(&self) -> String {
        self.anchors.iter().map(Certificate::to_pem).collect()
    }

    /// One authority's token over a digest, verified; DER with the certificates of its
    /// path alone.
    async fn ask(&self, server: &Server, imprint: &Digest) -> Result<Vec<u8>, String> {
        let nonce = u64::from_be_bytes(crypto::random());
        let request = Request::new(imprint.clone(), Some(nonce), true);
        let before = (self.clock)();
        let exchanged = self.exchange(server, request.to_der());
        let answer = tokio::time::timeout(self.patience, exchanged).await;
        let answer = answer.map_err(|_| "it did not answer in time".to_owned())??;
        let token = read_response(&answer, &request).map_err(|error| error.to_string())?;
        let (time, after) = (token.time_ms(), (self.clock)());
        if time < before.saturating_sub(APART) || time > after.saturating_add(APART) {
            let by = time.saturating_sub(after);
            return Err(format!("its time is {by} ms from ours"));
        }
        self.held(&token, imprint)
    }

    async fn exchange(&self, server: &Server, query: Vec<u8>) -> Result<Vec<u8>, String> {
        let failed = |error: reqwest::Error| error.without_url().to_string();
        let request = server
            .http
            .post(server.url.clone())
            .header(header::CONTENT_TYPE, "application/timestamp-query");
        let mut answer = request.body(query).send().await.map_err(failed)?;
        if answer.status() != StatusCode::OK {
            return Err(format!("it answered {}", answer.status()));
        }
        let bytes = outside::body(&mut answer, LONGEST).await;
        bytes.map_err(|error| match error {
            BodyError::Broken(error) => failed(error),
            BodyError::TooLong => format!("it answered more than {LONGEST} bytes"),
        })
    }

    /// Written down again with the certificates of its path alone, as a verifier of
    /// contracts demands it; and read once more, as that verifier will.
    fn held(&self, token: &Token, imprint: &Digest) -> Result<Vec<u8>, String> {
        let (at, purpose) = (token.time_ms().div_euclid(1000), Purpose::Timestamping);
        let path = validate(
            token.signer(),
            token.certificates(),
            &self.anchors,
            at,
            purpose,
        );
        let path = path.map_err(|error| error.to_string())?;
        let der = token.to_der(&path);
        if der.len() > TOKEN {
            return Err(format!("its token has more than {TOKEN} bytes"));
        }
        let again = Token::parse(&der).and_then(|again| again.verify(imprint));
        again.map_err(|error| error.to_string())?;
        Ok(der)
    }
}

#[async_trait]
impl TimestampAuthority for Client {
    async fn timestamp(&self, _: Suite, imprint: &Digest) -> Result<Vec<u8>, PortError> {
        let mut reasons = Vec::new();
        for (number, server) in self.servers.iter().enumerate() {
            let (began, name) = (Instant::now(), server.name());
            let answer = self.ask(server, imprint).await;
            measured(number, answer.is_ok(), began.elapsed());
            match answer {
                Ok(token) => {
                    tracing::info!(number, tsa = name, "a timestamp came from outside");
                    return Ok(token);
                }
                Err(reason) => {
                    tracing::warn!(number, tsa = name, reason, "a timestamp authority failed");
                    reasons.push(format!("{name}: {reason}"));
                }
            }
        }
        Err(PortError {
            port: "timestamp-authority",
            code: "timestamp-unavailable".into(),
            reason: reasons.join("; "),
        })
    }
}

/// By place in the configuration: addresses are no labels.
fn measured(number: usize, granted: bool, took: Duration) {
    let outcome = if granted { "granted" } else { "failed" };
    let number = number.to_string();
    metrics::counter!("inkseal_outside_timestamps_total", "tsa" => number, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("inkseal_outside_timestamp_seconds").record(took);
}
