//! How the authority is reached and what it speaks: `[identity_authority]`.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mapping::Mapping;
use crate::outside::{Limits, SecretMac};

/// An identity authority. Without `questions` it is asked everything, in the form of
/// `docs/identity-authority.md`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its address; the paths of the questions lie below it.
    pub url: String,
    /// Name under which it knows our key.
    pub key_id: String,
    /// File with a secret that both know, base64. This, or `sm2_key_file`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// How the secrets sign, its own for answers too: `hmac-sha256`, or `hmac-sm3`.
    #[serde(default)]
    pub secret_mac: SecretMac,
    /// File with our SM2 private key, PKCS #8 PEM.
    #[serde(default)]
    pub sm2_key_file: Option<PathBuf>,
    /// File with the secret under which it signs its answers, base64; `secret_file` when
    /// neither this nor `answer_key_file` is set.
    #[serde(default)]
    pub answer_secret_file: Option<PathBuf>,
    /// File with the public key under which it signs its answers, SM2 or P-256, PEM.
    #[serde(default)]
    pub answer_key_file: Option<PathBuf>,
    /// Header with a signature over the bytes of the body alone, base64; the signature of
    /// RFC 9421 when it is not set.
    #[serde(default)]
    pub answer_header: Option<String>,
    /// How evidence names it, if it does not name itself.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it does what has effects once for one `Idempotency-Key`. Otherwise payments
    /// are never asked for again.
    #[serde(default)]
    pub idempotent: bool,
    /// How far its clock may be from ours, milliseconds.
    #[serde(default = "skew")]
    pub skew_ms: i64,
    /// How patient we are.
    #[serde(default)]
    pub limits: Limits,
    /// Its words for the kinds of documents, where they are not ours.
    #[serde(default)]
    pub document_kinds: BTreeMap<String, String>,
    /// Where things are in its answers.
    #[serde(default)]
    pub answer: Mapping,
    /// The questions that it is asked, by name; all when there are none.
    #[serde(default)]
    pub questions: BTreeMap<String, QuestionSettings>,
}

/// How one question is asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuestionSettings {
    /// Path below the URL; `/v1/identity/` and the name when it is not set.
    pub path: Option<String>,
    /// The request, JSON with places; our own form when it is not set.
    pub request: Option<Value>,
    /// Where things are in the answer, if elsewhere than in others.
    pub answer: Option<Mapping>,
}

impl Settings {
    /// An authority that speaks our own form at this address.
    pub fn at(url: String, key_id: &str) -> Self {
        Self {
            url,
            key_id: key_id.to_owned(),
            secret_file: None,
            secret_mac: SecretMac::default(),
            sm2_key_file: None,
            answer_secret_file: None,
            answer_key_file: None,
            answer_header: None,
            name: None,
            idempotent: true,
            skew_ms: skew(),
            limits: Limits::default(),
            document_kinds: BTreeMap::new(),
            answer: Mapping::default(),
            questions: BTreeMap::new(),
        }
    }
}

fn skew() -> i64 {
    60_000
}
