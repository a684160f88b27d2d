//! What lies outside of the signing service, as traits that this crate owns.
//!
//! The binary connects them: in one process to the trust service, or over HTTP.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;
use crypto::{Digest, Signer, Suite};
use pki::{
    Certificate, EventBinding, Name,
    revocation::{Reason, Revoked},
};

use crate::event::Millis;

/// Something outside did not do what was asked. Nothing was signed.
#[derive(Debug, thiserror::Error)]
#[error("{port} refused or did not answer: {reason}")]
pub struct PortError {
    /// Which port: `certificate-authority`, `timestamp-authority`, `ledger`, `sms-gateway`.
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

/// Sends short messages.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Sends `text` to the mobile number `to`.
    async fn send(&self, to: &str, text: &str) -> Result<SmsReceipt, PortError>;
}

/// The time, injected so that a failure can be replayed.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;
