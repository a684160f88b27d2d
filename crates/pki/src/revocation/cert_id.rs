//! Which certificate is asked about.

use crypto::{Hash, digest, sha1_name};
use der::{
    Decode,
    asn1::{AnyRef, ObjectIdentifier},
};
use spki::SubjectPublicKeyInfoRef;

use super::{RevocationError, ocsp_structure::CertIdStructure, structure::significant};
use crate::{
    Certificate, PkiError,
    certificate::element,
    encode::{self, NULL},
};

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const WHAT: &str = "OCSP certificate identifier";

/// The hash by which an issuer is named. It names, it does not prove: RFC 5019 asks for
/// SHA-1, and many responders know nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertIdHash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SM3.
    Sm3,
}

impl CertIdHash {
    /// All of them, the usual one first.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sm3];

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => SHA1,
            Self::Sha256 => Hash::Sha256.oid(),
            Self::Sm3 => Hash::Sm3.oid(),
        }
    }

    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1_name(bytes).to_vec(),
            Self::Sha256 => digest(Hash::Sha256, bytes).as_bytes().to_vec(),
            Self::Sm3 => digest(Hash::Sm3, bytes).as_bytes().to_vec(),
        }
    }
}

/// Names a certificate by hashes of its issuer's name and key and by its serial number
/// (RFC 6960, 4.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    /// As it came: an answer repeats it byte by byte.
    der: Vec<u8>,
    hash: CertIdHash,
    name: Vec<u8>,
    key: Vec<u8>,
    serial: Vec<u8>,
}

impl CertId {
    /// The name of this certificate of this issuer.
    #[must_use]
    pub fn new(hash: CertIdHash, certificate: &Certificate, issuer: &Certificate) -> Self {
        Self::of(hash, certificate.serial(), issuer)
    }

    /// The name of the certificate of this issuer with a serial number, big-endian without
    /// leading zeros.
    #[must_use]
    pub fn of(hash: CertIdHash, serial: &[u8], issuer: &Certificate) -> Self {
        let (name, key) = (hash.of(issuer.subject_der()), hash.of(&key_bits(issuer)));
        let serial = serial.to_vec();
        let oid = encode::tlv(0x06, &[hash.oid().as_bytes()]);
        let der = encode::sequence(&[
            &encode::sequence(&[&oid, NULL]),
            &encode::octet_string(&name),
            &encode::octet_string(&key),
            &encode::integer(&serial),
        ]);
        Self {
            der,
            hash,
            name,
            key,
            serial,
        }
    }

    pub(super) fn read(any: AnyRef) -> Result<Self, RevocationError> {
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        let read: CertIdStructure = any.decode_as().map_err(bad)?;
        let hash = CertIdHash::ALL
            .into_iter()
            .find(|hash| hash.oid() == read.hash.oid)
            .filter(|_| read.hash.parameters.is_none_or(AnyRef::is_null))
            .ok_or_else(|| PkiError::Algorithm(read.hash.oid.to_string()))?;
        Ok(Self {
            der: element(any),
            hash,
            name: read.name.as_bytes().to_vec(),
            key: read.key.as_bytes().to_vec(),
            serial: read.serial.as_bytes().to_vec(),
        })
    }

    /// Serial number of the certificate, big-endian without leading zeros.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// By which hash the issuer is named.
    #[must_use]
    pub fn hash(&self) -> CertIdHash {
        self.hash
    }

    /// Whether it names a certificate of this issuer.
    #[must_use]
    pub fn is_of(&self, issuer: &Certificate) -> bool {
        self.name == self.hash.of(issuer.subject_der())
            && self.key == self.hash.of(&key_bits(issuer))
    }

    /// Whether it names this certificate of this issuer.
    #[must_use]
    pub fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        significant(&self.serial) == significant(certificate.serial()) && self.is_of(issuer)
    }

    /// Whether both name the same, whatever the encoding of the hash's parameters.
    pub(super) fn same(&self, other: &Self) -> bool {
        (self.hash, &self.name, &self.key, &self.serial)
            == (other.hash, &other.name, &other.key, &other.serial)
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }
}

/// The bits of the key without tag, length and unused bits.
pub(super) fn key_bits(certificate: &Certificate) -> Vec<u8> {
    let key = SubjectPublicKeyInfoRef::from_der(certificate.spki());
    key.map_or_else(
        |_| Vec::new(),
        |key| key.subject_public_key.raw_bytes().to_vec(),
    )
}
