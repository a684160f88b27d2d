//! Algorithm suites, digests, keys and the key store.
//!
//! Everything above this crate is written against [`Suite`], [`Signer`],
//! [`Verifier`] and [`Digester`], never against an algorithm. SM3 comes from
//! `RustCrypto`; SM2 is our own, and SM4 where the processor has GFNI; P-256, RSA, SHA-2,
//! AES and random numbers come from AWS-LC.
//! [`envelope`] seals to keys that only open, never sign.

mod aead;
pub mod bare;
mod digest;
mod ecdsa;
pub mod envelope;
mod key;
mod mac;
mod module;
pub mod password;
mod sm2;
mod sm4;
mod store;
mod suite;
mod verify;

pub use aead::{Aead, SecretKey};
pub use digest::{Digest, DigestError, Digester, Hash, digest, sha1_name};
pub use ecdsa::low_s;
pub use key::{EventKey, KeyError, Signer, SoftwareKey};
pub use mac::MacKey;
pub use module::{KeyModule, Keys, NamedKey, try_key};
pub use store::{KeyStore, KeyStoreError};
pub use suite::Suite;
pub use verify::{Verifier, VerifyError};

/// Random bytes of the operating system.
///
/// # Panics
/// When the system has no randomness to give; nothing may go on without it.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A fresh identifier: 128 random bits in lowercase hexadecimal.
#[must_use]
pub fn random_id() -> String {
    hex::encode(random::<16>())
}
