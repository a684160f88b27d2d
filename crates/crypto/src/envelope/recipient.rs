//! To whom one seals, and with which algorithms.

use der::{Decode, pem::LineEnding};
use spki::SubjectPublicKeyInfoRef;

use super::EnvelopeError;
use crate::{Digest, Hash, Suite, Verifier, digest};

/// Label of a public key in PEM (RFC 7468, 13).
const PEM: &str = "PUBLIC KEY";

/// How an envelope is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// A fresh SM4 key, encrypted with SM2 (GB/T 32918.4); the content in SM4-GCM.
    Sm2Sm4Gcm,
    /// HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
    P256Aes256Gcm,
}

impl Scheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sm2Sm4Gcm, Self::P256Aes256Gcm];

    /// The name in settings and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sm2Sm4Gcm => "sm2-sm4gcm",
            Self::P256Aes256Gcm => "p256-aes256gcm",
        }
    }

    /// The hash that names keys.
    pub(super) fn hash(self) -> Hash {
        match self {
            Self::Sm2Sm4Gcm => Hash::Sm3,
            Self::P256Aes256Gcm => Hash::Sha256,
        }
    }

    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Sm2Sm4Gcm => 1,
            Self::P256Aes256Gcm => 2,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.to_byte() == byte)
    }
}

/// A public key to which one seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    scheme: Scheme,
    key_id: Digest,
    spki: Vec<u8>,
    /// The uncompressed point.
    point: Vec<u8>,
}

impl Recipient {
    /// Reads the DER of a `SubjectPublicKeyInfo` (RFC 5480, 2) with an uncompressed point
    /// of the SM2 or P-256 curve; the curve tells the scheme.
    ///
    /// # Errors
    /// [`EnvelopeError::Recipient`].
    pub fn from_spki(der: &[u8]) -> Result<Self, EnvelopeError> {
        Self::read(der).ok_or(EnvelopeError::Recipient)
    }

    fn read(der: &[u8]) -> Option<Self> {
        let scheme = match Suite::of_spki(der)? {
            Suite::Sm2Sm3 => Scheme::Sm2Sm4Gcm,
            Suite::P256Sha256 => Scheme::P256Aes256Gcm,
            Suite::Rsa2048Sha256 | Suite::Rsa3072Sha256 => return None,
        };
        // The point must lie on its curve.
        Verifier::from_spki(der).ok()?;
        let key = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        Some(Self {
            scheme,
            key_id: digest(scheme.hash(), der),
            spki: der.to_vec(),
            point: key.subject_public_key.as_bytes()?.to_vec(),
        })
    }

    /// How one seals to it.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Reads PEM: `PUBLIC KEY` (RFC 7468, 13).
    ///
    /// # Errors
    /// [`EnvelopeError::Recipient`].
    pub fn from_pem(text: &str) -> Result<Self, EnvelopeError> {
        match der::pem::decode_vec(text.as_bytes()) {
            Ok((PEM, der)) => Self::from_spki(&der),
            _ => Err(EnvelopeError::Recipient),
        }
    }

    /// PEM: `PUBLIC KEY`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        der::pem::encode_string(PEM, LineEnding::LF, self.spki()).unwrap_or_default()
    }

    /// Its name in envelopes: the digest of its `SubjectPublicKeyInfo`, by SM3 for SM2 and
    /// SHA-256 for P-256.
    #[must_use]
    pub fn key_id(&self) -> &Digest {
        &self.key_id
    }

    /// DER of its `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub(super) fn point(&self) -> &[u8] {
        &self.point
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{Binding, OpeningKey, open, seal};

    /// Nobody can make his envelope look as if it were for another key.
    #[test]
    fn an_envelope_under_a_false_name_opens_for_nobody() {
        let text = || "x".to_owned();
        let place = Binding {
            contract: text(),
            item: text(),
            revision: digest(Hash::Sm3, b""),
            session: text(),
            signer: text(),
            slot: text(),
        };
        for scheme in Scheme::ALL {
            let [key, other] = [(); 2].map(|()| OpeningKey::generate(scheme).unwrap());
            let false_name = Recipient {
                key_id: other.recipient().key_id().clone(),
                ..key.recipient().clone()
            };
            let sealed = seal(&false_name, &place, b"content").unwrap();
            for key in [key, other] {
                let opened = open(&sealed, &key, &place);
                assert_eq!(opened.err(), Some(EnvelopeError::NotOpened));
            }
        }
    }
}
