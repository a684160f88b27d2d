//! Public keys that verify.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use const_oid::ObjectIdentifier;
use der::Decode;
use spki::SubjectPublicKeyInfoRef;

use crate::{Hash, ecdsa, sm2, suite::modulus_bits};

pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A signature or a public key does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a public key of an algorithm that we have.
    #[error("the public key is not one of SM2, P-256, P-384 or RSA with 2048 to 8192 bits")]
    UnknownKey,
    /// The hash does not go with the key.
    #[error("the hash {0} does not go with this key")]
    WrongHash(&'static str),
    /// The signature is wrong.
    #[error("the signature does not fit the message and the key")]
    Wrong,
}

/// A public key.
pub struct Verifier(Key);

enum Key {
    Sm2(Box<sm2::PublicKey>),
    P256(Vec<u8>),
    P384(Vec<u8>),
    Rsa(Vec<u8>),
}

impl Verifier {
    /// Reads the DER of a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7): one form for each
    /// key, with a point on its curve or a modulus of 2048 to 8192 bits.
    pub fn from_spki(der: &[u8]) -> Result<Self, VerifyError> {
        let unknown = VerifyError::UnknownKey;
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| unknown)?;
        let bits = spki.subject_public_key.as_bytes().ok_or(unknown)?;
        let known = |algorithm: &'static dyn VerificationAlgorithm| {
            let parsed = ParsedPublicKey::new(algorithm, bits);
            parsed.map(|_| bits.to_vec()).map_err(|_| unknown)
        };
        if spki.algorithm.oid == RSA {
            // RFC 3279, 2.3.1: the parameters are NULL.
            let null = spki.algorithm.parameters.is_some_and(der::AnyRef::is_null);
            let long = modulus_bits(bits).is_some_and(|bits| (2048..=8192).contains(&bits));
            return if null && long {
                known(&RSA_PKCS1_2048_8192_SHA256).map(|key| Self(Key::Rsa(key)))
            } else {
                Err(unknown)
            };
        }
        let curve = spki.algorithm.parameters_oid().map_err(|_| unknown)?;
        // RFC 5480, 2.2: a point is uncompressed. The libraries would take the
        // compressed and hybrid forms too.
        if bits.first() != Some(&4) {
            return Err(unknown);
        }
        match (spki.algorithm.oid, curve) {
            (EC, SM2) => {
                let key = sm2::PublicKey::from_sec1(bits).ok_or(unknown)?;
                Ok(Self(Key::Sm2(Box::new(key))))
            }
            (EC, P256) => known(&ECDSA_P256_SHA256_ASN1).map(|key| Self(Key::P256(key))),
            (EC, P384) => known(&ECDSA_P384_SHA384_ASN1).map(|key| Self(Key::P384(key))),
            _ => Err(unknown),
        }
    }

    /// Verifies a signature over a message, which is hashed here.
    pub fn verify(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let check = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            let key = UnparsedPublicKey::new(algorithm, key);
            key.verify(message, signature)
                .map_err(|_| VerifyError::Wrong)
        };
        match (&self.0, hash) {
            (Key::Sm2(key), Hash::Sm3) => {
                let digest = key.digest(sm2::IDENTIFIER, message);
                ecdsa::from_der(signature)
                    .is_some_and(|signature| key.verifies(&digest, &signature))
                    .then_some(())
                    .ok_or(VerifyError::Wrong)
            }
            (Key::P256(key), Hash::Sha256) => check(&ECDSA_P256_SHA256_ASN1, key),
            (Key::P384(key), Hash::Sha384) => check(&ECDSA_P384_SHA384_ASN1, key),
            (Key::Rsa(key), Hash::Sha256) => check(&RSA_PKCS1_2048_8192_SHA256, key),
            (Key::Rsa(key), Hash::Sha384) => check(&RSA_PKCS1_2048_8192_SHA384, key),
            (Key::Rsa(key), Hash::Sha512) => check(&RSA_PKCS1_2048_8192_SHA512, key),
            (_, hash) => Err(VerifyError::WrongHash(hash.name())),
        }
    }
}
