//! Why revocation material is refused, or does not answer.

use super::OcspFailure;
use crate::{Certificate, PkiError};

/// What is wrong with a revocation list, or which question it leaves open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// The bytes, the algorithm or the signature.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A critical extension that is not processed here (RFC 5280, 5.2 and 5.3).
    #[error("the critical extension {oid} of the {what} is unknown")]
    UnknownCritical {
        /// The structure that has it.
        what: &'static str,
        /// Its identifier, dotted.
        oid: String,
    },
    /// A list of changes (RFC 5280, 5.2.4).
    #[error("a delta revocation list is not read; give the complete one")]
    DeltaCrl,
    /// A list of several issuers (RFC 5280, 5.2.5).
    #[error("an indirect revocation list is not read; give the issuer's own")]
    IndirectCrl,
    /// A list that leaves something out (RFC 5280, 5.2.5).
    #[error("the revocation list holds {0} only, which does not answer for a certificate")]
    PartialCrl(&'static str),
    /// The issuer's name is another one.
    #[error("the {what} is of {found}, not of {wanted}")]
    OtherIssuer {
        /// List or responder.
        what: &'static str,
        /// The name in it.
        found: String,
        /// The issuer that was expected.
        wanted: String,
    },
    /// The issuer has this name, but another key (RFC 5280, 5.2.1).
    #[error("the {what} names another key than that of its issuer {issuer}")]
    OtherKey {
        /// The list.
        what: &'static str,
        /// The issuer that was expected.
        issuer: String,
    },
    /// keyUsage is there and leaves out cRLSign (RFC 5280, 4.2.1.3).
    #[error("the key of {0} may not sign revocation lists")]
    NoCrlSign(String),
    /// The list is about other certificates (RFC 5280, 6.3.3 (b)).
    #[error("the revocation list of {point} does not cover certificate {serial}")]
    OutOfScope {
        /// Its distribution point, or which kind of certificate it holds.
        point: String,
        /// The certificate's serial number in hexadecimal.
        serial: String,
    },
    /// It begins after the time for which it shall be used.
    #[error("the {what} holds from {this_ms} on, after {at_ms} (unix milliseconds)")]
    FromFuture {
        /// List or response.
        what: &'static str,
        /// thisUpdate or producedAt.
        this_ms: i64,
        /// The time that was asked for.
        at_ms: i64,
    },
    /// There is a newer one (RFC 5280, 5.1.2.5; RFC 6960, 4.2.2.1).
    #[error("the {what} holds until {next_ms}, before {at_ms} (unix milliseconds)")]
    Stale {
        /// List or response.
        what: &'static str,
        /// nextUpdate; thisUpdate when there is no nextUpdate.
        next_ms: i64,
        /// The time that was asked for.
        at_ms: i64,
    },
    /// Made after the certificate's end, when it may have been forgotten.
    #[error("the {what} of {this_ms} need not know certificate {serial}, which had expired")]
    AfterExpiry {
        /// List or response.
        what: &'static str,
        /// When it was made.
        this_ms: i64,
        /// The certificate's serial number in hexadecimal.
        serial: String,
    },
    /// No list and no response was given that could answer.
    #[error("there is no revocation material about certificate {serial}")]
    NoMaterial {
        /// Its serial number in hexadecimal.
        serial: String,
    },
    /// The responder gave an error in place of an answer (RFC 6960, 2.3).
    #[error("the OCSP responder refused: {0}")]
    OcspRefused(OcspFailure),
    /// The one who signed is not among the issuer and the certificates sent along.
    #[error("the OCSP response is signed by somebody whose certificate is not there")]
    ResponderUnknown,
    /// A delegated responder of another authority (RFC 6960, 4.2.2.2).
    #[error("the OCSP responder {responder} was not certified by {issuer} itself")]
    ResponderNotDelegated {
        /// The responder.
        responder: String,
        /// The issuer that was expected.
        issuer: String,
    },
    /// A delegated responder without the extended key usage (RFC 6960, 4.2.2.2).
    #[error("the certificate of {0} does not say that it may sign OCSP responses")]
    ResponderUsage(String),
    /// The responder's certificate was not valid when the response was made.
    #[error("the certificate of OCSP responder {responder} was not valid at {produced_ms}")]
    ResponderNotValid {
        /// The responder.
        responder: String,
        /// When the response was made, unix milliseconds.
        produced_ms: i64,
    },
    /// The responder's certificate is neither exempt from checking nor on any list that
    /// was given (RFC 6960, 4.2.2.2.1).
    #[error("nothing says whether OCSP responder {0} was itself revoked")]
    ResponderUnchecked(String),
    /// The responder was itself revoked.
    #[error("the OCSP responder {0} was itself revoked")]
    ResponderRevoked(String),
    /// The response is about other certificates.
    #[error("the OCSP response does not speak of certificate {serial}")]
    NotAnswered {
        /// The certificate's serial number in hexadecimal.
        serial: String,
    },
    /// The responder does not know the certificate (RFC 6960, 2.2).
    #[error("the OCSP responder does not know certificate {serial}")]
    StatusUnknown {
        /// The certificate's serial number in hexadecimal.
        serial: String,
    },
    /// A nonce was sent, and none came back (RFC 9654, 2.1).
    #[error("the OCSP response does not repeat the nonce of the request")]
    NonceMissing,
    /// The response has another nonce than the request.
    #[error("the OCSP response has another nonce than the request")]
    NonceMismatch,
    /// A list, a request or a response cannot be made like this.
    #[error("cannot issue this: {0}")]
    Request(String),
}

impl RevocationError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pki(error) => error.code(),
            Self::UnknownCritical { .. } => "revocation-unknown-critical",
            Self::DeltaCrl => "crl-delta",
            Self::IndirectCrl => "crl-indirect",
            Self::PartialCrl(_) => "crl-partial",
            Self::OtherIssuer { .. } => "revocation-other-issuer",
            Self::OtherKey { .. } => "revocation-other-key",
            Self::NoCrlSign(_) => "crl-sign-not-allowed",
            Self::OutOfScope { .. } => "crl-out-of-scope",
            Self::FromFuture { .. } => "revocation-from-future",
            Self::Stale { .. } => "revocation-stale",
            Self::AfterExpiry { .. } => "revocation-after-expiry",
            Self::NoMaterial { .. } => "revocation-no-material",
            Self::OcspRefused(failure) => failure.code(),
            Self::ResponderUnknown => "ocsp-responder-unknown",
            Self::ResponderNotDelegated { .. } => "ocsp-responder-not-delegated",
            Self::ResponderUsage(_) => "ocsp-responder-usage",
            Self::ResponderNotValid { .. } => "ocsp-responder-not-valid",
            Self::ResponderUnchecked(_) => "ocsp-responder-unchecked",
            Self::ResponderRevoked(_) => "ocsp-responder-revoked",
            Self::NotAnswered { .. } => "ocsp-not-answered",
            Self::StatusUnknown { .. } => "ocsp-status-unknown",
            Self::NonceMissing => "ocsp-nonce-missing",
            Self::NonceMismatch => "ocsp-nonce-mismatch",
            Self::Request(_) => "revocation-request",
        }
    }

    pub(super) fn malformed(what: &'static str, reason: &(impl ToString + ?Sized)) -> Self {
        Self::Pki(PkiError::malformed(what, reason))
    }

    pub(super) fn request(reason: &str) -> Self {
        Self::Request(reason.to_owned())
    }

    pub(super) fn out_of_scope(point: &str, certificate: &Certificate) -> Self {
        Self::OutOfScope {
            point: point.to_owned(),
            serial: certificate.serial_hex(),
        }
    }
}
