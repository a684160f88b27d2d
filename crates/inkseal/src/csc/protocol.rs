//! What is said (CSC API 2.0.0.2, 11; names of 1.0.4.0 where they differ).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Which names the service knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.0.
    One,
    /// 2.x.
    Two,
}

/// `info`.
#[derive(Debug, Deserialize)]
pub struct Info {
    /// Version of the specification, such as `2.0.0.2`.
    pub specs: String,
    /// The service.
    pub name: String,
}

/// `credentials/list`.
#[derive(Debug, Deserialize)]
pub struct Listed {
    /// Credentials that we may use.
    #[serde(rename = "credentialIDs")]
    pub credentials: Vec<String>,
}

/// `credentials/info`.
#[derive(Debug, Deserialize)]
pub struct CredentialInfo {
    /// Its key.
    pub key: KeyInfo,
    /// Its certificates.
    pub cert: CertInfo,
}

/// A key.
#[derive(Debug, Deserialize)]
pub struct KeyInfo {
    /// `enabled`, or it does not sign.
    pub status: String,
    /// Identifiers of the algorithms with which it signs.
    pub algo: Vec<String>,
}

/// Certificates.
#[derive(Debug, Deserialize)]
pub struct CertInfo {
    /// DER in base64, the signer's first.
    pub certificates: Vec<String>,
}

/// `credentials/authorize`.
#[derive(Debug, Deserialize)]
pub struct Authorized {
    /// Signature activation data: leave to sign these digests.
    #[serde(rename = "SAD")]
    pub sad: String,
}

/// `signatures/signHash`.
#[derive(Debug, Deserialize)]
pub struct Signatures {
    /// One for each digest, base64.
    pub signatures: Vec<String>,
}

/// One digest to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// With which credential.
    pub credential: &'a str,
    /// Base64.
    pub digest: &'a str,
    /// Identifier of the hash.
    pub hash: &'a str,
    /// Identifier of the signature algorithm.
    pub algorithm: &'a str,
}

impl Version {
    /// From `specs`; none when it is neither.
    pub fn of(specs: &str) -> Option<Self> {
        match specs.split('.').next() {
            Some("1") => Some(Self::One),
            Some("2") => Some(Self::Two),
            _ => None,
        }
    }

    /// The body of `credentials/authorize`, for one digest.
    pub fn authorize(self, wanted: Wanted, pin: Option<&str>) -> Value {
        let mut body = json!({ "credentialID": wanted.credential, "numSignatures": 1 });
        match self {
            Self::One => {
                body["hash"] = json!([wanted.digest]);
                if let Some(pin) = pin {
                    body["PIN"] = pin.into();
                }
            }
            Self::Two => {
                body["hashes"] = json!([wanted.digest]);
                body["hashAlgorithmOID"] = wanted.hash.into();
                if let Some(pin) = pin {
                    body["authData"] = json!([{ "id": "PIN", "value": pin }]);
                }
            }
        }
        body
    }

    /// The body of `signatures/signHash`.
    pub fn sign(self, wanted: Wanted, sad: &str) -> Value {
        let mut body = json!({
            "credentialID": wanted.credential, "SAD": sad, "signAlgo": wanted.algorithm,
        });
        let (digests, hash) = match self {
            Self::One => ("hash", "hashAlgo"),
            Self::Two => ("hashes", "hashAlgorithmOID"),
        };
        body[digests] = json!([wanted.digest]);
        body[hash] = wanted.hash.into();
        body
    }
}

/// The body of `credentials/info`.
#[derive(Debug, Serialize)]
pub struct AskCredential<'a> {
    /// Which.
    #[serde(rename = "credentialID")]
    pub credential: &'a str,
    /// The signer's certificate alone.
    pub certificates: &'static str,
}
