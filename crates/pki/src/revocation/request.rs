//! What a client asks an OCSP responder.

use der::{Decode, asn1::OctetStringRef};

use super::{
    CertId, RevocationError,
    ocsp_structure::{RequestStructure, ResponseStatus},
    structure::{check_extensions, pass_over},
};
use crate::{
    encode,
    extensions::{Extension, extension},
    oid,
};

/// Largest request that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// Most certificates in one request.
const CERTIFICATES: usize = 128;
/// Longest nonce, in bytes (RFC 9654, 2.1).
const NONCE: usize = 128;
const WHAT: &str = "OCSP request";

/// A question about one or more certificates (RFC 6960, 4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspRequest {
    ids: Vec<CertId>,
    nonce: Option<Vec<u8>>,
}

/// Why a responder does not answer (RFC 6960, 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum OcspFailure {
    /// malformedRequest.
    #[error("the request is not well formed")]
    MalformedRequest,
    /// internalError.
    #[error("it has an internal error")]
    InternalError,
    /// tryLater.
    #[error("it cannot answer now")]
    TryLater,
    /// sigRequired.
    #[error("it wants signed requests")]
    SigRequired,
    /// unauthorized.
    #[error("it may not answer this client, or not for this certificate")]
    Unauthorized,
}

impl OcspFailure {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MalformedRequest => "ocsp-malformed-request",
            Self::InternalError => "ocsp-internal-error",
            Self::TryLater => "ocsp-try-later",
            Self::SigRequired => "ocsp-signature-required",
            Self::Unauthorized => "ocsp-unauthorized",
        }
    }

    /// The DER of the `OCSPResponse` that says so.
    #[must_use]
    pub fn to_der(self) -> Vec<u8> {
        let status = match self {
            Self::MalformedRequest => ResponseStatus::MalformedRequest,
            Self::InternalError => ResponseStatus::InternalError,
            Self::TryLater => ResponseStatus::TryLater,
            Self::SigRequired => ResponseStatus::SigRequired,
            Self::Unauthorized => ResponseStatus::Unauthorized,
        };
        encode::sequence(&[&[0x0a, 1, status as u8]])
    }

    pub(super) fn of(status: ResponseStatus) -> Option<Self> {
        Some(match status {
            ResponseStatus::Successful => return None,
            ResponseStatus::MalformedRequest => Self::MalformedRequest,
            ResponseStatus::InternalError => Self::InternalError,
            ResponseStatus::TryLater => Self::TryLater,
            ResponseStatus::SigRequired => Self::SigRequired,
            ResponseStatus::Unauthorized => Self::Unauthorized,
        })
    }
}

impl OcspRequest {
    /// A request about 1 to 128 certificates. The nonce has 1 to 128 bytes, should be
    /// random and have 32 (RFC 9654, 2.1).
    ///
    /// # Errors
    /// [`RevocationError::Request`] when there are more or fewer of them.
    pub fn new(ids: Vec<CertId>, nonce: Option<Vec<u8>>) -> Result<Self, RevocationError> {
        if ids.is_empty() || ids.len() > CERTIFICATES {
            return Err(RevocationError::request("not 1 to 128 certificates"));
        }
        if nonce.as_deref().is_some_and(|nonce| !fits(nonce)) {
            return Err(RevocationError::request("a nonce of not 1 to 128 bytes"));
        }
        Ok(Self { ids, nonce })
    }

    /// The certificates that are asked about.
    #[must_use]
    pub fn ids(&self) -> &[CertId] {
        &self.ids
    }

    /// What the answer must repeat.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// The DER of the `OCSPRequest`, not signed.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let ids = self.ids.iter().map(|id| encode::sequence(&[id.der()]));
        let list = encode::sequence(&[&ids.collect::<Vec<_>>().concat()]);
        let nonce = self.nonce().map_or_else(Vec::new, |nonce| {
            encode::tlv(0xa2, &[&encode::sequence(&[&nonce_extension(nonce)])])
        });
        encode::sequence(&[&encode::sequence(&[&list, &nonce])])
    }

    /// Reads a request of any client, at most 64 KiB. A signature on it is not looked at.
    ///
    /// # Errors
    /// [`OcspFailure::MalformedRequest`]: the status that the answer needs.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspFailure> {
        Self::read(der).map_err(|_| OcspFailure::MalformedRequest)
    }

    fn read(der: &[u8]) -> Result<Self, RevocationError> {
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        if der.len() > LIMIT {
            return Err(RevocationError::malformed(WHAT, "its size"));
        }
        let tbs = RequestStructure::from_der(der).map_err(bad)?.tbs;
        if tbs.version.unwrap_or(0) != 0 {
            return Err(RevocationError::malformed(WHAT, "its version"));
        }
        for one in &tbs.list {
            let extensions = one.extensions.as_deref().unwrap_or_default();
            check_extensions(WHAT, extensions)?;
            extensions.iter().try_for_each(|one| pass_over(WHAT, one))?;
        }
        let ids: Result<Vec<CertId>, _> = tbs.list.iter().map(|one| CertId::read(one.id)).collect();
        let nonce = read_nonce(WHAT, tbs.extensions.as_deref().unwrap_or_default())?;
        Self::new(ids?, nonce)
    }
}

/// The nonce among the extensions of a request or a response; an unknown critical one is
/// refused.
pub(super) fn read_nonce(
    what: &'static str,
    list: &[Extension],
) -> Result<Option<Vec<u8>>, RevocationError> {
    check_extensions(what, list)?;
    let mut nonce = None;
    for one in list {
        if one.id != oid::OCSP_NONCE {
            pass_over(what, one)?;
            continue;
        }
        let read = <&OctetStringRef>::from_der(one.value.as_bytes())
            .map_err(|e| RevocationError::malformed(what, &e))?;
        if !fits(read.as_bytes()) {
            return Err(RevocationError::malformed(what, "length of the nonce"));
        }
        nonce = Some(read.as_bytes().to_vec());
    }
    Ok(nonce)
}

pub(super) fn nonce_extension(nonce: &[u8]) -> Vec<u8> {
    extension(oid::OCSP_NONCE, false, &encode::octet_string(nonce))
}

fn fits(nonce: &[u8]) -> bool {
    (1..=NONCE).contains(&nonce.len())
}
