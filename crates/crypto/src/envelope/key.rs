//! Private keys that open envelopes, and do nothing else.

use std::fmt;

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
};
use der::pem::LineEnding;
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::{Envelope, EnvelopeError, Recipient, Scheme, hpke, sm2 as sm2_envelope};
use crate::sm2;

/// Label of a private key in PEM.
const PEM: &str = "PRIVATE KEY";

/// A private key that opens envelopes. It is no signing key: the types do not meet, so
/// that no key serves both. Erased when it is dropped, never shown.
pub struct OpeningKey {
    recipient: Recipient,
    material: Material,
}

enum Material {
    Sm2(Box<sm2::SecretKey>),
    P256(Box<PrivateKey>),
}

impl OpeningKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`EnvelopeError::Failed`] when the system gives no randomness.
    pub fn generate(scheme: Scheme) -> Result<Self, EnvelopeError> {
        let material = match scheme {
            Scheme::Sm2Sm4Gcm => Material::Sm2(Box::new(sm2::SecretKey::generate())),
            Scheme::P256Aes256Gcm => {
                let key = PrivateKey::generate(&ECDH_P256).map_err(|_| EnvelopeError::Failed)?;
                Material::P256(Box::new(key))
            }
        };
        Self::new(material).ok_or(EnvelopeError::Failed)
    }

    /// Reads PKCS #8 DER; the curve tells the scheme.
    ///
    /// # Errors
    /// [`EnvelopeError::Key`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, EnvelopeError> {
        // AWS-LC would take other forms too.
        PrivateKeyInfoRef::try_from(der).map_err(|_| EnvelopeError::Key)?;
        let material = match sm2::SecretKey::from_pkcs8(der) {
            Some(key) => Material::Sm2(Box::new(key)),
            None => match PrivateKey::from_private_key_der(&ECDH_P256, der) {
                Ok(key) => Material::P256(Box::new(key)),
                Err(_) => return Err(EnvelopeError::Key),
            },
        };
        Self::new(material).ok_or(EnvelopeError::Key)
    }

    /// PKCS #8 DER, erased when dropped.
    ///
    /// # Errors
    /// [`EnvelopeError::Failed`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let failed = EnvelopeError::Failed;
        Ok(Zeroizing::new(match &self.material {
            Material::Sm2(key) => return key.to_pkcs8().ok_or(failed),
            Material::P256(key) => {
                let der: Pkcs8V1Der = key.as_der().map_err(|_| failed)?;
                der.as_ref().to_vec()
            }
        }))
    }

    /// PEM: `PRIVATE KEY` (RFC 7468, 10), erased when dropped.
    ///
    /// # Errors
    /// [`EnvelopeError::Failed`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, EnvelopeError> {
        let der = self.to_pkcs8()?;
        let text = der::pem::encode_string(PEM, LineEnding::LF, &der);
        text.map(Zeroizing::new).map_err(|_| EnvelopeError::Failed)
    }

    /// Reads PEM: `PRIVATE KEY`.
    ///
    /// # Errors
    /// [`EnvelopeError::Key`].
    pub fn from_pem(text: &str) -> Result<Self, EnvelopeError> {
        let read = der::pem::decode_vec(text.as_bytes()).map_err(|_| EnvelopeError::Key)?;
        let (label, der) = (read.0, Zeroizing::new(read.1));
        if label != PEM {
            return Err(EnvelopeError::Key);
        }
        Self::from_pkcs8(&der)
    }

    /// Its public half.
    #[must_use]
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    pub(super) fn open(&self, envelope: &Envelope) -> Option<Zeroizing<Vec<u8>>> {
        match (&self.material, envelope.scheme()) {
            (Material::Sm2(key), Scheme::Sm2Sm4Gcm) => sm2_envelope::open(key, envelope),
            (Material::P256(key), Scheme::P256Aes256Gcm) => hpke::open(key, envelope),
            _ => None,
        }
    }

    fn new(material: Material) -> Option<Self> {
        let spki = match &material {
            Material::Sm2(key) => key.spki()?,
            Material::P256(key) => {
                let public = key.compute_public_key().ok()?;
                let der: PublicKeyX509Der = public.as_der().ok()?;
                der.as_ref().to_vec()
            }
        };
        let recipient = Recipient::from_spki(&spki).ok()?;
        Some(Self {
            recipient,
            material,
        })
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.recipient.scheme().name();
        write!(f, "OpeningKey({scheme}, secret)")
    }
}
