//! Signs the answers: both by RFC 9421 and over the body alone.

use std::path::{Path, PathBuf};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::ValueEnum;
use crypto::{Hash, KeyError, MacKey, Signer, SoftwareKey, Suite};
use der::{Decode, Document, Sequence, asn1::UintRef, pem::LineEnding};
use serde_json::{Value, json};

use super::wrong::Wrong;
use crate::{
    house::{Reason, now},
    outside::{
        SecretMac,
        signature::{CoveredAnswer, Parameters, content_digest, hmac},
    },
    simulator::{ClientKeys, put},
};

/// Header with a signature over the body alone.
const BODY_SIGNATURE: &str = "x-signature";

/// With what answers are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswersBy {
    /// The secret that requests are signed with, by HMAC with SHA-256.
    Hmac,
    /// The secret, by HMAC with SM3.
    HmacSm3,
    /// An SM2 key.
    Sm2,
    /// A P-256 key.
    P256,
}

/// A key that signs answers.
pub enum AnswerKey {
    Shared(Box<MacKey>),
    Own(Box<SoftwareKey>),
}

/// `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
#[derive(Sequence)]
struct Numbers<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl AnswerKey {
    /// A fresh one, or the client's secret.
    pub fn make(by: AnswersBy, client: &ClientKeys) -> Result<Self, Reason> {
        let own = |suite| Ok(Self::Own(Box::new(SoftwareKey::generate(suite)?)));
        let shared = |mac| Ok(Self::Shared(Box::new(client.shared(mac)?)));
        match by {
            AnswersBy::Hmac => shared(SecretMac::HmacSha256),
            AnswersBy::HmacSm3 => shared(SecretMac::HmacSm3),
            AnswersBy::Sm2 => own(Suite::Sm2Sm3),
            AnswersBy::P256 => own(Suite::P256Sha256),
        }
    }

    /// Writes the public key, PEM, where there is one.
    pub fn write(&self, folder: &Path) -> Result<Option<PathBuf>, Reason> {
        let Self::Own(key) = self else {
            return Ok(None);
        };
        let document = Document::try_from(key.spki())?;
        let text = document.to_pem("PUBLIC KEY", LineEnding::LF)?;
        Ok(Some(put(folder, "answer-key.pem", &text)?))
    }

    /// The answer as it goes out, with one thing wrong where it is told so.
    pub fn dress(
        &self,
        nonce: &str,
        mut answer: Value,
        wrong: Option<Wrong>,
    ) -> Result<(HeaderMap, Vec<u8>), KeyError> {
        if let Some(wrong) = wrong {
            wrong.spoil(&mut answer);
        }
        let nonce = answer["nonce"].as_str().unwrap_or(nonce);
        let body = answer.to_string().into_bytes();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if wrong == Some(Wrong::Unsigned) {
            return Ok((headers, body));
        }
        let stranger = self.stranger()?;
        let by = if wrong == Some(Wrong::Signature) {
            &stranger
        } else {
            self
        };
        for (name, value) in by.sign(nonce, &body)? {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if wrong == Some(Wrong::Changed) {
            answer["verdict"] = json!("match");
            answer["receipt"] = json!("changed");
            return Ok((headers, answer.to_string().into_bytes()));
        }
        Ok((headers, body))
    }

    fn sign(&self, nonce: &str, body: &[u8]) -> Result<[(HeaderName, String); 4], KeyError> {
        let digest = content_digest(self.hash(), body);
        let covered = CoveredAnswer {
            status: 200,
            digest: &digest,
            idempotency: nonce,
        };
        let parameters = Parameters {
            created: now().div_euclid(1000),
            nonce: crypto::random_id(),
            key: super::NAME.to_owned(),
            algorithm: self.algorithm().to_owned(),
        };
        let signed = covered.sign(&parameters, |base| self.tag(base).map(|tag| self.bare(tag)))?;
        let over_body = STANDARD.encode(self.tag(body)?);
        Ok([
            (HeaderName::from_static("content-digest"), digest),
            (HeaderName::from_static("signature-input"), signed.input),
            (HeaderName::from_static("signature"), signed.signature),
            (HeaderName::from_static(BODY_SIGNATURE), over_body),
        ])
    }

    fn tag(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Shared(key) => Ok(key.tag(message)),
            Self::Own(key) => key.sign(message),
        }
    }

    /// RFC 9421 writes a P-256 signature as its two numbers.
    fn bare(&self, signature: Vec<u8>) -> Vec<u8> {
        if self.algorithm() != "ecdsa-p256-sha256" {
            return signature;
        }
        let Ok(numbers) = Numbers::from_der(&signature) else {
            return signature;
        };
        let padded = |number: UintRef| {
            let bytes = number.as_bytes();
            [&vec![0; 32_usize.saturating_sub(bytes.len())], bytes].concat()
        };
        [padded(numbers.r), padded(numbers.s)].concat()
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Shared(key) => hmac(key),
            Self::Own(key) if key.suite() == Suite::Sm2Sm3 => "sm2-sm3",
            Self::Own(_) => "ecdsa-p256-sha256",
        }
    }

    fn hash(&self) -> Hash {
        match self {
            Self::Shared(key) => key.hash(),
            Self::Own(key) => key.suite().hash(),
        }
    }

    /// A key of the same kind that nobody knows.
    fn stranger(&self) -> Result<Self, KeyError> {
        Ok(match self {
            Self::Own(key) => Self::Own(Box::new(SoftwareKey::generate(key.suite())?)),
            Self::Shared(known) => {
                let secret = crypto::random::<32>();
                let fresh = match known.hash() {
                    Hash::Sm3 => MacKey::sm3(&secret),
                    _ => MacKey::new(&secret),
                };
                Self::Shared(fresh.map_or_else(|| known.clone(), Box::new))
            }
        })
    }
}
