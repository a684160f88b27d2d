//! Suites: which signature algorithm goes with which hash.

use const_oid::ObjectIdentifier;
use der::{Any, asn1::Null};
use spki::AlgorithmIdentifierOwned;

use crate::Hash;

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
