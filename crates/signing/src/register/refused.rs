//! Why the register refused: one stable code each.

use super::assurance::Level;
use crate::event::Millis;

/// A command that was understood and refused. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The person's data was destroyed.
    #[error("this person was cancelled; register the person anew")]
    PersonCancelled,
    /// The enterprise was cancelled.
    #[error("this enterprise was cancelled; register it anew")]
    EnterpriseCancelled,
    /// The document is registered under another name.
    #[error(
        "the document is registered under another name; look for a typing error, or change the \
         registered name first"
    )]
    KnownOtherwise,
    /// The code is registered with another name or representative.
    #[error(
        "the code is registered with another name or representative; look for a typing error, or \
         change the registered enterprise first"
    )]
    EnterpriseKnownOtherwise,
    /// The documents of one registration belong to two registered persons.
    #[error("these documents belong to different registered persons; merge the persons first")]
    DocumentsDiffer,
    /// Two persons who are not the same by name, or one only.
    #[error("only two persons of one name are merged; change the name of one of them first")]
    PersonsDiffer,
    /// A person without a document.
    #[error("a person keeps at least one document; add the new one first")]
    LastDocument,
    /// Too many documents, or photos.
    #[error("a person has at most {most} {what}; remove one first")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The document has expired.
    #[error("the document has expired; register the new one")]
    DocumentExpired,
    /// The birth date in the number is still to come.
    #[error("the birth date in the number is still to come; look for a typing error")]
    Unborn,
    /// A check of the telephone needs one.
    #[error("the person has no telephone; add it first")]
    PhoneMissing,
    /// A photo needs consent of its kind before it is accepted.
    #[error("there is no consent to `{0}`; record it first")]
    ConsentMissing(&'static str),
    /// A clerk who saw a document photographs it.
    #[error("there is no photo of the document's front; add it first")]
    PhotoMissing,
    /// A face is compared from a portrait that was kept.
    #[error("there is no portrait; add it first")]
    PortraitMissing,
    /// The authorities were asked too often.
    #[error("the authorities were asked too often about this one today; try again tomorrow")]
    CheckLimit,
    /// The password is wrong, or there is none, or no such person.
    #[error("the password is wrong; {left} tries are left before a pause")]
    PasswordWrong {
        /// Tries until the next pause.
        left: u8,
    },
    /// Too many wrong passwords.
    #[error(
        "the password was wrong too often; it can be tried again at {until} (unix milliseconds)"
    )]
    PasswordPaused {
        /// When it can be tried again.
        until: Millis,
    },
    /// The level that is needed is not reached.
    #[error(
        "the assurance level is {is}; this needs {needs}: have the checks made that are missing"
    )]
    AssuranceLow {
        /// Name of the level that is there.
        is: &'static str,
        /// Name of the level that is needed.
        needs: &'static str,
    },
    /// The payment's time is over, or there is a newer one.
    #[error("this payment can no longer be confirmed; have a new one made")]
    PaymentOver,
    /// Three wrong sums.
    #[error("three wrong sums were named for this payment; have a new one made")]
    PaymentExhausted,
    /// Too many payments.
    #[error("three payments were made today; try again tomorrow")]
    PaymentLimit,
    /// The contract is no authorisation of this agent by this enterprise.
    #[error("the contract does not authorise this agent: {0}")]
    AuthorisationUnfit(&'static str),
    /// Whoever shall sign a standing authorisation does not represent the company.
    #[error("the signatory does not represent the company: {0}")]
    SignatoryUnfit(&'static str),
    /// A contract authorises once.
    #[error("this contract was registered as an authorisation before; have a new one signed")]
    AuthorisationUsed,
    /// Neither representative nor agent.
    #[error("this person is neither the representative nor an agent of the enterprise now")]
    NotAuthorised,
}

impl Refused {
    pub(crate) fn low(is: Level, needs: Level) -> Self {
        let (is, needs) = (is.name(), needs.name());
        Self::AssuranceLow { is, needs }
    }

    /// The stable code of this refusal, part of the public API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PersonCancelled => "person-cancelled",
            Self::EnterpriseCancelled => "enterprise-cancelled",
            Self::KnownOtherwise => "person-known-otherwise",
            Self::EnterpriseKnownOtherwise => "enterprise-known-otherwise",
            Self::DocumentsDiffer => "documents-differ",
            Self::PersonsDiffer => "persons-differ",
            Self::LastDocument => "document-last",
            Self::TooMany { .. } => "too-many",
            Self::DocumentExpired => "document-expired",
            Self::Unborn => "birth-date-to-come",
            Self::PhoneMissing => "phone-missing",
            Self::ConsentMissing(_) => "consent-missing",
            Self::PhotoMissing => "photo-missing",
            Self::PortraitMissing => "portrait-missing",
            Self::CheckLimit => "check-limit",
            Self::PasswordWrong { .. } => "password-wrong",
            Self::PasswordPaused { .. } => "password-paused",
            Self::AssuranceLow { .. } => "assurance-low",
            Self::PaymentOver => "payment-over",
            Self::PaymentExhausted => "payment-exhausted",
            Self::PaymentLimit => "payment-limit",
            Self::AuthorisationUnfit(_) => "authorisation-unfit",
            Self::SignatoryUnfit(_) => "signatory-unfit",
            Self::AuthorisationUsed => "authorisation-used",
            Self::NotAuthorised => "not-authorised",
        }
    }
}
