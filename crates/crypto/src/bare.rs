//! Public keys and signatures as key modules give them: bare numbers.

use der::{Any, Decode, Encode, asn1::BitString};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};

use crate::{Digest, Suite, Verifier, digest, ecdsa, low_s, sm2, suite::RsaPublicKey, verify};

/// Bytes of a coordinate on either curve.
const COORDINATE: usize = 32;

/// DER of the `SubjectPublicKeyInfo` (RFC 5480, 2) of a point on the curve of a suite,
/// x and y with 32 bytes each, big-endian; none when it is no point of that curve, or the
/// suite has no curve.
#[must_use]
pub fn spki_of_point(suite: Suite, x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let curve = match suite {
        Suite::Sm2Sm3 => verify::SM2,
        Suite::P256Sha256 => verify::P256,
        Suite::Rsa2048Sha256 | Suite::Rsa3072Sha256 => return None,
    };
    if x.len() != COORDINATE || y.len() != COORDINATE {
        return None;
    }
    let algorithm = AlgorithmIdentifierOwned {
        oid: verify::EC,
        parameters: Some(Any::from(curve)),
    };
    spki(suite, algorithm, &[&[4], x, y].concat())
}

/// DER of the `SubjectPublicKeyInfo` (RFC 3279, 2.3.1) of an RSA key, big-endian; none
/// when it is no key of the suite.
#[must_use]
pub fn spki_of_rsa(suite: Suite, modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let algorithm = AlgorithmIdentifierOwned {
        oid: verify::RSA,
        parameters: Some(Any::null()),
    };
    spki(suite, algorithm, &RsaPublicKey::to_der(modulus, exponent)?)
}

fn spki(suite: Suite, algorithm: AlgorithmIdentifierOwned, key: &[u8]) -> Option<Vec<u8>> {
    let spki = SubjectPublicKeyInfoOwned {
        algorithm,
        subject_public_key: BitString::from_bytes(key).ok()?,
    };
    let der = spki.to_der().ok()?;
    // A point must lie on its curve, a modulus have its length.
    Verifier::from_spki(&der).ok()?;
    (Suite::of_spki(&der) == Some(suite)).then_some(der)
}

/// DER of a signature of two numbers, big-endian, of which a P-256 signature is the one
/// with the smaller s; none when they are no such numbers.
#[must_use]
pub fn signature_of_numbers(suite: Suite, r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let der = ecdsa::to_der(r, s)?;
    Some(match suite {
        Suite::Sm2Sm3 => der,
        _ => low_s(suite.hash(), &der),
    })
}

/// What a key signs of a message: its digest, for SM2 of Z of the default identifier and
/// the message (GM/T 0009, 8.1). None when the key is not one of a suite.
#[must_use]
pub fn signed_digest(spki: &[u8], message: &[u8]) -> Option<Digest> {
    let suite = Suite::of_spki(spki)?;
    if suite != Suite::Sm2Sm3 {
        return Some(digest(suite.hash(), message));
    }
    let key = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let key = sm2::PublicKey::from_sec1(key.subject_public_key.as_bytes()?)?;
    Digest::new(suite.hash(), &key.digest(sm2::IDENTIFIER, message)).ok()
}

#[cfg(test)]
mod tests {
    use ::sm2::dsa::{DerSignature, Signature, VerifyingKey, signature::hazmat::PrehashVerifier};

    use super::*;
    use crate::{Signer, SoftwareKey};

    /// The digest is the one that an SM2 signature is over, as another computes it.
    #[test]
    fn the_digest_of_an_sm2_message_is_what_the_key_signs() {
        let key = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
        let signature = key.sign(b"message").unwrap();
        let signature = DerSignature::from_bytes(&signature).unwrap();
        let signature = Signature::try_from(signature).unwrap();
        let spki = SubjectPublicKeyInfoRef::from_der(key.spki()).unwrap();
        let point = spki.subject_public_key.raw_bytes();
        let verifier = VerifyingKey::from_sec1_bytes(sm2::IDENTIFIER, point).unwrap();
        let over = |message| signed_digest(key.spki(), message).unwrap();
        let verify = |message| verifier.verify_prehash(over(message).as_bytes(), &signature);
        verify(b"message").unwrap();
        verify(b"massage").unwrap_err();
    }
}
