//! Signature and hash algorithms as they are written in certificates and messages.

use crypto::{Digest, Hash, Suite, Verifier};
use der::{
    Decode, Sequence,
    asn1::{AnyRef, ObjectIdentifier, OctetStringRef},
};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::{PkiError, encode};

const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SM2_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Sm2,
    Ecdsa,
    Rsa,
}

/// A signature algorithm that has exactly one encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignatureAlgorithm {
    family: Family,
    hash: Hash,
}

const KNOWN: [(&str, Family, Hash); 7] = [
    ("1.2.156.10197.1.501", Family::Sm2, Hash::Sm3),
    ("1.2.840.10045.4.3.2", Family::Ecdsa, Hash::Sha256),
    ("1.2.840.10045.4.3.3", Family::Ecdsa, Hash::Sha384),
    ("1.2.840.10045.4.3.4", Family::Ecdsa, Hash::Sha512),
    ("1.2.840.113549.1.1.11", Family::Rsa, Hash::Sha256),
    ("1.2.840.113549.1.1.12", Family::Rsa, Hash::Sha384),
    ("1.2.840.113549.1.1.13", Family::Rsa, Hash::Sha512),
];

/// Keys that are named in place of a signature algorithm.
const LOOSE: [(&str, Family); 4] = [
    ("1.2.840.113549.1.1.1", Family::Rsa),
    ("1.2.840.10045.2.1", Family::Ecdsa),
    ("1.2.156.10197.1.301", Family::Sm2),
    ("1.2.156.10197.1.301.1", Family::Sm2),
];

impl SignatureAlgorithm {
    /// Reads an identifier with exactly the parameters that its standard asks for:
    /// NULL for RSA (RFC 4055), none for the others (RFC 5758, GM/T 0006).
    pub(crate) fn read(identifier: AlgorithmIdentifierRef) -> Result<Self, PkiError> {
        let name = identifier.oid.to_string();
        let (_, family, hash) = KNOWN
            .into_iter()
            .find(|(oid, ..)| *oid == name)
            .ok_or_else(|| PkiError::Algorithm(name.clone()))?;
        let wanted = (family == Family::Rsa).then_some(AnyRef::NULL);
        if identifier.parameters != wanted {
            return Err(PkiError::Algorithm(format!("{name} with these parameters")));
        }
        Ok(Self { family, hash })
    }

    /// Reads what other producers write in a signer's `signatureAlgorithm`: the name of
    /// the key's algorithm alone, which leaves the hash to the digest (RFC 3370, 3.2), and
    /// parameters or none.
    pub(crate) fn read_lenient(
        identifier: AlgorithmIdentifierRef,
        hash: Hash,
    ) -> Result<Self, PkiError> {
        let name = identifier.oid.to_string();
        let known = KNOWN.into_iter().find(|(oid, ..)| *oid == name);
        let named = LOOSE.into_iter().find(|(oid, _)| *oid == name);
        let family = match (known, named) {
            (Some((_, family, named)), _) if named == hash => family,
            (None, Some((_, family))) => family,
            _ => return Err(PkiError::Algorithm(name)),
        };
        // Only pairs that have a name of their own.
        let pair = |(_, one, with): &(&str, Family, Hash)| *one == family && *with == hash;
        if KNOWN.iter().any(pair) {
            Ok(Self { family, hash })
        } else {
            Err(PkiError::Algorithm(format!("{name} with this digest")))
        }
    }

    pub(crate) fn of(suite: Suite) -> Self {
        let family = match suite {
            Suite::Sm2Sm3 => Family::Sm2,
            Suite::P256Sha256 => Family::Ecdsa,
            Suite::Rsa2048Sha256 | Suite::Rsa3072Sha256 => Family::Rsa,
        };
        Self {
            family,
            hash: suite.hash(),
        }
    }

    pub(crate) fn hash(self) -> Hash {
        self.hash
    }

    /// Such as `sm2-sm3`.
    pub(crate) fn name(self) -> &'static str {
        match (self.family, self.hash) {
            (Family::Sm2, _) => "sm2-sm3",
            (Family::Ecdsa, Hash::Sha256) => "p256-sha256",
            (Family::Ecdsa, Hash::Sha384) => "p384-sha384",
            (Family::Ecdsa, _) => "ecdsa-sha512",
            (Family::Rsa, Hash::Sha256) => "rsa-sha256",
            (Family::Rsa, Hash::Sha384) => "rsa-sha384",
            (Family::Rsa, _) => "rsa-sha512",
        }
    }

    /// The one encoding.
    pub(crate) fn to_der(self) -> Vec<u8> {
        let oid = KNOWN
            .into_iter()
            .find(|(_, family, hash)| (*family, *hash) == (self.family, self.hash))
            .map_or(KNOWN[0].0, |(oid, ..)| oid);
        let oid = ObjectIdentifier::new_unwrap(oid);
        let parameters = if self.family == Family::Rsa {
            encode::NULL
        } else {
            &[]
        };
        encode::sequence(&[&encode::tlv(0x06, &[oid.as_bytes()]), parameters])
    }

    /// The one form of a signature: of the two that ECDSA has, the one with the smaller s.
    pub(crate) fn canonical(self, signature: &[u8]) -> Vec<u8> {
        match self.family {
            Family::Ecdsa => crypto::low_s(self.hash, signature),
            Family::Sm2 | Family::Rsa => signature.to_vec(),
        }
    }

    /// Checks a signature; the key must be of the family that the algorithm names.
    pub(crate) fn verify(
        self,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), PkiError> {
        if family(spki) != Some(self.family) {
            return Err(PkiError::Algorithm(format!(
                "{:?} for this key",
                self.family
            )));
        }
        let key = Verifier::from_spki(spki).map_err(|e| PkiError::Algorithm(e.to_string()))?;
        key.verify(self.hash, message, signature)
            .map_err(|_| PkiError::SignatureWrong)
    }
}

fn family(spki: &[u8]) -> Option<Family> {
    let algorithm = SubjectPublicKeyInfoRef::from_der(spki).ok()?.algorithm;
    match algorithm.oid {
        RSA_KEY => Some(Family::Rsa),
        EC_KEY if algorithm.parameters_oid().ok()? == SM2_CURVE => Some(Family::Sm2),
        EC_KEY => Some(Family::Ecdsa),
        _ => None,
    }
}

/// A hash identifier as we write it: without parameters (RFC 5754, 2).
pub(crate) fn hash_to_der(hash: Hash) -> Vec<u8> {
    encode::sequence(&[&encode::tlv(0x06, &[hash.oid().as_bytes()])])
}

/// Reads a hash identifier; parameters may be absent or NULL.
pub(crate) fn read_hash(identifier: AlgorithmIdentifierRef) -> Result<Hash, PkiError> {
    let hash = Hash::from_oid(&identifier.oid);
    let plain = identifier.parameters.is_none_or(AnyRef::is_null);
    hash.filter(|_| plain)
        .ok_or_else(|| PkiError::Algorithm(identifier.oid.to_string()))
}

/// A digest with its hash, as PKCS #1's `DigestInfo` (RFC 8017, 9.2) and RFC 3161's
/// `MessageImprint` write it.
///
/// ```text
/// MessageImprint ::= SEQUENCE {
///     hashAlgorithm  AlgorithmIdentifier,
///     hashedMessage  OCTET STRING }
/// ```
#[derive(Sequence)]
pub(crate) struct Imprint<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    digest: &'a OctetStringRef,
}

impl Imprint<'_> {
    pub(crate) fn read(&self) -> Result<Digest, PkiError> {
        Digest::new(read_hash(self.algorithm)?, self.digest.as_bytes())
            .map_err(|e| PkiError::malformed("digest", &e))
    }
}

pub(crate) fn imprint_to_der(digest: &Digest) -> Vec<u8> {
    encode::sequence(&[
        &hash_to_der(digest.hash()),
        &encode::octet_string(digest.as_bytes()),
    ])
}
