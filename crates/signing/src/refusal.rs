//! Why a command was refused: one stable code each, for machines and for tests.

use crate::{
    authorisation::Day,
    event::{Millis, Role},
    policy::{ItemKind, Requirement},
};

/// A command that was understood and refused. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The link does not exist, or no longer does.
    #[error("this link is not known; ask the sender for a new one")]
    LinkUnknown,
    /// A link opens once.
    #[error("this link was opened before; ask the sender for a new one")]
    LinkUsed,
    /// The link's time is over.
    #[error("this link has expired; ask the sender for a new one")]
    LinkExpired,
    /// The session is not one of this contract.
    #[error("the session belongs to another contract")]
    SessionForeign,
    /// The session's time is over.
    #[error("the session has expired; ask the sender for a new link")]
    SessionExpired,
    /// The document that the signer names is not the one of this contract.
    #[error("the document digest is not the one that was shown; open the contract again")]
    DocumentMismatch,
    /// The manifest is not the one that the certificate was issued for.
    #[error("the manifest does not match the evidence digest in the event certificate")]
    ManifestMismatch,
    /// Another party signs first.
    #[error("it is not {0}'s turn yet; the parties sign in order")]
    NotYourTurn(Role),
    /// This slot has its signature.
    #[error("{0} has signed already")]
    AlreadySigned(Role),
    /// No such slot in this contract.
    #[error("the contract has no party {0:?}")]
    NoSuchParty(String),
    /// The mode of the party does not allow this step.
    #[error("{step} is not part of the mode {mode}")]
    NotInMode {
        /// What was asked for.
        step: &'static str,
        /// Name of the party's mode.
        mode: &'static str,
    },
    /// Required evidence is missing.
    #[error("evidence is missing: {}", names(.0))]
    EvidenceMissing(Vec<Requirement>),
    /// The page does not exist.
    #[error("the document has no page {page}; it has {pages}")]
    NoSuchPage {
        /// Asked for, from 1.
        page: usize,
        /// How many there are.
        pages: usize,
    },
    /// The digest of the page that was shown is not the one that was served.
    #[error("page {0} as read is not the page that was shown")]
    PageMismatch(usize),
    /// No code was sent yet.
    #[error("no code was sent in this session; ask for one first")]
    CodeNotSent,
    /// The code is wrong.
    #[error("the code is wrong; {left} tries are left")]
    CodeWrong {
        /// Tries that are left.
        left: u8,
    },
    /// Five tries are over.
    #[error("the code was tried five times; ask for a new one")]
    CodeExhausted,
    /// Five minutes are over.
    #[error("the code has expired; ask for a new one")]
    CodeExpired,
    /// Too many codes in one session.
    #[error("too many codes were sent in this session; ask for a new link")]
    CodeLimit,
    /// Too many codes to a number, from an address or for a tenant.
    #[error("too many codes were asked for; ask again in {} seconds", after_ms / 1000 + 1)]
    CodeLater {
        /// When the next one is sent, milliseconds from now.
        after_ms: Millis,
    },
    /// Too many links were asked for by number from one address.
    #[error("too many links were asked for; ask again in {} seconds", after_ms / 1000 + 1)]
    LinkLater {
        /// When the next one is sent, milliseconds from now.
        after_ms: Millis,
    },
    /// The contract ended by refusal, withdrawal or expiry.
    #[error("the contract has ended: {0}")]
    ContractEnded(&'static str),
    /// The contract is complete.
    #[error("the contract is complete; nothing can be added")]
    ContractComplete,
    /// The certificate of the company's seal was revoked.
    #[error(
        "the certificate of this company was revoked; nothing can be sealed for it, register it anew"
    )]
    CompanyRevoked,
    /// The company seals only under an authorisation.
    #[error("this company seals only under a standing authorisation; name one in the request")]
    AuthorisationRequired,
    /// The authorisation has not been signed by all.
    #[error("the authorisation is not complete; nothing is sealed under it before all have signed")]
    AuthorisationIncomplete,
    /// The authorisation was revoked.
    #[error("the authorisation was revoked; have another one signed")]
    AuthorisationRevoked,
    /// The authorisation is about another company's seal.
    #[error("the authorisation is about another company's seal")]
    AuthorisationForeign,
    /// Before or after its period.
    #[error("the authorisation is good from {from} to {until} (Beijing), and not today")]
    AuthorisationPeriod {
        /// The first day.
        from: Day,
        /// The last day.
        until: Day,
    },
    /// Not one of its templates, or another version of one.
    #[error("the contract was not made from a template that the authorisation names")]
    AuthorisationTemplate,
    /// More than it allows, or unknown.
    #[error("the contract is about more than the {limit_fen} fen that the authorisation allows")]
    AuthorisationAmount {
        /// What it allows, in fen.
        limit_fen: u64,
    },
    /// As many seals as it allows.
    #[error("all {count} seals that the authorisation allows were set")]
    AuthorisationUsedUp {
        /// How many that is.
        count: u32,
    },
    /// Evidence that needs a consent of its own.
    #[error("the signer has not agreed to evidence of the kind {0}; ask for that consent first")]
    ConsentMissing(ItemKind),
    /// Evidence that was captured after the handwriting.
    #[error("{0} was captured after the handwriting; evidence comes before it")]
    EvidenceAfterHandwriting(ItemKind),
    /// The policy wants evidence sealed to the transport key.
    #[error("this contract takes evidence only sealed to the service's transport key")]
    SealMissing,
    /// An envelope that belongs elsewhere.
    #[error(
        "the sealed evidence belongs to another contract, session, signer or place; capture it again"
    )]
    EnvelopeForeign,
    /// An envelope that was brought before.
    #[error("this sealed evidence was submitted before; capture it again")]
    EvidenceReplayed,
    /// The sentence was not copied as it stands.
    #[error("the sentence differs from its original at character {0}")]
    TranscriptionWrong(usize),
    /// A page that was in view too shortly.
    #[error("page {page} was in view for less than {milliseconds} milliseconds")]
    ReadingTooShort {
        /// From 1.
        page: usize,
        /// What the policy asks for.
        milliseconds: u32,
    },
    /// A page that was in view for longer than the session is open.
    #[error("a page is said to have been in view for longer than the session is open")]
    ReadingImpossible,
    /// The authority does not know the person by these numbers.
    #[error(
        "the authority found that name and numbers do not belong together; look for a typing error"
    )]
    IdentityMismatch,
    /// The authority knows no such person.
    #[error("the authority knows nobody by these numbers")]
    IdentityUnknown,
    /// An answer to another question, or one that was given before.
    #[error("the authority's answer is not an answer to this question; nothing was taken from it")]
    AnswerForeign,
    /// Too many questions in one session.
    #[error("an authority was asked too often in this session; ask for a new link")]
    IdentityLimit,
    /// A short-lived code of the staff that is wrong, was used or is over: one answer.
    #[error("this code is not known, was used, or is over; ask for a new one")]
    StaffCodeUnknown,
    /// Guessed too often.
    #[error("too many tries; the next one is looked at in {seconds} seconds")]
    TooManyTries {
        /// Until then.
        seconds: i64,
    },
    /// A session that adds evidence without end.
    #[error("too much evidence was added in this session; ask for a new link")]
    EvidenceLimit,
}

impl Refusal {
    /// The stable code of this refusal, part of the public API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::LinkUnknown => "link-unknown",
            Self::LinkUsed => "link-used",
            Self::LinkExpired => "link-expired",
            Self::SessionForeign => "session-foreign",
            Self::SessionExpired => "session-expired",
            Self::DocumentMismatch => "document-mismatch",
            Self::ManifestMismatch => "manifest-mismatch",
            Self::NotYourTurn(_) => "not-your-turn",
            Self::AlreadySigned(_) => "already-signed",
            Self::NoSuchParty(_) => "no-such-party",
            Self::NotInMode { .. } => "not-in-mode",
            Self::EvidenceMissing(_) => "evidence-missing",
            Self::NoSuchPage { .. } => "no-such-page",
            Self::PageMismatch(_) => "page-mismatch",
            Self::CodeNotSent => "code-not-sent",
            Self::CodeWrong { .. } => "code-wrong",
            Self::CodeExhausted => "code-exhausted",
            Self::CodeExpired => "code-expired",
            Self::CodeLimit => "code-limit",
            Self::CodeLater { .. } => "code-later",
            Self::LinkLater { .. } => "link-later",
            Self::ContractEnded(_) => "contract-ended",
            Self::ContractComplete => "contract-complete",
            Self::CompanyRevoked => "company-revoked",
            Self::AuthorisationRequired => "authorisation-required",
            Self::AuthorisationIncomplete => "authorisation-not-complete",
            Self::AuthorisationRevoked => "authorisation-revoked",
            Self::AuthorisationForeign => "authorisation-foreign",
            Self::AuthorisationPeriod { .. } => "authorisation-period",
            Self::AuthorisationTemplate => "authorisation-template",
            Self::AuthorisationAmount { .. } => "authorisation-amount",
            Self::AuthorisationUsedUp { .. } => "authorisation-used-up",
            Self::EvidenceLimit => "evidence-limit",
            Self::ConsentMissing(_) => "consent-missing",
            Self::EvidenceAfterHandwriting(_) => "evidence-after-handwriting",
            Self::SealMissing => "seal-missing",
            Self::EnvelopeForeign => "envelope-foreign",
            Self::EvidenceReplayed => "evidence-replayed",
            Self::TranscriptionWrong(_) => "transcription-wrong",
            Self::ReadingTooShort { .. } => "reading-too-short",
            Self::ReadingImpossible => "reading-impossible",
            Self::IdentityMismatch => "identity-mismatch",
            Self::IdentityUnknown => "identity-unknown",
            Self::AnswerForeign => "answer-foreign",
            Self::IdentityLimit => "identity-limit",
            Self::StaffCodeUnknown => "staff-code-unknown",
            Self::TooManyTries { .. } => "too-many-tries",
        }
    }
}

fn names(missing: &[Requirement]) -> String {
    let names: Vec<_> = missing.iter().map(ToString::to_string).collect();
    names.join(", ")
}
