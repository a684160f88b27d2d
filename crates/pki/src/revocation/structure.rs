//! The ASN.1 of revocation lists, for reading, and what is common to all readers here.

use der::{
    Decode, Sequence,
    asn1::{AnyRef, BitStringRef, GeneralizedTime, UintRef},
};
use spki::AlgorithmIdentifierRef;
use x509_cert::time::Time;

use super::{Reason, RevocationError};
use crate::{
    PkiError,
    algorithm::SignatureAlgorithm,
    certificate::{element, seconds},
    extensions::Extension,
    oid,
};

/// Most extensions of one structure.
const EXTENSIONS: usize = 64;

/// Signed bytes, for lists and for OCSP responses.
///
/// ```text
/// CertificateList ::= SEQUENCE {
///     tbsCertList         TBSCertList,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signatureValue      BIT STRING }
/// ```
#[derive(Sequence)]
pub(super) struct CertificateList<'a> {
    pub(super) tbs: AnyRef<'a>,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signature: BitStringRef<'a>,
}

/// RFC 5280, 5.1.2. The entries are read one by one.
///
/// ```text
/// TBSCertList ::= SEQUENCE {
///     version              INTEGER { v2(1) } OPTIONAL,
///     signature            AlgorithmIdentifier,
///     issuer               Name,
///     thisUpdate           Time,
///     nextUpdate           Time OPTIONAL,
///     revokedCertificates  SEQUENCE OF SEQUENCE { ... } OPTIONAL,
///     crlExtensions        [0] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct TbsCertList<'a> {
    pub(super) version: Option<u8>,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) issuer: AnyRef<'a>,
    pub(super) this_update: Time,
    pub(super) next_update: Option<Time>,
    pub(super) revoked: Option<Vec<AnyRef<'a>>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// ```text
/// SEQUENCE {
///     userCertificate     INTEGER,
///     revocationDate      Time,
///     crlEntryExtensions  Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct RevokedCertificate<'a> {
    pub(super) serial: UintRef<'a>,
    pub(super) date: Time,
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// Bytes that were signed, as they came.
#[derive(Debug)]
pub(super) struct Signed {
    tbs: Vec<u8>,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

impl Signed {
    pub(super) fn read(
        what: &'static str,
        tbs: AnyRef,
        algorithm: AlgorithmIdentifierRef,
        signature: BitStringRef,
    ) -> Result<Self, RevocationError> {
        let bytes = signature.as_bytes();
        let bytes =
            bytes.ok_or_else(|| RevocationError::malformed(what, "signature of odd bits"))?;
        Ok(Self {
            tbs: element(tbs),
            algorithm: SignatureAlgorithm::read(algorithm)?,
            signature: bytes.to_vec(),
        })
    }

    pub(super) fn verify(&self, spki: &[u8]) -> Result<(), PkiError> {
        self.algorithm.verify(spki, &self.tbs, &self.signature)
    }
}

/// Each extension may be there once, and few of them.
pub(super) fn check_extensions(
    what: &'static str,
    list: &[Extension],
) -> Result<(), RevocationError> {
    if list.len() > EXTENSIONS {
        let limit = EXTENSIONS;
        return Err(PkiError::TooLarge { what, limit }.into());
    }
    let twice = |(at, one): (usize, &Extension)| list[..at].iter().any(|two| two.id == one.id);
    match list.iter().enumerate().find(|pair| twice(*pair)) {
        None => Ok(()),
        Some((_, one)) => Err(RevocationError::malformed(
            what,
            &format!("extension {} is there twice", one.id),
        )),
    }
}

/// An extension that the reader has no use for: refused when it is critical.
pub(super) fn pass_over(what: &'static str, one: &Extension) -> Result<(), RevocationError> {
    if !one.critical {
        return Ok(());
    }
    let oid = one.id.to_string();
    Err(RevocationError::UnknownCritical { what, oid })
}

/// What the extensions of an entry, or of a single OCSP response, say (RFC 5280, 5.3).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryExtensions {
    pub(super) reason: Option<Reason>,
    pub(super) invalid_since_ms: Option<i64>,
    pub(super) archive_cutoff_ms: Option<i64>,
}

impl EntryExtensions {
    pub(super) fn read(what: &'static str, list: &[Extension]) -> Result<Self, RevocationError> {
        check_extensions(what, list)?;
        let bad = |e: der::Error| RevocationError::malformed(what, &e);
        let mut read = Self::default();
        for one in list {
            let value = one.value.as_bytes();
            match one.id {
                oid::REASON_CODE => read.reason = Some(read_reason(what, value)?),
                oid::INVALIDITY_DATE => {
                    read.invalid_since_ms = Some(generalized(value).map_err(bad)?);
                }
                oid::OCSP_ARCHIVE_CUTOFF => {
                    read.archive_cutoff_ms = Some(generalized(value).map_err(bad)?);
                }
                oid::CERTIFICATE_ISSUER => return Err(RevocationError::IndirectCrl),
                _ => pass_over(what, one)?,
            }
        }
        Ok(read)
    }
}

/// `CRLReason ::= ENUMERATED`, alone.
pub(super) fn read_reason(what: &'static str, value: &[u8]) -> Result<Reason, RevocationError> {
    let number = match value {
        [0x0a, 1, number] => *number,
        _ => return Err(RevocationError::malformed(what, "reason code")),
    };
    Reason::from_number(number)
        .ok_or_else(|| RevocationError::malformed(what, &format!("reason code {number}")))
}

pub(super) fn generalized(value: &[u8]) -> der::Result<i64> {
    GeneralizedTime::from_der(value).map(|time| to_ms(Time::GeneralTime(time)))
}

pub(super) fn to_ms(time: Time) -> i64 {
    seconds(time).saturating_mul(1000)
}

/// A number without leading zeros; zero itself is one byte, as it is when it is read.
pub(super) fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros.min(number.len().saturating_sub(1))..]
}
