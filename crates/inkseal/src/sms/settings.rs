//! How the gateway is reached and what it speaks: `[sms_gateway]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::outside::{Limits, SecretMac, reading::is_pointer};

/// An SMS gateway. Without more than a URL it is asked in the form of `docs/sms.md`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its address.
    pub url: String,
    /// Name under which it knows our key, where requests are signed.
    #[serde(default)]
    pub key_id: String,
    /// File with a secret that both know, base64.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// How the secret signs: `hmac-sha256`, or `hmac-sm3`.
    #[serde(default)]
    pub secret_mac: SecretMac,
    /// File with our SM2 private key, PKCS #8 PEM.
    #[serde(default)]
    pub sm2_key_file: Option<PathBuf>,
    /// File with a bearer token (RFC 6750).
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// How evidence names it, if it does not name itself.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it sends one message for one `Idempotency-Key`. Otherwise nothing is sent a
    /// second time, whatever became of the first.
    #[serde(default)]
    pub idempotent: bool,
    /// Path below the URL.
    #[serde(default = "path")]
    pub path: String,
    /// The request, JSON with the places `to`, `text`, `signature`, `key`, `time`.
    #[serde(default = "request")]
    pub request: Value,
    /// Where things are in its answer.
    #[serde(default)]
    pub answer: Mapping,
    /// Where it says what became of a message, if it does.
    #[serde(default)]
    pub delivery: Option<DeliveryMapping>,
    /// How patient we are.
    #[serde(default)]
    pub limits: Limits,
}

/// JSON pointers (RFC 6901) into the answer to a message. An empty pointer is nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The gateway's number for the message.
    pub id: String,
    /// Its name.
    pub source: String,
    /// Whether it took the message, for gateways that refuse with status 200.
    pub status: String,
    /// The words for that it did.
    pub accepted: Vec<String>,
}

/// `GET` of a path and the number of a message, and what is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryMapping {
    /// Path below the URL, before `/` and the number.
    pub path: String,
    /// Where the state is.
    pub state: String,
    /// Words for that it reached the telephone.
    pub delivered: Vec<String>,
    /// Words for that it will not.
    pub failed: Vec<String>,
    /// Words for that it is not known yet.
    pub pending: Vec<String>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            id: "/id".to_owned(),
            source: "/gateway".to_owned(),
            status: String::new(),
            accepted: Vec::new(),
        }
    }
}

impl Default for DeliveryMapping {
    fn default() -> Self {
        let word = |word: &str| vec![word.to_owned()];
        Self {
            path: "/receipts".to_owned(),
            state: "/state".to_owned(),
            delivered: word("delivered"),
            failed: word("failed"),
            pending: word("pending"),
        }
    }
}

impl Settings {
    /// A gateway that speaks our own form at this address, without signatures.
    pub fn at(url: String) -> Self {
        Self {
            url,
            key_id: String::new(),
            secret_file: None,
            secret_mac: SecretMac::default(),
            sm2_key_file: None,
            token_file: None,
            name: None,
            idempotent: false,
            path: path(),
            request: request(),
            answer: Mapping::default(),
            delivery: None,
            limits: Limits::default(),
        }
    }

    /// Checks what was configured.
    pub fn check(&self) -> Result<(), String> {
        let answer = &self.answer;
        is_pointer("answer.id", &answer.id)?;
        is_pointer("answer.source", &answer.source)?;
        is_pointer("answer.status", &answer.status)?;
        if answer.id.is_empty() {
            return Err("answer.id: every message has a number; say where".to_owned());
        }
        if answer.source.is_empty() && self.name.is_none() {
            return Err("answer.source: say where its name is, or set `name`".to_owned());
        }
        if answer.status.is_empty() != answer.accepted.is_empty() {
            return Err("answer: status and accepted go together".to_owned());
        }
        let delivery = self.delivery.as_ref();
        if let Some(delivery) = delivery {
            is_pointer("delivery.state", &delivery.state)?;
        }
        let paths = [Some(&self.path), delivery.map(|delivery| &delivery.path)];
        for path in paths.into_iter().flatten() {
            if !path.starts_with('/') || path.contains(['?', '#', '%']) {
                return Err(format!("path: {path:?} is no path without query"));
            }
        }
        Ok(())
    }
}

fn path() -> String {
    "/messages".to_owned()
}

fn request() -> Value {
    json!({ "to": "{{to}}", "text": "{{text}}" })
}
