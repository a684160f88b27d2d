//! What can go wrong in the service, with one stable code each.

use crate::{Refusal, act::ActError, identity::IdentityError, ports::PortError, register::Refused};

/// Why the service did not do what was asked. Nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The rules of the contract say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The rules of the register say no.
    #[error(transparent)]
    Register(#[from] Refused),
    /// A field of the request is not what it should be.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not there, or not the caller's.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// The credential is not known.
    #[error("the credential is not known")]
    Unauthorised,
    /// Only finished contracts are handed out.
    #[error("the contract is not complete; nobody gets a half-signed one")]
    NotComplete,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key was used for another request; take a new one")]
    KeyReused,
    /// The template could not be filled.
    #[error(transparent)]
    Document(#[from] document::RenderError),
    /// The seal's picture could not be drawn.
    #[error(transparent)]
    Seal(#[from] document::SealError),
    /// The file cannot be signed.
    #[error(transparent)]
    Pdf(#[from] pdf::PdfError),
    /// The handwriting is not what a pen gives.
    #[error(transparent)]
    Ink(#[from] ink::InkError),
    /// Sealed evidence that is no envelope, or does not open.
    #[error(transparent)]
    Envelope(#[from] crypto::envelope::EnvelopeError),
    /// The policy of a party cannot be used.
    #[error("evidence.{mode}: {error}")]
    Policy {
        /// Name of the mode.
        mode: &'static str,
        /// What is wrong with it.
        error: crate::policy::PolicyError,
    },
    /// Something outside failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// A key failed.
    #[error(transparent)]
    Key(#[from] crypto::KeyError),
    /// A certificate failed.
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] store::ReadError),
    /// The store did not take the change.
    #[error(transparent)]
    Commit(store::CommitError),
    /// What is stored is not what this program writes.
    #[error("what is stored of {0} cannot be read")]
    Corrupt(String),
    /// What is stored is not what the ledger proves.
    #[error("{0} is not what the ledger proves")]
    Altered(String),
    /// The service is shutting down.
    #[error("the service is shutting down")]
    Stopped,
}

impl SigningError {
    /// The stable code, part of the public API.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Register(refused) => refused.code(),
            Self::Invalid { .. } | Self::Policy { .. } => "invalid-field",
            Self::NotFound { .. } => "not-found",
            Self::Unauthorised => "unauthorised",
            Self::NotComplete => "contract-not-complete",
            Self::KeyReused => "idempotency-key-reused",
            Self::Document(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Pdf(error) => error.code(),
            Self::Ink(error) => error.code(),
            Self::Envelope(error) => error.code(),
            Self::Port(port) => &port.code,
            Self::Key(key) => key.code(),
            Self::Pki(_) => "certificate-failed",
            Self::Read(_) | Self::Corrupt(_) => "store-unreadable",
            Self::Commit(store::CommitError::Conflict(_)) => "contract-changed",
            Self::Commit(_) => "store-failed",
            Self::Altered(_) => "record-altered",
            Self::Stopped => "shutting-down",
        }
    }

    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Commit(store::CommitError::Conflict(_)))
    }

    pub(super) fn identity(field: &str) -> impl FnOnce(IdentityError) -> Self {
        move |error| Self::Invalid {
            field: field.to_owned(),
            reason: error.to_string(),
        }
    }
}

impl From<store::CommitError> for SigningError {
    fn from(error: store::CommitError) -> Self {
        match error {
            store::CommitError::KeyReused => Self::KeyReused,
            other => Self::Commit(other),
        }
    }
}

impl From<ActError> for SigningError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(refusal) => Self::Refused(refusal),
            ActError::Port(port) => Self::Port(port),
            ActError::Pdf(pdf) => Self::Pdf(pdf),
            ActError::Key(key) => Self::Key(key),
            ActError::Pki(pki) => Self::Pki(pki),
            ActError::Stopped => Self::Stopped,
        }
    }
}
