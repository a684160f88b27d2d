//! Authentication of messages between two who share a secret: HMAC (RFC 2104) with SHA-256,
//! or with SM3 (GB/T 32905).

use std::fmt;

use ::hmac::{Hmac, KeyInit, Mac};
use aws_lc_rs::hmac;
use sm3::Sm3;

use crate::Hash;

/// Shortest secret, in bytes: as long as a tag.
const SECRET: usize = 32;

/// A shared secret. Erased by the libraries when it is dropped.
#[derive(Clone)]
pub struct MacKey(Key);

#[derive(Clone)]
enum Key {
    Sha256(Box<hmac::Key>),
    Sm3(Hmac<Sm3>),
}

impl MacKey {
    /// From a secret of 32 bytes or more, for SHA-256; none when it is shorter.
    #[must_use]
    pub fn new(secret: &[u8]) -> Option<Self> {
        let key = || Key::Sha256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)));
        (secret.len() >= SECRET).then(|| Self(key()))
    }

    /// From a secret of 32 bytes or more, for SM3; none when it is shorter.
    #[must_use]
    pub fn sm3(secret: &[u8]) -> Option<Self> {
        let long = (secret.len() >= SECRET).then_some(secret)?;
        Some(Self(Key::Sm3(Hmac::new_from_slice(long).ok()?)))
    }

    /// The hash that it is used with.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self.0 {
            Key::Sha256(_) => Hash::Sha256,
            Key::Sm3(_) => Hash::Sm3,
        }
    }

    /// The tag of a message, 32 bytes.
    #[must_use]
    pub fn tag(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Key::Sha256(key) => hmac::sign(key, message).as_ref().to_vec(),
            Key::Sm3(key) => key
                .clone()
                .chain_update(message)
                .finalize()
                .into_bytes()
                .to_vec(),
        }
    }

    /// Whether the tag is that of the message; compared in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        match &self.0 {
            Key::Sha256(key) => hmac::verify(key, message, tag).is_ok(),
            Key::Sm3(key) => key.clone().chain_update(message).verify_slice(tag).is_ok(),
        }
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(secret)")
    }
}
