//! Suites: which signature algorithm goes with which hash.

use const_oid::ObjectIdentifier;
use der::{
    Any, Decode, Sequence,
    asn1::{Null, UintRef},
};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoRef};

use crate::{Hash, verify};

/// A signature algorithm with its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suite {
    /// SM2 with SM3 (GB/T 32918.2).
    Sm2Sm3,
    /// ECDSA on P-256 with SHA-256.
    P256Sha256,
    /// RSA PKCS #1 v1.5, 2048 bit, with SHA-256.
    Rsa2048Sha256,
    /// RSA PKCS #1 v1.5, 3072 bit, with SHA-256.
    Rsa3072Sha256,
}

impl Suite {
    /// All suites.
    pub const ALL: [Self; 4] = [
        Self::Sm2Sm3,
        Self::P256Sha256,
        Self::Rsa2048Sha256,
        Self::Rsa3072Sha256,
    ];

    /// The hash of the suite.
    #[must_use]
    pub fn hash(self) -> Hash {
        match self {
            Self::Sm2Sm3 => Hash::Sm3,
            Self::P256Sha256 | Self::Rsa2048Sha256 | Self::Rsa3072Sha256 => Hash::Sha256,
        }
    }

    /// The suite of a public key, from the DER of its `SubjectPublicKeyInfo`; none when
    /// it is a key of another algorithm or length.
    #[must_use]
    pub fn of_spki(der: &[u8]) -> Option<Self> {
        let spki = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        let curve = || spki.algorithm.parameters_oid().ok();
        match spki.algorithm.oid {
            oid if oid == verify::EC && curve() == Some(verify::SM2) => Some(Self::Sm2Sm3),
            oid if oid == verify::EC && curve() == Some(verify::P256) => Some(Self::P256Sha256),
            oid if oid == verify::RSA => match modulus_bits(spki.subject_public_key.raw_bytes())? {
                2048 => Some(Self::Rsa2048Sha256),
                3072 => Some(Self::Rsa3072Sha256),
                _ => None,
            },
            _ => None,
        }
    }

    /// The name in reports, settings and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sm2Sm3 => "sm2-sm3",
            Self::P256Sha256 => "p256-sha256",
            Self::Rsa2048Sha256 => "rsa2048-sha256",
            Self::Rsa3072Sha256 => "rsa3072-sha256",
        }
    }

    /// The suite of this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// The signature algorithm as X.509 and CMS write it: no parameters for SM2 and
    /// ECDSA, NULL for RSA (RFC 5758, RFC 4055, GM/T 0006).
    #[must_use]
    pub fn signature_algorithm(self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::Sm2Sm3 => "1.2.156.10197.1.501",
            Self::P256Sha256 => "1.2.840.10045.4.3.2",
            Self::Rsa2048Sha256 | Self::Rsa3072Sha256 => "1.2.840.113549.1.1.11",
        };
        let rsa = matches!(self, Self::Rsa2048Sha256 | Self::Rsa3072Sha256);
        AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap(oid),
            parameters: rsa.then(|| Any::from(Null)),
        }
    }
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017,
/// A.1.1).
#[derive(Sequence)]
pub(crate) struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl RsaPublicKey<'_> {
    /// DER of two numbers, big-endian.
    pub(crate) fn to_der(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
        let modulus = UintRef::new(modulus).ok()?;
        let exponent = UintRef::new(exponent).ok()?;
        der::Encode::to_der(&RsaPublicKey { modulus, exponent }).ok()
    }
}

/// Length of an RSA modulus.
pub(crate) fn modulus_bits(der: &[u8]) -> Option<usize> {
    let key = RsaPublicKey::from_der(der).ok()?;
    let bytes = key.modulus.as_bytes();
    let zeros = bytes.first()?.leading_zeros();
    Some(bytes.len() * 8 - usize::try_from(zeros).ok()?)
}
