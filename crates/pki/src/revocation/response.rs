//! What an OCSP responder answers: reading and verifying.

use std::{fmt, sync::Arc};

use crypto::sha1_name;
use der::{
    Decode,
    asn1::{AnyRef, GeneralizedTime, OctetStringRef},
};
use x509_cert::{name::Name, time::Time};

use super::{
    CertId, OcspFailure, OcspRequest, RevocationError, Revoked,
    cert_id::key_bits,
    ocsp_structure::{BasicResponse, ResponseData, ResponseStructure, RevokedInfo, SingleResponse},
    request::read_nonce,
    structure::{EntryExtensions, Signed, read_reason, to_ms},
    verified::Verified,
};
use crate::{Certificate, PkiError, certificate::element, encode, name, oid};

/// Largest response that is read, in bytes.
const LIMIT: usize = 1024 * 1024;
/// Most certificates that are sent along.
const CERTIFICATES: usize = 16;
/// Most answers in one response.
const ANSWERS: usize = 1024;
pub(super) const WHAT: &str = "OCSP response";

/// What a responder says of a certificate (RFC 6960, 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked, or suspended.
    Revoked(Revoked),
    /// The responder does not know it.
    Unknown,
}

/// One answer of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The certificate.
    pub id: CertId,
    /// What is said of it.
    pub status: CertStatus,
    /// When this was known to be right, unix milliseconds.
    pub this_update_ms: i64,
    /// When there will be newer information, unix milliseconds; without it there always
    /// is.
    pub next_update_ms: Option<i64>,
    /// The responder remembers certificates that expired since then (RFC 6960, 4.4.4).
    pub archive_cutoff_ms: Option<i64>,
}

/// A successful answer of the basic type (RFC 6960, 4.2.1). Cheap to clone.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    signed: Signed,
    responder: ResponderId,
    produced_ms: i64,
    answers: Vec<Answer>,
    nonce: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    verified: Verified<Certificate>,
}

enum ResponderId {
    /// DER of the name.
    Name(Vec<u8>),
    /// SHA-1 of the bits of the key.
    Key(Vec<u8>),
}

impl OcspResponse {
    /// Reads the DER of an `OCSPResponse`, at most 1 MiB. Nothing is verified yet.
    ///
    /// # Errors
    /// [`RevocationError::OcspRefused`] when the responder gave an error in place of an
    /// answer; those of the bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, RevocationError> {
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        if der.len() > LIMIT {
            return Err(too_large(LIMIT));
        }
        let outer = ResponseStructure::from_der(der).map_err(bad)?;
        if let Some(failure) = OcspFailure::of(outer.status) {
            return Err(RevocationError::OcspRefused(failure));
        }
        let bytes = outer
            .bytes
            .ok_or(PkiError::Missing("answer of the OCSP response"))?;
        if bytes.kind != oid::OCSP_BASIC {
            return Err(RevocationError::malformed(
                WHAT,
                "its type is not the basic one",
            ));
        }
        let basic = BasicResponse::from_der(bytes.response.as_bytes()).map_err(bad)?;
        let data: ResponseData = basic.tbs.decode_as().map_err(bad)?;
        if data.version.unwrap_or(0) != 0 {
            return Err(RevocationError::malformed(WHAT, "its version"));
        }
        if data.responses.len() > ANSWERS {
            return Err(too_large(ANSWERS));
        }
        let answers: Result<Vec<Answer>, _> = data.responses.iter().map(Answer::read).collect();
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            signed: Signed::read(WHAT, basic.tbs, basic.algorithm, basic.signature)?,
            responder: ResponderId::read(data.responder)?,
            produced_ms: ms(data.produced),
            answers: answers?,
            nonce: read_nonce(WHAT, data.extensions.as_deref().unwrap_or_default())?,
            certificates: certificates(basic.certificates.as_deref().unwrap_or_default())?,
            verified: Verified::default(),
        })))
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// When it was signed, unix milliseconds.
    #[must_use]
    pub fn produced_ms(&self) -> i64 {
        self.0.produced_ms
    }

    /// All answers.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.0.answers
    }

    /// The nonce that it repeats.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.0.nonce.as_deref()
    }

    /// The certificates that came along and could be read.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// The first answer about this certificate.
    #[must_use]
    pub fn answer(&self, certificate: &Certificate, issuer: &Certificate) -> Option<&Answer> {
        let mut answers = self.0.answers.iter();
        answers.find(|answer| answer.id.names(certificate, issuer))
    }

    /// Checks that `issuer`, or a responder that it has delegated this to, has signed it
    /// (RFC 6960, 4.2.2.2), and gives the certificate of who did.
    ///
    /// A delegated responder was certified by the issuer itself, says so in its extended
    /// key usage, and was valid when the response was made. Whether it was itself revoked
    /// is asked by [`judge`](super::judge).
    ///
    /// What comes out is remembered.
    pub fn verify(&self, issuer: &Certificate) -> Result<Certificate, RevocationError> {
        self.0.verified.by(issuer, || self.verify_now(issuer))
    }

    fn verify_now(&self, issuer: &Certificate) -> Result<Certificate, RevocationError> {
        let candidates = std::iter::once(issuer).chain(&self.0.certificates);
        let mut wrong = RevocationError::ResponderUnknown;
        for signer in candidates.filter(|one| self.0.responder.is(one)) {
            let checked = self.check_signer(signer, issuer);
            match checked.and_then(|()| Ok(self.0.signed.verify(signer.spki())?)) {
                Ok(()) => return Ok(signer.clone()),
                Err(error) => wrong = error,
            }
        }
        Err(wrong)
    }

    fn check_signer(
        &self,
        signer: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), RevocationError> {
        if signer.subject_der() == issuer.subject_der() && signer.spki() == issuer.spki() {
            return Ok(());
        }
        let responder = signer.subject().to_owned();
        if !name::same(signer.issuer_der(), issuer.subject_der())
            || signer.signed_by(issuer).is_err()
        {
            let issuer = issuer.subject().to_owned();
            return Err(RevocationError::ResponderNotDelegated { responder, issuer });
        }
        let extensions = signer.extensions();
        let purpose = extensions.extended_key_usage.as_ref();
        let usage = extensions.key_usage;
        if !purpose.is_some_and(|purpose| purpose.names(oid::OCSP_SIGNING))
            || usage.is_some_and(|usage| !usage.digital_signature() && !usage.non_repudiation())
        {
            return Err(RevocationError::ResponderUsage(responder));
        }
        if let Some(oid) = extensions.unknown_critical.clone() {
            let what = "OCSP responder's certificate";
            return Err(RevocationError::UnknownCritical { what, oid });
        }
        let produced_ms = self.produced_ms();
        let second = produced_ms.div_euclid(1000);
        if !(signer.not_before()..=signer.not_after()).contains(&second) {
            return Err(RevocationError::ResponderNotValid {
                responder,
                produced_ms,
            });
        }
        Ok(())
    }

    /// Whether it is the answer to this request, and current at `now_ms`: the nonce, an
    /// answer for each certificate, and their updates. [`verify`](Self::verify) is another
    /// question.
    pub fn check_answers(&self, request: &OcspRequest, now_ms: i64) -> Result<(), RevocationError> {
        match (request.nonce(), self.nonce()) {
            (Some(_), None) => return Err(RevocationError::NonceMissing),
            (asked, found) if asked != found => return Err(RevocationError::NonceMismatch),
            _ => {}
        }
        for id in request.ids() {
            let answer = self.0.answers.iter().find(|answer| answer.id.same(id));
            let serial = || hex::encode(id.serial());
            let answer = answer.ok_or_else(|| RevocationError::NotAnswered { serial: serial() })?;
            let this_ms = answer.this_update_ms.max(self.produced_ms());
            if now_ms < this_ms {
                return Err(RevocationError::FromFuture {
                    what: WHAT,
                    this_ms,
                    at_ms: now_ms,
                });
            }
            if answer.next_update_ms.is_some() {
                answer.check_reaches(now_ms)?;
            }
        }
        Ok(())
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for OcspResponse {}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (produced, answers) = (self.produced_ms(), self.0.answers.len());
        write!(f, "OcspResponse({produced} ms, {answers} answers)")
    }
}

impl Answer {
    fn read(single: &SingleResponse) -> Result<Self, RevocationError> {
        let extensions = single.extensions.as_deref().unwrap_or_default();
        let said = EntryExtensions::read(WHAT, extensions)?;
        let this_update_ms = ms(single.this_update);
        let next_update_ms = single.next_update.map(ms);
        if next_update_ms.is_some_and(|next| next < this_update_ms) {
            return Err(RevocationError::malformed(WHAT, "it ends before it begins"));
        }
        Ok(Self {
            id: CertId::read(single.id)?,
            status: status(single.status, said)?,
            this_update_ms,
            next_update_ms,
            archive_cutoff_ms: said.archive_cutoff_ms,
        })
    }

    /// Whether no newer answer was due at `at_ms`.
    pub(super) fn check_reaches(&self, at_ms: i64) -> Result<(), RevocationError> {
        let next_ms = self.next_update_ms.unwrap_or(self.this_update_ms);
        if at_ms <= next_ms {
            return Ok(());
        }
        Err(RevocationError::Stale {
            what: WHAT,
            next_ms,
            at_ms,
        })
    }

    /// Whether the responder still knew the certificate, as for lists.
    pub(super) fn check_remembers(&self, certificate: &Certificate) -> Result<(), RevocationError> {
        let end_ms = certificate.not_after().saturating_mul(1000);
        let cutoff = self.archive_cutoff_ms;
        if self.this_update_ms <= end_ms || cutoff.is_some_and(|cutoff| cutoff <= end_ms) {
            return Ok(());
        }
        Err(RevocationError::AfterExpiry {
            what: WHAT,
            this_ms: self.this_update_ms,
            serial: certificate.serial_hex(),
        })
    }
}

/// good `[0]`, revoked `[1]`, unknown `[2]`, all implicit.
fn status(any: AnyRef, said: EntryExtensions) -> Result<CertStatus, RevocationError> {
    let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
    match (tag(any), any.value()) {
        (0x80, []) => Ok(CertStatus::Good),
        (0x82, []) => Ok(CertStatus::Unknown),
        (0xa1, inner) => {
            let inner = encode::sequence(&[inner]);
            let info = RevokedInfo::from_der(&inner).map_err(bad)?;
            let reason = info
                .reason
                .map(|reason| read_reason(WHAT, &element(reason)));
            Ok(CertStatus::Revoked(Revoked {
                at_ms: ms(info.at),
                reason: reason.transpose()?.or(said.reason).unwrap_or_default(),
                invalid_since_ms: said.invalid_since_ms,
            }))
        }
        _ => Err(RevocationError::malformed(WHAT, "status of a certificate")),
    }
}

impl ResponderId {
    fn read(any: AnyRef) -> Result<Self, RevocationError> {
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        match tag(any) {
            0xa1 => {
                let name = element(AnyRef::from_der(any.value()).map_err(bad)?);
                Name::from_der(&name).map_err(bad)?;
                Ok(Self::Name(name))
            }
            0xa2 => {
                let key = <&OctetStringRef>::from_der(any.value()).map_err(bad)?;
                Ok(Self::Key(key.as_bytes().to_vec()))
            }
            _ => Err(RevocationError::malformed(WHAT, "name of the responder")),
        }
    }

    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject_der(),
            Self::Key(key) => *key == sha1_name(&key_bits(certificate)),
        }
    }
}

/// Those that can be read. One that cannot is at worst the responder's, and then missing.
fn certificates(list: &[AnyRef]) -> Result<Vec<Certificate>, RevocationError> {
    if list.len() > CERTIFICATES {
        return Err(too_large(CERTIFICATES));
    }
    let read = list.iter().map(|one| Certificate::from_der(&element(*one)));
    Ok(read.flatten().collect())
}

/// Class, form and number as the one byte that they are here.
fn tag(any: AnyRef) -> u8 {
    element(any).first().copied().unwrap_or_default()
}

fn ms(time: GeneralizedTime) -> i64 {
    to_ms(Time::GeneralTime(time))
}

fn too_large(limit: usize) -> RevocationError {
    PkiError::TooLarge { what: WHAT, limit }.into()
}
