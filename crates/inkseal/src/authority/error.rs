//! Why there is no answer that can be used.

use signing::ports::PortError;

use crate::outside::{OutsideError, ProofError};

/// What went wrong. Neither what was asked nor what was answered is in it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The authority was not reached, failed or refused.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The question is not configured.
    #[error("it is not asked `{0}`; configure identity_authority.questions.{0}")]
    Unasked(&'static str),
    /// No signature, or one of another form.
    #[error("its answer is not signed as agreed; check answer_header, and tell the authority")]
    Unsigned,
    /// A signature that does not fit.
    #[error("the signature of its answer is wrong; check answer_secret_file or answer_key_file")]
    Forged,
    /// Rightly signed, for another question.
    #[error("its answer is for another question; somebody may be repeating old answers")]
    Foreign,
    /// Answered at another time.
    #[error("its answer is {off_ms} ms away from the time of the question; compare the clocks")]
    Stale {
        /// How far.
        off_ms: i64,
    },
    /// Something is missing or has no meaning.
    #[error("its answer is not what was agreed: {0}; check identity_authority.answer")]
    Answer(&'static str),
}

impl AuthorityError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Outside(error) => error.code(),
            Self::Unasked(_) => "authority-question-unknown",
            Self::Unsigned => "authority-answer-unsigned",
            Self::Forged => "authority-answer-forged",
            Self::Foreign => "authority-answer-foreign",
            Self::Stale { .. } => "authority-answer-stale",
            Self::Answer(_) => "authority-answer-unread",
        }
    }
}

impl From<ProofError> for AuthorityError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Unsigned => Self::Unsigned,
            ProofError::Forged => Self::Forged,
        }
    }
}

impl From<AuthorityError> for PortError {
    fn from(error: AuthorityError) -> Self {
        Self {
            port: "identity-authority",
            code: error.code().into(),
            reason: error.to_string(),
        }
    }
}
