//! With what a service signs its answers, and whether it did.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, MacKey, Suite, Verifier, bare};
use der::Document;

use super::{
    Reply,
    credential::{self, SecretMac},
    signature::{CoveredAnswer, Headers, content_digest, hmac},
};

/// Longest signature in a header of its own.
const LIMIT: usize = 1024;

/// The service's key.
pub enum Proof {
    /// A secret that both know.
    Shared(Box<MacKey>),
    /// Its public key: SM2, or ECDSA on P-256.
    Public(Suite, Box<Verifier>),
}

/// Why an answer is not the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofError {
    /// It has no signature, or one of another form.
    Unsigned,
    /// Its signature is wrong.
    Forged,
}

impl Proof {
    /// From a file with a secret of at least 32 bytes in base64.
    pub fn shared(file: &Path, mac: SecretMac) -> Result<Self, String> {
        Ok(Self::Shared(Box::new(credential::secret(file, mac)?)))
    }

    /// From a file with a public key of SM2 or P-256, PEM.
    pub fn public(file: &Path) -> Result<Self, String> {
        let bad = |reason: &str| format!("{}: {reason}", file.display());
        let text = fs::read_to_string(file).map_err(|e| bad(&e.to_string()))?;
        let unread = "it is not the PEM of a public key";
        let (label, key) = Document::from_pem(&text).map_err(|_| bad(unread))?;
        if label != "PUBLIC KEY" {
            return Err(bad(unread));
        }
        let suite = Suite::of_spki(key.as_bytes());
        let suite = suite.filter(|suite| matches!(suite, Suite::Sm2Sm3 | Suite::P256Sha256));
        let suite = suite.ok_or_else(|| bad("the key is neither of SM2 nor of P-256"))?;
        let key = Verifier::from_spki(key.as_bytes()).map_err(|e| bad(&e.to_string()))?;
        Ok(Self::Public(suite, Box::new(key)))
    }

    /// Checks the signature of RFC 9421 over an answer to the request with this
    /// idempotency key. Gives unix seconds of the signature.
    pub fn check(&self, reply: &Reply, idempotency: &str) -> Result<i64, ProofError> {
        let header = |name| reply.header(name).ok_or(ProofError::Unsigned);
        let headers = Headers {
            input: header("signature-input")?.to_owned(),
            signature: header("signature")?.to_owned(),
        };
        let digest = header("content-digest")?;
        let covered = CoveredAnswer {
            status: reply.status,
            digest,
            idempotency,
        };
        let (parameters, base, signature) = covered.read(&headers).ok_or(ProofError::Unsigned)?;
        let signature = match self {
            // RFC 9421, 3.3.4: two numbers of 32 bytes.
            Self::Public(suite @ Suite::P256Sha256, _) => signature
                .split_at_checked(32)
                .and_then(|(r, s)| bare::signature_of_numbers(*suite, r, s))
                .ok_or(ProofError::Forged)?,
            _ => signature,
        };
        let good = parameters.algorithm == self.algorithm()
            && digest == content_digest(self.hash(), &reply.body)
            && self.verify(&base, &signature);
        good.then_some(parameters.created).ok_or(ProofError::Forged)
    }

    /// Checks a header with a signature over the bytes of the body alone: base64 of the
    /// tag, or of the signature in DER.
    pub fn check_body(&self, reply: &Reply, header: &str) -> Result<(), ProofError> {
        let text = reply.header(header).ok_or(ProofError::Unsigned)?;
        let signature = STANDARD.decode(text).map_err(|_| ProofError::Unsigned)?;
        let good = text.len() <= LIMIT && self.verify(&reply.body, &signature);
        good.then_some(()).ok_or(ProofError::Forged)
    }

    /// The name of RFC 9421, or `hmac-sm3`, or `sm2-sm3`.
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Shared(key) => hmac(key),
            Self::Public(Suite::Sm2Sm3, _) => "sm2-sm3",
            Self::Public(..) => "ecdsa-p256-sha256",
        }
    }

    fn hash(&self) -> Hash {
        match self {
            Self::Shared(key) => key.hash(),
            Self::Public(suite, _) => suite.hash(),
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Shared(key) => key.verify(message, signature),
            Self::Public(suite, key) => key.verify(suite.hash(), message, signature).is_ok(),
        }
    }
}
