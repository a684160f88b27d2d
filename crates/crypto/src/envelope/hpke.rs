//! `p256-aes256gcm`: HPKE (RFC 9180) in base mode for one message, with
//! DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.
//!
//! The primitives are AWS-LC's, like every other use of P-256 and AES here. The labels
//! that tie them together are written out because the HPKE within reach leaves copies of
//! the content in freed memory, or brings a second P-256.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    error::Unspecified,
    hmac::{HMAC_SHA256, Key as HmacKey, sign as hmac},
};
use zeroize::Zeroizing;

use super::{Envelope, Recipient, bytes::NAMED};

/// An uncompressed point.
const ENCAPSULATED: usize = 65;
/// What comes beside content and header: encapsulated key, tag.
pub(super) const OVERHEAD: usize = ENCAPSULATED + 16;

/// `suite_id` of the KEM (RFC 9180, 4.1 and 7.1): DHKEM(P-256, HKDF-SHA256).
const KEM: &[u8] = b"KEM\x00\x10";

/// The cipher with its `suite_id` (5.1 and 7): KEM, KDF HKDF-SHA256, AEAD.
struct Cipher {
    suite_id: &'static [u8; 10],
    algorithm: &'static Algorithm,
}

const AES_256: Cipher = Cipher {
    suite_id: b"HPKE\x00\x10\x00\x01\x00\x02",
    algorithm: &AES_256_GCM,
};

type Secret = Zeroizing<[u8; 32]>;

/// Appends encapsulated key and sealed content to the header's beginning.
pub(super) fn seal(to: &Recipient, mut header: Vec<u8>, content: &[u8]) -> Option<Vec<u8>> {
    let ephemeral = PrivateKey::generate(&ECDH_P256).ok()?;
    let encapsulated = ephemeral.compute_public_key().ok()?;
    let secret = shared(&ephemeral, to.point(), encapsulated.as_ref(), to.point())?;
    header.extend(encapsulated.as_ref());
    let (key, nonce) = schedule(&AES_256, &secret, header.get(..NAMED)?)?;
    // Not wiped: it becomes the ciphertext, in place.
    let mut sealed = Vec::with_capacity(content.len() + OVERHEAD);
    sealed.extend(content);
    key.seal_in_place_append_tag(nonce, Aad::from(&header), &mut sealed)
        .ok()?;
    header.append(&mut sealed);
    Some(header)
}

pub(super) fn open(key: &PrivateKey, envelope: &Envelope) -> Option<Zeroizing<Vec<u8>>> {
    let parts = envelope.parts(ENCAPSULATED)?;
    unseal(
        &AES_256,
        key,
        parts.encapsulated,
        parts.named,
        parts.header,
        parts.sealed,
    )
}

/// `OpenBase` (6.1).
fn unseal(
    cipher: &Cipher,
    key: &PrivateKey,
    encapsulated: &[u8],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let own = key.compute_public_key().ok()?;
    let secret = shared(key, encapsulated, encapsulated, own.as_ref())?;
    let (key, nonce) = schedule(cipher, &secret, info)?;
    let mut content = Zeroizing::new(sealed.to_vec());
    let length = key
        .open_in_place(nonce, Aad::from(aad), &mut content)
        .ok()?
        .len();
    content.truncate(length);
    Some(content)
}

/// `ExtractAndExpand` (4.1) over the Diffie-Hellman of one's key and the other's point.
/// AWS-LC refuses a point that is not on the curve, and has no other subgroup to fear.
fn shared(own: &PrivateKey, other: &[u8], encapsulated: &[u8], recipient: &[u8]) -> Option<Secret> {
    let context = [encapsulated, recipient].concat();
    let other = UnparsedPublicKey::new(&ECDH_P256, other);
    agree(own, other, Unspecified, |dh| {
        let prk = extract(KEM, &[], b"eae_prk", dh);
        Ok(expand(KEM, &prk, b"shared_secret", &context, 32))
    })
    .ok()
}

/// `KeySchedule` (5.1) of the base mode, for the first message.
fn schedule(cipher: &Cipher, shared: &Secret, info: &[u8]) -> Option<(LessSafeKey, Nonce)> {
    let suite = cipher.suite_id;
    let context = [
        [0].as_slice(),
        extract(suite, &[], b"psk_id_hash", &[]).as_slice(),
        extract(suite, &[], b"info_hash", info).as_slice(),
    ]
    .concat();
    let secret = extract(suite, shared.as_slice(), b"secret", &[]);
    let length = cipher.algorithm.key_len();
    let key = expand(suite, &secret, b"key", &context, length);
    let key = UnboundKey::new(cipher.algorithm, key.get(..length)?).ok()?;
    let nonce = expand(suite, &secret, b"base_nonce", &context, NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce.get(..NONCE_LEN)?).ok()?;
    Some((LessSafeKey::new(key), nonce))
}

/// `LabeledExtract` (4).
fn extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Secret {
    let labelled = Zeroizing::new([b"HPKE-v1", suite, label, ikm].concat());
    hash(salt, &labelled)
}

/// `LabeledExpand` (4), of which `length` bytes count, 32 at most: one block of HKDF.
fn expand(suite: &[u8], prk: &Secret, label: &[u8], info: &[u8], length: usize) -> Secret {
    let length = u16::try_from(length).unwrap_or_default().to_be_bytes();
    let labelled = [&length, b"HPKE-v1".as_slice(), suite, label, info, &[1]].concat();
    hash(prk.as_slice(), &labelled)
}

/// HMAC-SHA-256.
fn hash(key: &[u8], message: &[u8]) -> Secret {
    let tag = hmac(&HmacKey::new(HMAC_SHA256, key), message);
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(tag.as_ref());
    secret
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::AES_128_GCM;

    use super::*;

    /// RFC 9180, A.3.1. The RFC has no example with a key of 256 bits; all else is shared.
    #[test]
    fn the_example_of_the_rfc_opens() {
        const AES_128: Cipher = Cipher {
            suite_id: b"HPKE\x00\x10\x00\x01\x00\x01",
            algorithm: &AES_128_GCM,
        };
        let bytes = |text: &str| hex::decode(text).unwrap();
        let key = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2";
        let encapsulated = "04\
            a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9\
            8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4";
        let sealed = "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f\
            9076ac232e3ab2523f39513434";
        let key = PrivateKey::from_private_key(&ECDH_P256, &bytes(key)).unwrap();
        let encapsulated = bytes(encapsulated);
        let own = key.compute_public_key().unwrap();
        let secret = shared(&key, &encapsulated, &encapsulated, own.as_ref()).unwrap();
        let expected = "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8";
        assert_eq!(secret.as_slice(), bytes(expected));
        let open = |info: &[u8], aad: &[u8]| {
            unseal(&AES_128, &key, &encapsulated, info, aad, &bytes(sealed))
        };
        let opened = open(b"Ode on a Grecian Urn", b"Count-0").unwrap();
        assert_eq!(*opened, b"Beauty is truth, truth beauty");
        assert_eq!(open(b"Ode on a Grecian urn", b"Count-0"), None);
        assert_eq!(open(b"Ode on a Grecian Urn", b"Count-1"), None);
    }
}
