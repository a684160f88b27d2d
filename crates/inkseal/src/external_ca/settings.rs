//! How the authority is reached and what is expected of it: `[external_ca]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::outside::{Limits, SecretMac};

/// A certificate authority elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its address; the paths of the protocol lie below it.
    pub url: String,
    /// Name under which it knows our key.
    pub key_id: String,
    /// File with a secret that both know, base64. This, or `sm2_key_file`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// How the secret signs: `hmac-sha256`, or `hmac-sm3`.
    #[serde(default)]
    pub secret_mac: SecretMac,
    /// File with our SM2 private key, PKCS #8 PEM.
    #[serde(default)]
    pub sm2_key_file: Option<PathBuf>,
    /// File with its roots, PEM.
    pub anchors: PathBuf,
    /// The suites whose certificates it issues; others stay with the built-in authority.
    #[serde(default = "both")]
    pub suites: Vec<String>,
    /// How patient we are.
    #[serde(default)]
    pub limits: Limits,
}

fn both() -> Vec<String> {
    vec!["sm2-sm3".to_owned(), "p256-sha256".to_owned()]
}
