//! What lies outside of the signing service, as traits that this crate owns.
//!
//! The binary connects them: in one process to the trust service, or over HTTP.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use crypto::{Digest, Signer, Suite};
use pki::{
    Certificate, EventBinding, Name,
    revocation::{Reason, Revoked},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    event::Millis,
    identity::{CreditCode, IdDocument, Phone},
};

/// Something outside did not do what was asked. Nothing was signed.
#[derive(Debug, thiserror::Error)]
#[error("{port} refused or did not answer: {reason}")]
pub struct PortError {
    /// Which port: `certificate-authority`, `timestamp-authority`, `ledger`, `sms-gateway`,
    /// `identity-authority`.
    pub port: &'static str,
    /// Stable code, the other side's where it has one.
    pub code: Cow<'static, str>,
    /// What it said.
    pub reason: String,
}

/// Issues certificates. The authority has its own clock: nobody asks for a date.
#[async_trait]
pub trait CertificateAuthority: Send + Sync {
    /// A certificate for one act, with the chain that leads to the anchor; leaf
    /// first, no root. What it binds was recorded durably before it was signed.
    ///
    /// `key` is the key of the act. An authority elsewhere wants it to sign the request;
    /// it signs nothing else here.
    async fn issue_event(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
        binding: EventBinding,
    ) -> Result<Vec<Certificate>, PortError>;

    /// A certificate for a company's seal key, with its chain.
    async fn issue_enterprise(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
    ) -> Result<Vec<Certificate>, PortError>;

    /// Revokes a company's certificates, by their serial numbers in hexadecimal: all or
    /// none, durable when it returns. One that is revoked already stays as it was; the
    /// answers are in the order of the serial numbers.
    async fn revoke(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, PortError>;

    /// The revocation of a certificate as it stands now, by its serial number in
    /// hexadecimal; none when it is not revoked.
    async fn revocation(&self, serial: &str) -> Result<Option<Revoked>, PortError>;
}

/// Issues timestamps (RFC 3161), by its own clock.
#[async_trait]
pub trait TimestampAuthority: Send + Sync {
    /// A `TimeStampToken` over `imprint`, DER.
    async fn timestamp(&self, suite: Suite, imprint: &Digest) -> Result<Vec<u8>, PortError>;
}

/// What an SMS gateway answers.
#[derive(Debug, Clone)]
pub struct SmsReceipt {
    /// The gateway's number for the message.
    pub id: String,
    /// Which gateway; the simulator calls itself `sms-simulator`.
    pub source: String,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The gateway does not know yet.
    Pending,
    /// It reached the telephone.
    Delivered,
    /// It will not.
    Failed,
}

/// Sends short messages.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Sends `text` to the mobile number `to`.
    async fn send(&self, to: &str, text: &str) -> Result<SmsReceipt, PortError>;

    /// What became of the message with this [`SmsReceipt::id`]; none from a gateway that
    /// gives no receipts of delivery.
    async fn delivery(&self, id: &str) -> Result<Option<Delivery>, PortError> {
        let _ = id;
        Ok(None)
    }
}

/// A person, as an authority is asked about one.
#[derive(Clone)]
pub struct Asked {
    /// The name.
    pub name: String,
    /// The document.
    pub document: IdDocument,
}

/// What an identity authority is asked. All of it is personal data: none of it is ever
/// logged, and an adapter's errors carry none of it.
#[derive(Clone)]
pub enum Question {
    /// Public security: whether name and number of a document belong together.
    Person(Asked),
    /// A mobile operator: whether the number is this person's.
    Phone(Asked, Phone),
    /// A bank: whether card and telephone are this person's.
    BankCard {
        /// Whose.
        person: Asked,
        /// The telephone that the bank knows.
        phone: Phone,
        /// Number of the card, 12 to 19 digits.
        card: Zeroizing<String>,
    },
    /// Whether a face is this person's, and alive.
    Face {
        /// Whose.
        person: Asked,
        /// The portrait, JPEG or PNG.
        portrait: Bytes,
        /// What the authority's own liveness check gave to the device, if it was asked.
        liveness: Option<String>,
    },
    /// A business register: three elements, or four with the representative's document.
    Enterprise {
        /// Registered name.
        name: String,
        /// Its code.
        code: CreditCode,
        /// Name of the legal representative.
        representative: String,
        /// Document of the legal representative.
        document: Option<IdDocument>,
    },
    /// Reverse payment, first step: a small sum is paid into the company's account.
    Payment {
        /// Registered name, which the account must have.
        name: String,
        /// Its code.
        code: CreditCode,
        /// The bank.
        bank: String,
        /// Number of the account.
        account: Zeroizing<String>,
    },
    /// Reverse payment, second step: whether this was the sum.
    Amount {
        /// [`Answer::reference`] of the first step.
        reference: String,
        /// The sum in fen, as the company read it in its account.
        fen: u32,
    },
}

impl Question {
    /// The name used in the adapter's settings, in evidence and in errors.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Phone(..) => "phone",
            Self::BankCard { .. } => "bank-card",
            Self::Face { .. } => "face",
            Self::Enterprise { document: None, .. } => "enterprise-three",
            Self::Enterprise { .. } => "enterprise-four",
            Self::Payment { .. } => "payment",
            Self::Amount { .. } => "payment-amount",
        }
    }
}

/// What an authority found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is so; of a payment, it was made.
    Match,
    /// It is not so.
    Mismatch,
    /// The authority knows no such person, company, card or account.
    Unknown,
}

/// An authority's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The nonce that it was given, as it came back. Another one is another question's answer.
    pub nonce: String,
    /// What it found.
    pub verdict: Verdict,
    /// How alike two faces are, per mille, where that was asked.
    pub score: Option<u16>,
    /// Names what it began, such as a payment.
    pub reference: Option<String>,
    /// The authority's number for the answer.
    pub receipt: String,
    /// Which authority; the simulator calls itself `authority-simulator`.
    pub source: String,
    /// When it answered, by its own clock.
    pub at: Millis,
    /// The answer as it was received, with the authority's signature: evidence.
    pub raw: Bytes,
}

/// Knows who people and companies are.
#[async_trait]
pub trait IdentityAuthority: Send + Sync {
    /// Asks. `nonce` is 128 random bits in hexadecimal of this question alone; the answer
    /// is signed together with it.
    async fn ask(&self, nonce: &str, question: &Question) -> Result<Answer, PortError>;
}

/// Stands where a house has no identity authority: every question is refused, and nobody
/// is assured beyond what was claimed.
pub struct NoAuthority;

#[async_trait]
impl IdentityAuthority for NoAuthority {
    async fn ask(&self, _: &str, _: &Question) -> Result<Answer, PortError> {
        Err(PortError {
            port: "identity-authority",
            code: Cow::Borrowed("authority-not-configured"),
            reason: "no identity authority is configured; the operator can name one".to_owned(),
        })
    }
}

/// The time, injected so that a failure can be replayed.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;
