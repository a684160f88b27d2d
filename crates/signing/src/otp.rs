//! One-time codes: six digits, five tries, five minutes, bound to one document.

use crypto::{Digest, Digester, Hash};

use crate::event::Millis;

/// How long a code is good for.
pub const LIFETIME: Millis = 5 * 60 * 1000;
/// How often one code may be tried.
pub const TRIES: u8 = 5;
/// How many codes one session may ask for.
pub const CODES: u8 = 5;

/// Six random digits.
#[must_use]
pub fn fresh(random: [u8; 8]) -> String {
    // 2^64 is so much larger than 10^6 that the bias is below 10^-13.
    format!("{:06}", u64::from_be_bytes(random) % 1_000_000)
}

/// Digest under which a code is kept: keyed, so that six digits cannot be guessed
/// from it, and bound to the session and to the document that it confirms.
#[must_use]
pub fn digest(secret: &[u8], session: &str, document: &Digest, code: &str) -> Digest {
    let mut digester = Digester::new(Hash::Sha256);
    for part in [
        secret,
        session.as_bytes(),
        document.as_bytes(),
        code.as_bytes(),
    ] {
        digester.update(&(part.len() as u64).to_be_bytes());
        digester.update(part);
    }
    digester.finish()
}
