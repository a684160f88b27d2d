//! The ports to a trust service in another process, over HTTP with mutual TLS.
//!
//! Nothing that is asked does harm when it is done twice, so every request is repeated a
//! few times when no answer came.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use crypto::{Digest, Signer, Suite};
use ledger::Receipt;
use pki::{
    Certificate, EventBinding, Name,
    revocation::{Reason, Revoked},
};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};
use signing::ports::{CertificateAuthority, PortError, TimestampAuthority};

use crate::{
    house,
    outside::{self, BodyError},
    tls,
    wire::{
        Anchors, Base64, Chain, EnterpriseOrder, Entries, EventOrder, Indexes, RevocationOrder,
        Revocations, State, Timestamp, TimestampOrder,
    },
};

/// How long a connection and an answer may take.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);
/// Pauses before a request is repeated.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// A connection is not used again after this; the other side closes it later.
const IDLE: Duration = Duration::from_secs(15);
/// Longest answer, in bytes.
const LARGEST: usize = 1 << 20;

const AUTHORITY: &str = "certificate-authority";
const TIMESTAMPS: &str = "timestamp-authority";
const LEDGER: &str = "ledger";

/// A trust service in another process. A clone has the same connections.
#[derive(Clone)]
pub struct Remote {
    client: reqwest::Client,
    url: Arc<str>,
}

/// A problem (RFC 9457) as the trust service tells it.
#[derive(serde::Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

impl Remote {
    /// The service at an `https` URL.
    pub fn new(url: &str, identity: tls::Identity) -> Result<Self, house::Reason> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(identity.client()?)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .pool_idle_timeout(IDLE)
            .build()?;
        let url = url.trim_end_matches('/').into();
        Ok(Self { client, url })
    }

    async fn post<A: DeserializeOwned>(
        &self,
        port: &'static str,
        path: &str,
        order: &impl Serialize,
    ) -> Result<A, PortError> {
        let body = serde_json::to_vec(order).map_err(|error| PortError {
            port,
            code: "trust-request-invalid".into(),
            reason: error.to_string(),
        })?;
        self.ask(port, Method::POST, path, body.into()).await
    }

    async fn get<A: DeserializeOwned>(
        &self,
        port: &'static str,
        path: &str,
    ) -> Result<A, PortError> {
        self.ask(port, Method::GET, path, Bytes::new()).await
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        port: &'static str,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<A, PortError> {
        let mut pauses = PAUSES.iter();
        let (status, text) = loop {
            match self.once(&method, path, &body).await {
                Ok((status, text)) if status < 500 => break (status, text),
                answer => match (pauses.next(), answer) {
                    (Some(pause), _) => tokio::time::sleep(*pause).await,
                    (None, Ok(answer)) => break answer,
                    (None, Err(reason)) => {
                        let code = "trust-unreachable".into();
                        return Err(PortError { port, code, reason });
                    }
                },
            }
        };
        let invalid = |what: &str| PortError {
            port,
            code: "trust-answer-invalid".into(),
            reason: format!("the answer with status {status} to {path} is {what}"),
        };
        if (200..300).contains(&status) {
            return serde_json::from_slice(&text).map_err(|_| invalid("not what was expected"));
        }
        let problem: Problem = serde_json::from_slice(&text).map_err(|_| invalid("no problem"))?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if problem.code.len() > 64 || !problem.code.bytes().all(plain) {
            return Err(invalid("a problem without a code"));
        }
        Err(PortError {
            port,
            code: problem.code.into(),
            reason: problem.detail,
        })
    }

    /// One request: the status and the body of its answer.
    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: &Bytes,
    ) -> Result<(u16, Vec<u8>), String> {
        let url = format!("{}/trust/v1/{path}", self.url);
        let request = self.client.request(method.clone(), url);
        let request = request.header("content-type", "application/json");
        let mut answer = request.body(body.clone()).send().await.map_err(broken)?;
        let text = outside::body(&mut answer, LARGEST)
            .await
            .map_err(|error| match error {
                BodyError::Broken(error) => broken(error),
                BodyError::TooLong => format!("the answer has more than {LARGEST} bytes"),
            })?;
        Ok((answer.status().as_u16(), text))
    }

    /// Takes entries into the ledger; one that is there already keeps its place. Gives
    /// the index of each.
    pub async fn append(&self, entries: &[Bytes]) -> Result<Vec<u64>, PortError> {
        let order = Entries {
            entries: entries.iter().map(|entry| Base64::of(entry)).collect(),
        };
        let Indexes { indexes } = self.post(LEDGER, "ledger/entries", &order).await?;
        if indexes.len() == entries.len() {
            return Ok(indexes);
        }
        Err(unexpected(LEDGER, "another number of indexes"))
    }

    /// Proves an entry by its index.
    pub async fn receipt(&self, index: u64) -> Result<Receipt, PortError> {
        let path = format!("ledger/receipts/{index}");
        self.get(LEDGER, &path).await
    }

    /// The trust anchors and the ledger's key.
    pub async fn anchors(&self) -> Result<Anchors, PortError> {
        self.get(LEDGER, "anchors").await
    }
}

/// The innermost reason, without the address.
fn broken(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut reason: &dyn std::error::Error = &error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}

/// An answer that is none.
pub fn unexpected(port: &'static str, what: &str) -> PortError {
    PortError {
        port,
        code: "trust-answer-invalid".into(),
        reason: format!("the trust service answered with {what}"),
    }
}

#[async_trait]
impl CertificateAuthority for Remote {
    async fn issue_event(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
        binding: EventBinding,
    ) -> Result<Vec<Certificate>, PortError> {
        let order = EventOrder {
            tenant: tenant.to_owned(),
            suite: suite.name().to_owned(),
            subject: subject.into(),
            key: Base64::of(key.spki()),
            binding: binding.into(),
        };
        let chain: Chain = self.post(AUTHORITY, "certificates/event", &order).await?;
        let chain = chain.read();
        chain.ok_or_else(|| unexpected(AUTHORITY, "something that is no certificate"))
    }

    async fn issue_enterprise(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
    ) -> Result<Vec<Certificate>, PortError> {
        let order = EnterpriseOrder {
            tenant: tenant.to_owned(),
            suite: suite.name().to_owned(),
            subject: subject.into(),
            key: Base64::of(key.spki()),
        };
        let chain: Chain = self
            .post(AUTHORITY, "certificates/enterprise", &order)
            .await?;
        let chain = chain.read();
        chain.ok_or_else(|| unexpected(AUTHORITY, "something that is no certificate"))
    }

    async fn revoke(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, PortError> {
        let order = RevocationOrder {
            tenant: tenant.to_owned(),
            serials: serials.to_vec(),
            reason: reason.number(),
        };
        let Revocations { revoked } = self.post(AUTHORITY, "revocations", &order).await?;
        if revoked.len() == serials.len() {
            return Ok(revoked.into_iter().map(Into::into).collect());
        }
        Err(unexpected(AUTHORITY, "another number of revocations"))
    }

    async fn revocation(&self, serial: &str) -> Result<Option<Revoked>, PortError> {
        let path = format!("revocations/{serial}");
        let State { revoked } = self.get(AUTHORITY, &path).await?;
        Ok(revoked.map(Into::into))
    }
}

#[async_trait]
impl TimestampAuthority for Remote {
    async fn timestamp(&self, suite: Suite, imprint: &Digest) -> Result<Vec<u8>, PortError> {
        let order = TimestampOrder {
            suite: suite.name().to_owned(),
            imprint: imprint.clone(),
        };
        let Timestamp { token } = self.post(TIMESTAMPS, "timestamps", &order).await?;
        let token = token.bytes();
        token.ok_or_else(|| unexpected(TIMESTAMPS, "something that is no base64"))
    }
}
