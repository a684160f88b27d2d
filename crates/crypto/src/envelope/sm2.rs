//! `sm2-sm4gcm`: a fresh SM4 key for each envelope, encrypted with SM2.

use sm2::{
    PublicKey, SecretKey as Sm2Key,
    elliptic_curve::{common::getrandom::SysRng, rand_core::TryCryptoRng},
    pke::{Cipher, DecryptingKey, EncryptingKey, Mode},
};
use sm3::Sm3;
use zeroize::Zeroizing;

use super::{Envelope, Recipient};
use crate::{Aead, SecretKey};

/// Bytes of an SM4 key.
const KEY: usize = 16;
/// C1 (uncompressed point), C3 (SM3), C2 (the key): GB/T 32918.4, 6.1, in the order of 2016.
const ENCAPSULATED: usize = 65 + 32 + KEY;
/// What comes beside content and header: encapsulated key, nonce, tag.
pub(super) const OVERHEAD: usize = ENCAPSULATED + 12 + 16;

/// Appends encapsulated key and sealed content to the header's beginning.
pub(super) fn seal(to: &Recipient, mut header: Vec<u8>, content: &[u8]) -> Option<Vec<u8>> {
    let key = SecretKey::generate(Aead::Sm4Gcm);
    header.extend(encrypt(&mut SysRng, to.point(), key.bytes())?);
    let sealed = key.seal(&header, content);
    header.extend(sealed);
    Some(header)
}

pub(super) fn open(key: &Sm2Key, envelope: &Envelope) -> Option<Zeroizing<Vec<u8>>> {
    let parts = envelope.parts(ENCAPSULATED)?;
    let content_key = decrypt(key, parts.encapsulated)?;
    let content_key = SecretKey::from_bytes(&content_key).ok()?;
    content_key.open(parts.header, parts.sealed).ok()
}

/// C1 ‖ C3 ‖ C2 of a message.
fn encrypt(rng: &mut impl TryCryptoRng, point: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let key = PublicKey::from_sec1_bytes(point).ok()?;
    EncryptingKey::new(key).encrypt(rng, message).ok()
}

fn decrypt(key: &Sm2Key, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Cipher::<sm2::Sm2, Sm3>::from_slice(encrypted, Mode::C1C3C2).ok()?;
    let mut message = Zeroizing::new(vec![0; cipher.c2().len()]);
    DecryptingKey::new(key.clone())
        .decrypt_cipher_with_buf(&cipher, &mut message)
        .ok()?;
    Some(message)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use sm2::elliptic_curve::rand_core::TryRng;

    use super::*;

    /// Gives the one number of the example.
    struct Number(Vec<u8>);

    impl TryRng for Number {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unreachable!("the number is read as bytes")
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            unreachable!("the number is read as bytes")
        }

        fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
            to.copy_from_slice(&self.0);
            Ok(())
        }
    }

    impl TryCryptoRng for Number {}

    /// GB/T 32918.5, C.2: the curve that everybody uses.
    #[test]
    fn the_example_of_the_standard_is_encrypted_and_decrypted() {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let private = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
        let k = "59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21";
        let encrypted = "04\
            04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73\
            e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0\
            59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766\
            21886ca989ca9c7d58087307ca93092d651efa";
        let key = Sm2Key::from_slice(&bytes(private)).unwrap();
        let point = key.public_key().to_sec1_bytes();
        let ours = encrypt(&mut Number(bytes(k)), &point, b"encryption standard");
        assert_eq!(ours, Some(bytes(encrypted)));
        let message = decrypt(&key, &bytes(encrypted)).unwrap();
        assert_eq!(*message, b"encryption standard");
    }
}
