//! Private keys in memory: kept ones, and event keys that sign once.

use std::{fmt, sync::Mutex};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use der::{Decode, Encode, Sequence, Tag, TagNumber, Tagged, asn1::AnyRef, pem::LineEnding};
use zeroize::Zeroizing;

use crate::{Suite, ecdsa, low_s, sm2};

/// Label of a private key.
const PEM: &str = "PRIVATE KEY";

/// Tag of the attributes of a certification request.
const ATTRIBUTES: Tag = Tag::ContextSpecific {
    constructed: true,
    number: TagNumber(0),
};

/// A key did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// An event key signs once.
    #[error("this event key has signed once and was destroyed")]
    Used,
    /// An event key signs one certification request, its own, and before its act.
    #[error("an event key signs one certification request: {0}")]
    Request(&'static str),
    /// The bytes are not a private key of a suite that we have.
    #[error("these bytes are not a PKCS #8 private key for SM2, P-256, RSA-2048 or RSA-3072")]
    Malformed,
    /// The library refused.
    #[error("the key could not {0}")]
    Failed(&'static str),
    /// Sealed bytes were changed, or are of another key or purpose.
    #[error("the sealed bytes were changed, or sealed with another key or for another purpose")]
    NotAuthentic,
    /// The key store could not be written.
    #[error("the key store could not be written: {0}")]
    Store(String),
    /// A key of this label is there already.
    #[error("there is a key {0:?} already; a key is never replaced")]
    Exists(String),
    /// A certificate speaks of this key, and it is nowhere.
    #[error(
        "the key {0:?} is neither in its key module nor in the key file; configure the module in which it was made, or bring back the file"
    )]
    Missing(String),
    /// A key module refused or is away.
    #[error("{reason}")]
    Module {
        /// The module's own stable code.
        code: &'static str,
        /// What, which, why, and what to do.
        reason: String,
    },
}

impl KeyError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Used => "event-key-used",
            Self::Request(_) => "event-key-request",
            Self::Malformed => "key-malformed",
            Self::Failed(_) => "key-failed",
            Self::NotAuthentic => "not-authentic",
            Self::Store(_) => "key-store",
            Self::Exists(_) => "key-exists",
            Self::Missing(_) => "key-missing",
            Self::Module { code, .. } => code,
        }
    }
}

/// Something that signs: a key in memory, in the key store, or in a module.
pub trait Signer: Send + Sync {
    /// Its algorithms.
    fn suite(&self) -> Suite;

    /// DER of the `SubjectPublicKeyInfo`.
    fn spki(&self) -> &[u8];

    /// Signs a message, which is hashed here (for SM2 with Z of the default
    /// identifier). DER for SM2 and ECDSA, of which the one with the smaller s; the raw
    /// number for RSA. A key in a module waits for its device: not on an async thread.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Signs the `CertificationRequestInfo` (RFC 2986, 4.1) for this key: a proof that
    /// whoever asks for a certificate has the key.
    fn sign_request(&self, info: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign(info)
    }
}

/// A private key in memory. Erased when it is dropped.
pub struct SoftwareKey {
    suite: Suite,
    spki: Vec<u8>,
    material: Material,
}

enum Material {
    Sm2(Box<sm2::SecretKey>),
    P256(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl SoftwareKey {
    /// A fresh key.
    pub fn generate(suite: Suite) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Failed("be generated");
        let material = match suite {
            Suite::Sm2Sm3 => Material::Sm2(Box::new(sm2::SecretKey::generate())),
            Suite::P256Sha256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
                Material::P256(Box::new(key.map_err(failed)?))
            }
            Suite::Rsa2048Sha256 => Material::Rsa(Box::new(
                RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?,
            )),
            Suite::Rsa3072Sha256 => Material::Rsa(Box::new(
                RsaKeyPair::generate(KeySize::Rsa3072).map_err(failed)?,
            )),
        };
        Self::new(suite, material)
    }

    /// Reads PKCS #8 DER and finds the suite from it.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Some(key) = sm2::SecretKey::from_pkcs8(der) {
            return Self::new(Suite::Sm2Sm3, Material::Sm2(Box::new(key)));
        }
        if let Ok(key) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            return Self::new(Suite::P256Sha256, Material::P256(Box::new(key)));
        }
        let key = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::Malformed)?;
        let suite = match key.public_modulus_len() {
            256 => Suite::Rsa2048Sha256,
            384 => Suite::Rsa3072Sha256,
            _ => return Err(KeyError::Malformed),
        };
        Self::new(suite, Material::Rsa(Box::new(key)))
    }

    /// Reads PKCS #8 PEM (RFC 7468, 10), not encrypted.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let read = der::pem::decode_vec(text.as_bytes());
        let (label, der) = read.map_err(|_| KeyError::Malformed)?;
        let der = Zeroizing::new(der);
        match label {
            PEM => Self::from_pkcs8(&der),
            _ => Err(KeyError::Malformed),
        }
    }

    /// PKCS #8 DER, erased when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let failed = KeyError::Failed("be exported");
        Ok(Zeroizing::new(match &self.material {
            Material::Sm2(key) => return key.to_pkcs8().ok_or(failed),
            Material::P256(key) => key.to_pkcs8v1().map_err(|_| failed)?.as_ref().to_vec(),
            Material::Rsa(key) => {
                let der: Pkcs8V1Der = key.as_der().map_err(|_| failed)?;
                der.as_ref().to_vec()
            }
        }))
    }

    /// PKCS #8 PEM (RFC 7468, 10), erased when dropped.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = self.to_pkcs8()?;
        let text = der::pem::encode_string(PEM, LineEnding::LF, &der);
        let text = text.map_err(|_| KeyError::Failed("be exported"))?;
        Ok(Zeroizing::new(text))
    }

    fn new(suite: Suite, material: Material) -> Result<Self, KeyError> {
        let failed = KeyError::Failed("give its public half");
        let spki = match &material {
            Material::Sm2(key) => key.spki().ok_or(failed)?,
            Material::P256(key) => {
                let der: PublicKeyX509Der = key.public_key().as_der().map_err(|_| failed)?;
                der.as_ref().to_vec()
            }
            Material::Rsa(key) => {
                let der: PublicKeyX509Der = key.public_key().as_der().map_err(|_| failed)?;
                der.as_ref().to_vec()
            }
        };
        Ok(Self {
            suite,
            spki,
            material,
        })
    }
}

impl Signer for SoftwareKey {
    fn suite(&self) -> Suite {
        self.suite
    }

    fn spki(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = KeyError::Failed("sign");
        match &self.material {
            Material::Sm2(key) => {
                let [r, s] = key.sign(&key.public().digest(sm2::IDENTIFIER, message));
                ecdsa::to_der(&r, &s).ok_or(failed)
            }
            Material::P256(key) => {
                let signature = key
                    .sign(&SystemRandom::new(), message)
                    .map_err(|_| failed)?;
                Ok(low_s(self.suite.hash(), signature.as_ref()))
            }
            Material::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(|_| failed)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareKey({}, secret)", self.suite.name())
    }
}

/// A key for one signing act. It never leaves memory, signs once, and is erased
/// in the moment in which it has signed. Before that it may sign one certification
/// request for itself.
pub struct EventKey {
    suite: Suite,
    spki: Vec<u8>,
    life: Mutex<Life>,
}

/// How far an event key has come; never backwards.
enum Life {
    Fresh(SoftwareKey),
    /// A certificate was asked for.
    Requested(SoftwareKey),
    Destroyed,
}

/// `CertificationRequestInfo` as far as it tells whose key it is about. Signed attributes
/// are a SET, and a certificate begins with no number: neither can be taken for it.
#[derive(Sequence)]
struct RequestInfo<'a> {
    version: u8,
    subject: AnyRef<'a>,
    spki: AnyRef<'a>,
    attributes: AnyRef<'a>,
}

impl EventKey {
    /// A fresh event key.
    pub fn generate(suite: Suite) -> Result<Self, KeyError> {
        let key = SoftwareKey::generate(suite)?;
        Ok(Self {
            suite,
            spki: key.spki.clone(),
            life: Mutex::new(Life::Fresh(key)),
        })
    }

    /// Whether it has signed and is gone.
    #[must_use]
    pub fn is_destroyed(&self) -> bool {
        matches!(*self.lock(), Life::Destroyed)
    }

    /// Whether these bytes ask for a certificate for this key.
    fn is_own_request(&self, info: &[u8]) -> bool {
        let Ok(info) = RequestInfo::from_der(info) else {
            return false;
        };
        let own = info.spki.to_der().is_ok_and(|spki| spki == self.spki);
        own && info.version == 0
            && info.subject.tag() == Tag::Sequence
            && info.attributes.tag() == ATTRIBUTES
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Life> {
        self.life
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Signer for EventKey {
    fn suite(&self) -> Suite {
        self.suite
    }

    fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Signs, once. The key is gone even when the signature fails.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let life = std::mem::replace(&mut *self.lock(), Life::Destroyed);
        match life {
            Life::Fresh(key) | Life::Requested(key) => key.sign(message),
            Life::Destroyed => Err(KeyError::Used),
        }
    }

    /// Signs one request for this key, and only before its act.
    fn sign_request(&self, info: &[u8]) -> Result<Vec<u8>, KeyError> {
        if !self.is_own_request(info) {
            return Err(KeyError::Request("these bytes are none for this key"));
        }
        let mut life = self.lock();
        match std::mem::replace(&mut *life, Life::Destroyed) {
            Life::Fresh(key) => {
                let signature = key.sign(info);
                *life = Life::Requested(key);
                signature
            }
            Life::Requested(key) => {
                *life = Life::Requested(key);
                Err(KeyError::Request("it has signed one already"))
            }
            Life::Destroyed => Err(KeyError::Used),
        }
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "EventKey({}, destroyed: {})",
            self.suite.name(),
            self.is_destroyed()
        )
    }
}
