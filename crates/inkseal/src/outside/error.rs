//! Why a service of others did not do what was asked.

use std::time::Duration;

/// What went wrong with a call. Neither what was asked nor what was answered is in it:
/// errors are logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// It failed so often that it is left alone for a while.
    #[error("it failed {failures} times and is not asked for another {left:?}")]
    CircuitOpen {
        /// Failures in a row.
        failures: u32,
        /// Until it is asked again.
        left: Duration,
    },
    /// No connection, or one that broke.
    #[error("it could not be reached: {0}; check its address and the network")]
    Unreachable(String),
    /// No answer in time.
    #[error("it did not answer within {0:?}")]
    Slow(Duration),
    /// It says that it failed itself, or has too much to do.
    #[error("it answered with status {0}")]
    Failed(u16),
    /// It does not want to.
    #[error("it refused with status {status} and code {code:?}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its own code, where it has one that looks like a code.
        code: String,
    },
    /// The answer is not what its interface promises.
    #[error("its answer is not what was agreed: {0}")]
    Answer(String),
    /// The request could not be signed.
    #[error(transparent)]
    Key(#[from] crypto::KeyError),
}

impl OutsideError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CircuitOpen { .. } => "outside-circuit-open",
            Self::Unreachable(_) => "outside-unreachable",
            Self::Slow(_) => "outside-slow",
            Self::Failed(_) => "outside-failed",
            Self::Refused { .. } => "outside-refused",
            Self::Answer(_) => "outside-answer",
            Self::Key(error) => error.code(),
        }
    }

    /// Whether the same request may be answered a moment later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Slow(_) | Self::Failed(_))
    }

    /// Whether it speaks against the service, and not against the request.
    pub(super) fn is_fault(&self) -> bool {
        self.may_pass() || matches!(self, Self::Answer(_))
    }
}
