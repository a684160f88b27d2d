//! Sealing bytes: SM4-GCM (GB/T 32907, RFC 8998) and AES-256-GCM.

use std::fmt;

use aes_gcm::{
    AesGcm, Nonce,
    aead::{Aead as _, AeadInOut, KeyInit, Payload, consts::U12},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce as AwsNonce, UnboundKey};
use zeroize::Zeroizing;

use crate::{KeyError, sm4::Sm4};

type Sm4Gcm = AesGcm<Sm4, U12>;
/// Bytes of a tag.
const TAG: usize = 16;

/// An authenticated cipher with a 96-bit nonce and a 128-bit tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aead {
    /// SM4 in Galois/Counter Mode.
    Sm4Gcm,
    /// AES-256 in Galois/Counter Mode.
    Aes256Gcm,
}

impl Aead {
    /// Length of a key in bytes.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::Sm4Gcm => 16,
            Self::Aes256Gcm => 32,
        }
    }
}

/// A secret key. Erased when it is dropped, never shown.
pub struct SecretKey {
    aead: Aead,
    bytes: Zeroizing<Vec<u8>>,
}

impl SecretKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(aead: Aead) -> Self {
        let fresh = Zeroizing::new(crate::random::<32>());
        Self {
            aead,
            bytes: Zeroizing::new(fresh[..aead.key_length()].to_vec()),
        }
    }

    /// A key from its bytes; the length tells the cipher.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let aead = match bytes.len() {
            16 => Aead::Sm4Gcm,
            32 => Aead::Aes256Gcm,
            _ => return Err(KeyError::Malformed),
        };
        Ok(Self {
            aead,
            bytes: Zeroizing::new(bytes.to_vec()),
        })
    }

    /// The cipher.
    #[must_use]
    pub fn aead(&self) -> Aead {
        self.aead
    }

    /// Seals bytes and authenticates `aad` with them: nonce, ciphertext, tag.
    ///
    /// # Panics
    /// When `plain` is longer than 64 GiB.
    #[must_use]
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = crate::random::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + TAG);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let text = &mut sealed[NONCE_LEN..];
        let tag: Option<[u8; TAG]> = match self.aead {
            Aead::Sm4Gcm => Sm4Gcm::new_from_slice(&self.bytes).ok().and_then(|key| {
                let tag = key.encrypt_inout_detached(&Nonce::from(nonce), aad, text.into());
                tag.ok().map(Into::into)
            }),
            Aead::Aes256Gcm => self.aes().and_then(|key| {
                let nonce = AwsNonce::assume_unique_for_key(nonce);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), text);
                tag.ok()?.as_ref().try_into().ok()
            }),
        };
        sealed.extend_from_slice(&tag.expect("GCM takes up to 64 GiB"));
        sealed
    }

    /// Opens what [`seal`](Self::seal) made with the same `aad`.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (nonce, rest) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(KeyError::NotAuthentic)?;
        match self.aead {
            Aead::Sm4Gcm => Sm4Gcm::new_from_slice(&self.bytes)
                .ok()
                .and_then(|key| {
                    key.decrypt(&Nonce::from(*nonce), Payload { msg: rest, aad })
                        .ok()
                })
                .map(Zeroizing::new),
            Aead::Aes256Gcm => self.aes().and_then(|key| {
                let mut buffer = Zeroizing::new(rest.to_vec());
                let nonce = AwsNonce::assume_unique_for_key(*nonce);
                let length = key
                    .open_in_place(nonce, Aad::from(aad), &mut buffer)
                    .ok()?
                    .len();
                buffer.truncate(length);
                Some(buffer)
            }),
        }
        .ok_or(KeyError::NotAuthentic)
    }

    /// This key, sealed by another.
    #[must_use]
    pub fn wrap(&self, by: &Self, aad: &[u8]) -> Vec<u8> {
        by.seal(aad, &self.bytes)
    }

    /// Opens a wrapped key.
    pub fn unwrap(wrapped: &[u8], by: &Self, aad: &[u8]) -> Result<Self, KeyError> {
        Self::from_bytes(&by.open(aad, wrapped)?)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn aes(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.bytes)
            .ok()
            .map(LessSafeKey::new)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({:?}, secret)", self.aead)
    }
}
