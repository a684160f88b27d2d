//! Numbers of key modules become the keys and signatures that everybody reads.

use crypto::{
    Signer, SoftwareKey, Suite, Verifier,
    bare::{signature_of_numbers, signed_digest, spki_of_point, spki_of_rsa},
};
use der::{Decode, asn1::Uint};
use spki::SubjectPublicKeyInfoRef;

const CURVES: [Suite; 2] = [Suite::Sm2Sm3, Suite::P256Sha256];

fn numbers(der: &[u8]) -> [Vec<u8>; 2] {
    let both = Vec::<Uint>::from_der(der).unwrap();
    [0, 1].map(|at| both[at].as_bytes().to_vec())
}

fn bits(key: &SoftwareKey) -> Vec<u8> {
    let spki = SubjectPublicKeyInfoRef::from_der(key.spki()).unwrap();
    spki.subject_public_key.raw_bytes().to_vec()
}

#[test]
fn a_public_key_of_numbers_is_the_key() {
    for suite in CURVES {
        let key = SoftwareKey::generate(suite).unwrap();
        let bits = bits(&key);
        let (x, y) = bits[1..].split_at(32);
        assert_eq!(spki_of_point(suite, x, y).unwrap(), key.spki());
    }
    for suite in [Suite::Rsa2048Sha256, Suite::Rsa3072Sha256] {
        let key = SoftwareKey::generate(suite).unwrap();
        let [modulus, exponent] = numbers(&bits(&key));
        let padded = [&[0; 3], modulus.as_slice()].concat();
        assert_eq!(spki_of_rsa(suite, &padded, &exponent).unwrap(), key.spki());
        let other = [Suite::Rsa3072Sha256, Suite::Rsa2048Sha256];
        let other = other.into_iter().find(|other| *other != suite).unwrap();
        assert_eq!(spki_of_rsa(other, &modulus, &exponent), None);
    }
}

#[test]
fn what_is_no_point_of_the_curve_is_no_key() {
    for (suite, other) in [CURVES, [CURVES[1], CURVES[0]]].map(|[a, b]| (a, b)) {
        let bits = bits(&SoftwareKey::generate(suite).unwrap());
        let (x, y) = bits[1..].split_at(32);
        assert_eq!(spki_of_point(other, x, y), None, "a point of another curve");
        assert_eq!(spki_of_point(suite, y, x), None);
        assert_eq!(spki_of_point(suite, &x[1..], y), None);
        assert_eq!(spki_of_point(suite, &[0; 32], &[0; 32]), None);
        assert_eq!(spki_of_point(Suite::Rsa2048Sha256, x, y), None);
    }
}

#[test]
fn a_signature_of_numbers_verifies_in_its_one_form() {
    for suite in CURVES {
        let key = SoftwareKey::generate(suite).unwrap();
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        for _ in 0..32 {
            let signature = key.sign(b"message").unwrap();
            let [r, s] = numbers(&signature);
            // As a module gives them: filled up with zeros.
            let [r, s] = [r, s].map(|number| [vec![0; 64 - number.len()], number].concat());
            let again = signature_of_numbers(suite, &r, &s).unwrap();
            assert_eq!(again, signature);
            verifier.verify(suite.hash(), b"message", &again).unwrap();
        }
    }
}

#[test]
fn the_digest_of_other_suites_is_that_of_the_message() {
    let key = SoftwareKey::generate(Suite::P256Sha256).unwrap();
    let expected = crypto::digest(crypto::Hash::Sha256, b"message");
    assert_eq!(signed_digest(key.spki(), b"message"), Some(expected));
    assert_eq!(signed_digest(b"no key", b"message"), None);
}
