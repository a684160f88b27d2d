//! What can be wrong with a certificate, a message or a timestamp.

use crypto::KeyError;

/// Why bytes were refused, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PkiError {
    /// The bytes are not the DER of the named structure.
    #[error("not a well-formed {what}: {reason}")]
    Malformed {
        /// The structure that was expected.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// More bytes or more parts than we read.
    #[error("the {what} is larger than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, in bytes or in parts.
        limit: usize,
    },
    /// An algorithm that we do not have, or one that does not go with the key.
    #[error("the algorithm {0} is not supported here")]
    Algorithm(String),
    /// A part that must be there is not.
    #[error("the {0} is missing")]
    Missing(&'static str),
    /// What was signed speaks of other content.
    #[error("the content does not have the digest that was signed")]
    ContentChanged,
    /// The certificate that was signed along is another one.
    #[error("the signer's certificate is not the one that the signature names")]
    OtherCertificate,
    /// The signature is wrong.
    #[error("the signature does not verify with the signer's key")]
    SignatureWrong,
    /// A certificate cannot be issued like this.
    #[error("cannot issue this certificate: {0}")]
    Request(String),
    /// The timestamp authority refused, with its reason.
    #[error("the timestamp authority refused: {0}")]
    TimestampRefused(String),
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl PkiError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "der-malformed",
            Self::TooLarge { .. } => "der-too-large",
            Self::Algorithm(_) => "algorithm-unsupported",
            Self::Missing(_) => "part-missing",
            Self::ContentChanged => "content-changed",
            Self::OtherCertificate => "certificate-not-named",
            Self::SignatureWrong => "signature-wrong",
            Self::Request(_) => "certificate-request",
            Self::TimestampRefused(_) => "timestamp-refused",
            Self::Key(error) => error.code(),
        }
    }

    /// A structure that is not what it should be.
    pub(crate) fn malformed(what: &'static str, reason: &(impl ToString + ?Sized)) -> Self {
        Self::Malformed {
            what,
            reason: reason.to_string(),
        }
    }
}
