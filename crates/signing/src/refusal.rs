//! Why a command was refused: one stable code each, for machines and for tests.

use crate::{event::Role, policy::ItemKind};

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
    EvidenceMissing(Vec<ItemKind>),
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
            Self::ContractEnded(_) => "contract-ended",
            Self::ContractComplete => "contract-complete",
            Self::CompanyRevoked => "company-revoked",
            Self::EvidenceLimit => "evidence-limit",
        }
    }
}

fn names(kinds: &[ItemKind]) -> String {
    kinds
        .iter()
        .map(|kind| kind.name())
        .collect::<Vec<_>>()
        .join(", ")
}
