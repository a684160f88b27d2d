//! What can go wrong, with one stable code each.

/// Why the service did not do what was asked. Nothing was given out that was not recorded
/// before; whether a change whose [`Commit`](Self::Commit) failed came through is not known,
/// and asking again tells and does no harm.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The request or a certificate is not what it should be.
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    /// A key is missing or did not sign.
    #[error(transparent)]
    Key(#[from] crypto::KeyError),
    /// A list or an answer could not be made.
    #[error(transparent)]
    Revocation(#[from] pki::revocation::RevocationError),
    /// No such certificate of this tenant was issued.
    #[error(
        "no certificate with the serial number {0} was issued; look it up where it was registered"
    )]
    CertificateUnknown(String),
    /// A ceremony, or what it made, is not what it should be.
    #[error("the ceremony: {0}; nothing was taken in")]
    Ceremony(String),
    /// The suite has its authorities.
    #[error("{0} has its authorities already; a ceremony comes before they are made")]
    AuthorityThere(&'static str),
    /// Authorities come from ceremonies, and none was held for this suite.
    #[error("no ceremony was held for {0}; hold one and install what it makes")]
    SuiteNotInstalled(&'static str),
    /// What would have been signed breaks rules for certificates.
    #[error(
        "the certificate was not issued, it breaks the rules {}; correct the request",
        names(.0)
    )]
    Lint(Vec<pki::lint::Finding>),
    /// The key has a certificate that another request asked for.
    #[error("this public key has a certificate for something else; make a fresh key")]
    KeyCertifiedBefore,
    /// A certificate that is never revoked.
    #[error(
        "the certificate {0} is no lasting one of a person or a company; only those are revoked"
    )]
    NotRevocable(String),
    /// Another authority gave a serial number twice, or one of ours.
    #[error("the serial number {0} is in the journal already; the certificate is not used")]
    SerialUsed(String),
    /// The public key in the request is not one of its suite.
    #[error("the public key is not a key of the suite {0}")]
    WrongSuite(&'static str),
    /// The time is not known well enough to date anything.
    #[error("nothing is dated: {0}")]
    Clock(#[from] crate::ClockFault),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] store::ReadError),
    /// The store did not take the change.
    #[error(transparent)]
    Commit(#[from] store::CommitError),
    /// The log is not what it was signed to be.
    #[error("the ledger is damaged: {0}; nothing will be signed until it is repaired from a copy")]
    Ledger(String),
    /// An entry is not let into the ledger.
    #[error("entry {place} of the request is not let into the ledger: {refusal}")]
    Entry {
        /// Its place among those that came with it, from 0.
        place: usize,
        /// Why.
        refusal: crate::EntryRefusal,
    },
    /// Too few witnesses cosigned.
    #[error("{cosigned} witnesses cosigned and {quorum} must; see that they run, and try again")]
    NotWitnessed {
        /// How many did.
        cosigned: usize,
        /// How many must.
        quorum: usize,
    },
    /// No such entry.
    #[error("the ledger has {size} entries, there is no entry {index}")]
    NoEntry {
        /// Asked for.
        index: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The service is shutting down.
    #[error("the service is shutting down")]
    Stopped,
}

impl TrustError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pki(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Revocation(error) => error.code(),
            Self::CertificateUnknown(_) => "certificate-unknown",
            Self::Ceremony(_) => "ceremony",
            Self::AuthorityThere(_) => "authority-there",
            Self::SuiteNotInstalled(_) => "suite-not-installed",
            Self::Lint(_) => "certificate-lint",
            Self::KeyCertifiedBefore => "key-certified-before",
            Self::NotRevocable(_) => "certificate-not-revocable",
            Self::SerialUsed(_) => "certificate-serial-used",
            Self::WrongSuite(_) => "wrong-suite",
            Self::Clock(_) => "clock-untrusted",
            Self::Read(_) => "store-unreadable",
            Self::Commit(_) => "store-failed",
            Self::Ledger(_) => "ledger-damaged",
            Self::Entry { .. } => "ledger-entry-refused",
            Self::NotWitnessed { .. } => "ledger-not-witnessed",
            Self::NoEntry { .. } => "ledger-no-entry",
            Self::Stopped => "shutting-down",
        }
    }
}

/// The rules alone: what was found may be somebody's name.
fn names(findings: &[pki::lint::Finding]) -> String {
    let names: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    names.join(", ")
}
