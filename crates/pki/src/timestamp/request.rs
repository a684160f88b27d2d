//! What a client asks.

use crypto::Digest;
use der::{
    Decode, Sequence,
    asn1::{AnyRef, UintRef},
};

use crate::{
    PkiError,
    algorithm::{Imprint, imprint_to_der},
    encode::{self, TRUE},
    oid::{self, Oid},
};

/// Largest request that is read, in bytes.
const LIMIT: usize = 4096;
/// Largest nonce, in bytes.
const NONCE: usize = 64;

/// A request for a timestamp (RFC 3161, 2.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Digest of what shall be stamped.
    pub imprint: Digest,
    /// A number that the token must repeat, big-endian without leading zeros.
    pub nonce: Option<Vec<u8>>,
    /// Whether the token shall carry the authority's certificates.
    pub cert_req: bool,
}

/// Why the authority refuses a request (RFC 3161, 2.4.2, `PKIFailureInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// badAlg.
    #[error("the hash algorithm is not supported")]
    BadAlgorithm,
    /// badRequest.
    #[error("this kind of request is not supported")]
    BadRequest,
    /// badDataFormat.
    #[error("the request is not well formed")]
    BadDataFormat,
    /// timeNotAvailable.
    #[error("the authority's clock cannot be trusted now")]
    TimeNotAvailable,
    /// unacceptedPolicy.
    #[error("the requested policy is not offered")]
    UnacceptedPolicy,
    /// unacceptedExtension.
    #[error("the request has an extension that is not supported")]
    UnacceptedExtension,
    /// systemFailure.
    #[error("the authority cannot issue a timestamp now")]
    SystemFailure,
}

impl Rejection {
    /// Its name in `PKIFailureInfo`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BadAlgorithm => "badAlg",
            Self::BadRequest => "badRequest",
            Self::BadDataFormat => "badDataFormat",
            Self::TimeNotAvailable => "timeNotAvailable",
            Self::UnacceptedPolicy => "unacceptedPolicy",
            Self::UnacceptedExtension => "unacceptedExtension",
            Self::SystemFailure => "systemFailure",
        }
    }

    /// Its bit in `PKIFailureInfo`.
    pub(super) fn bit(self) -> u8 {
        match self {
            Self::BadAlgorithm => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::SystemFailure => 25,
        }
    }
}

/// ```text
/// TimeStampReq ::= SEQUENCE {
///     version         INTEGER { v1(1) },
///     messageImprint  MessageImprint,
///     reqPolicy       OBJECT IDENTIFIER OPTIONAL,
///     nonce           INTEGER OPTIONAL,
///     certReq         BOOLEAN DEFAULT FALSE,
///     extensions      [0] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
struct Structure<'a> {
    version: u8,
    imprint: Imprint<'a>,
    policy: Option<Oid<'a>>,
    nonce: Option<UintRef<'a>>,
    #[asn1(default = "Default::default")]
    cert_req: bool,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    extensions: Option<Vec<AnyRef<'a>>>,
}

impl Request {
    /// A request. The nonce should be random; `cert_req` asks for the certificates.
    #[must_use]
    pub fn new(imprint: Digest, nonce: Option<u64>, cert_req: bool) -> Self {
        let nonce = nonce.map(|nonce| {
            let bytes = nonce.to_be_bytes();
            let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
            bytes[start..].to_vec()
        });
        Self {
            imprint,
            nonce,
            cert_req,
        }
    }

    /// The DER of the `TimeStampReq`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        encode::sequence(&[
            encode::ONE,
            &imprint_to_der(&self.imprint),
            &self.nonce.as_deref().map_or_else(Vec::new, encode::integer),
            if self.cert_req { TRUE } else { &[] },
        ])
    }

    /// Reads a request of any client.
    ///
    /// # Errors
    /// The reason in the words that the answer needs.
    pub fn from_der(der: &[u8]) -> Result<Self, Rejection> {
        if der.len() > LIMIT {
            return Err(Rejection::BadDataFormat);
        }
        let read = Structure::from_der(der).map_err(|_| Rejection::BadDataFormat)?;
        if read.version != 1 {
            return Err(Rejection::BadRequest);
        }
        if read.extensions.is_some() {
            return Err(Rejection::UnacceptedExtension);
        }
        if read
            .policy
            .is_some_and(|policy| policy != oid::TIMESTAMP_POLICY)
        {
            return Err(Rejection::UnacceptedPolicy);
        }
        let imprint = read.imprint.read().map_err(|error| match error {
            PkiError::Algorithm(_) => Rejection::BadAlgorithm,
            _ => Rejection::BadDataFormat,
        })?;
        let nonce = read.nonce.map(|nonce| nonce.as_bytes().to_vec());
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > NONCE) {
            return Err(Rejection::BadDataFormat);
        }
        Ok(Self {
            imprint,
            nonce,
            cert_req: read.cert_req,
        })
    }
}
