//! `sm2-sm4gcm`: a fresh SM4 key for each envelope, encrypted with SM2.

use zeroize::Zeroizing;

use super::{Envelope, Recipient};
use crate::{Aead, SecretKey, sm2};

/// Bytes of an SM4 key, encrypted.
const ENCAPSULATED: usize = sm2::ENCRYPTED_MORE + 16;
/// What comes beside content and header: encapsulated key, nonce, tag.
pub(super) const OVERHEAD: usize = ENCAPSULATED + 12 + 16;

/// Appends encapsulated key and sealed content to the header's beginning.
pub(super) fn seal(to: &Recipient, mut header: Vec<u8>, content: &[u8]) -> Option<Vec<u8>> {
    let key = SecretKey::generate(Aead::Sm4Gcm);
    let to = sm2::PublicKey::from_sec1(to.point())?;
    header.extend(to.encrypt(key.bytes())?);
    let sealed = key.seal(&header, content);
    header.extend(sealed);
    Some(header)
}

pub(super) fn open(key: &sm2::SecretKey, envelope: &Envelope) -> Option<Zeroizing<Vec<u8>>> {
    let parts = envelope.parts(ENCAPSULATED)?;
    let content_key = key.decrypt(parts.encapsulated)?;
    let content_key = SecretKey::from_bytes(&content_key).ok()?;
    content_key.open(parts.header, parts.sealed).ok()
}
