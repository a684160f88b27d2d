//! With what our requests to a service are signed.

use std::{fs, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, KeyError, MacKey, Signer, SoftwareKey, Suite};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::signature::{Covered, Headers, Parameters, hmac};

/// A key that the service knows, by its name there.
#[derive(Clone)]
pub struct Credential {
    name: String,
    key: Key,
}

#[derive(Clone)]
enum Key {
    /// A secret that both know.
    Shared(Box<MacKey>),
    /// An SM2 key of ours, whose public half they know.
    Own(Arc<dyn Signer>),
}

/// Longest name of a key.
const NAME: usize = 64;

/// How a secret that both know signs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretMac {
    /// HMAC with SHA-256.
    #[default]
    HmacSha256,
    /// HMAC with SM3.
    HmacSm3,
}

impl SecretMac {
    /// The key of a secret; none when it has less than 32 bytes.
    pub fn key(self, secret: &[u8]) -> Option<MacKey> {
        match self {
            Self::HmacSha256 => MacKey::new(secret),
            Self::HmacSm3 => MacKey::sm3(secret),
        }
    }
}

/// The secret of a file, at least 32 bytes in base64.
pub fn secret(file: &Path, mac: SecretMac) -> Result<MacKey, String> {
    let bad = |reason: &str| format!("{}: {reason}", file.display());
    let text = Zeroizing::new(fs::read_to_string(file).map_err(|e| bad(&e.to_string()))?);
    let secret = STANDARD.decode(text.trim());
    let secret = Zeroizing::new(secret.map_err(|_| bad("the secret is not base64"))?);
    mac.key(&secret)
        .ok_or_else(|| bad("the secret has less than 32 bytes"))
}

impl Credential {
    /// From a file with a secret of at least 32 bytes in base64.
    pub fn shared(name: &str, file: &Path, mac: SecretMac) -> Result<Self, String> {
        Self::with_secret(name, secret(file, mac)?)
    }

    /// With a secret that both know.
    pub fn with_secret(name: &str, secret: MacKey) -> Result<Self, String> {
        Self::new(name, Key::Shared(Box::new(secret)))
    }

    /// From a file with an SM2 private key, PKCS #8 PEM.
    pub fn own(name: &str, file: &Path) -> Result<Self, String> {
        let bad = |reason: &str| format!("{}: {reason}", file.display());
        let text = Zeroizing::new(fs::read_to_string(file).map_err(|e| bad(&e.to_string()))?);
        let key = SoftwareKey::from_pem(&text).map_err(|e| bad(&e.to_string()))?;
        Self::with_signer(name, Arc::new(key)).map_err(|reason| bad(&reason))
    }

    /// With an SM2 key of ours.
    pub fn with_signer(name: &str, key: Arc<dyn Signer>) -> Result<Self, String> {
        if key.suite() != Suite::Sm2Sm3 {
            return Err("the key is not an SM2 key".to_owned());
        }
        Self::new(name, Key::Own(key))
    }

    fn new(name: &str, key: Key) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > NAME || !name.bytes().all(plain) {
            return Err(format!(
                "the key's name {name:?} is not 1 to {NAME} letters, digits, and - _ ."
            ));
        }
        let name = name.to_owned();
        Ok(Self { name, key })
    }

    /// Hash of the body's digest.
    pub(super) fn hash(&self) -> Hash {
        match &self.key {
            Key::Shared(key) => key.hash(),
            Key::Own(_) => Hash::Sm3,
        }
    }

    /// Signs a request at unix second `created` with a fresh nonce.
    pub(super) fn sign(&self, covered: &Covered, created: i64) -> Result<Headers, KeyError> {
        let algorithm = match &self.key {
            Key::Shared(key) => hmac(key),
            Key::Own(_) => "sm2-sm3",
        };
        let parameters = Parameters {
            created,
            nonce: crypto::random_id(),
            key: self.name.clone(),
            algorithm: algorithm.to_owned(),
        };
        covered.sign(&parameters, |base| match &self.key {
            Key::Shared(key) => Ok(key.tag(base)),
            Key::Own(key) => key.sign(base),
        })
    }
}
