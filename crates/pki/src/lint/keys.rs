//! The subject's public key.

use crypto::{Suite, Verifier};
use der::{Decode, Sequence, asn1::UintRef};
use spki::SubjectPublicKeyInfoRef;

use super::{OURS, Rule, broken, examined::Examined};
use crate::algorithm::SignatureAlgorithm;

pub(super) const RULES: [Rule; 4] = [
    Rule {
        code: "key-suite",
        source: "GM/T 0015-2012, 5.2; RFC 5480, 2; RFC 3279, 2.3.1",
        demands: "the key is one for SM2, P-256, or RSA of 2048 or 3072 bits",
        broken: |it| broken(suite(it).is_none(), || "it is another one".to_owned()),
    },
    Rule {
        code: "key-usable",
        source: "SEC 1, 3.2.2; GM/T 0003.1-2012, 6.2",
        demands: "the key is one that signatures can be verified with",
        broken: |it| {
            suite(it)?;
            let read = Verifier::from_spki(&it.spki);
            read.err().map(|error| error.to_string())
        },
    },
    Rule {
        code: "key-rsa-exponent",
        source: "FIPS 186-5, 5.4",
        demands: "the public exponent of RSA is odd and greater than 65536",
        broken: |it| {
            let spki = SubjectPublicKeyInfoRef::from_der(&it.spki).ok()?;
            let key = RsaPublicKey::from_der(spki.subject_public_key.raw_bytes()).ok()?;
            let bytes = key.exponent.as_bytes();
            let odd = bytes.last().is_some_and(|last| last & 1 == 1);
            broken(!odd || bytes.len() < 3, || hex::encode(bytes))
        },
    },
    Rule {
        code: "key-of-signature-suite",
        source: OURS,
        demands: "an authority certifies keys of its own suite",
        broken: |it| {
            let named = SignatureAlgorithm::read(it.algorithm).ok()?;
            let suite = suite(it)?;
            broken(named != SignatureAlgorithm::of(suite), || {
                format!("a key of {} under {}", suite.name(), named.name())
            })
        },
    },
];

/// `RSAPublicKey` (RFC 8017, A.1.1).
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn suite(it: &Examined) -> Option<Suite> {
    Suite::of_spki(&it.spki)
}
