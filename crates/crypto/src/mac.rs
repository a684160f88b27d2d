//! Authentication of messages between two who share a secret: HMAC with SHA-256
//! (RFC 2104).

use std::fmt;

use aws_lc_rs::hmac;

/// Shortest secret, in bytes: as long as a tag.
const SECRET: usize = 32;

/// A shared secret. Erased by the library when it is dropped.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// From a secret of 32 bytes or more; none when it is shorter.
    #[must_use]
    pub fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= SECRET).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// The tag of a message, 32 bytes.
    #[must_use]
    pub fn tag(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }

    /// Whether the tag is that of the message; compared in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(secret)")
    }
}
