//! A licensed certificate authority elsewhere, in the place of the built-in one.
//!
//! For each certificate: the key of the subject signs a request (PKCS #10), the request's
//! digest goes into our ledger, the authority is asked ([`client`]), what it answers is
//! judged ([`judge`]), the certificate goes into our journal and ledger, and only then is
//! it used. Suites that are not configured here stay with the built-in authority. The
//! protocol is in `docs/external-ca.md`.

mod client;
mod judge;
pub mod protocol;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use crypto::{Signer, Suite};
use pki::{
    Certificate, CertificationRequest, EventBinding, Name, Profile,
    revocation::{Reason as Why, Revoked},
};
use signing::ports::{CertificateAuthority, PortError};
use trust::Trust;

pub use client::{AskError, Client};
pub use settings::Settings;

use crate::{
    adapters::in_process::{InProcess, failed},
    house::{Reason, now},
};
use protocol::Kind;

const PORT: &str = "certificate-authority";
/// What a company's certificate is for, in the journal.
const ENTERPRISE: &str = "enterprise";

/// The port, with the authority elsewhere for some suites.
pub struct ExternalCa {
    client: Client,
    trust: Trust,
    own: InProcess,
}

impl ExternalCa {
    /// The authority of these settings, beside the trust service, which gives out the
    /// authority's anchors from now on.
    ///
    /// # Errors
    /// What in the settings cannot be used.
    pub async fn open(settings: &Settings, trust: Trust) -> Result<Self, Reason> {
        let client = Client::open(settings, Arc::new(now))?;
        trust.add_anchors(client.anchors()).await?;
        let own = InProcess(trust.clone());
        Ok(Self { client, trust, own })
    }

    async fn issue(
        &self,
        tenant: &str,
        act: &str,
        kind: Kind,
        subject: Name,
        profile: Profile,
        key: Arc<dyn Signer>,
    ) -> Result<Vec<Certificate>, PortError> {
        let suite = key.suite();
        let sign = move || CertificationRequest::sign(&subject, &profile, key.as_ref());
        let signed = tokio::task::spawn_blocking(sign).await;
        let request = signed.map_err(|_| stopped())?.map_err(|error| PortError {
            port: PORT,
            code: error.code().into(),
            reason: error.to_string(),
        })?;
        let recorded = self.trust.record_request(tenant, request.der()).await;
        recorded.map_err(failed(PORT))?;
        let chain = self.client.ask(suite, kind, request).await;
        let chain = chain.map_err(|error| refused(&error))?;
        if let Some(leaf) = chain.first() {
            let journaled = self.trust.record_external(tenant, act, leaf).await;
            journaled.map_err(failed(PORT))?;
        }
        Ok(chain)
    }

    /// Revokes at the authority, then records it here.
    async fn revoke_there(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Why,
    ) -> Result<Vec<Revoked>, PortError> {
        let told = self
            .client
            .revoke(serials, reason)
            .await
            .map_err(|error| refused(&error))?;
        let all: Vec<_> = serials.iter().cloned().zip(told).collect();
        let recorded = self.trust.record_external_revocations(tenant, &all).await;
        recorded.map_err(failed(PORT))
    }
}

fn refused(error: &AskError) -> PortError {
    PortError {
        port: PORT,
        code: error.code().into(),
        reason: error.to_string(),
    }
}

fn stopped() -> PortError {
    failed(PORT)(trust::TrustError::Stopped)
}

#[async_trait]
impl CertificateAuthority for ExternalCa {
    async fn issue_event(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
        binding: EventBinding,
    ) -> Result<Vec<Certificate>, PortError> {
        if !self.client.issues(suite) {
            let own = &self.own;
            return own.issue_event(tenant, suite, subject, key, binding).await;
        }
        let act = binding.act.clone();
        let profile = Profile::Event(binding);
        self.issue(tenant, &act, Kind::Event, subject, profile, key)
            .await
    }

    async fn issue_enterprise(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
    ) -> Result<Vec<Certificate>, PortError> {
        if !self.client.issues(suite) {
            let own = &self.own;
            return own.issue_enterprise(tenant, suite, subject, key).await;
        }
        let (kind, profile) = (Kind::Enterprise, Profile::Enterprise);
        self.issue(tenant, ENTERPRISE, kind, subject, profile, key)
            .await
    }

    /// All or none at each authority: those elsewhere come first. When the second one
    /// fails the order is given again, and the first repeats its answer.
    async fn revoke(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Why,
    ) -> Result<Vec<Revoked>, PortError> {
        let (mut there, mut here) = (Vec::new(), Vec::new());
        for serial in serials {
            let owner = self.trust.external_owner(serial).await;
            match owner.map_err(failed(PORT))? {
                Some(owner) if owner == tenant => there.push(serial.clone()),
                _ => here.push(serial.clone()),
            }
        }
        let mut revoked = Vec::new();
        if !there.is_empty() {
            revoked = self.revoke_there(tenant, &there, reason).await?;
        }
        if !here.is_empty() {
            revoked.extend(self.own.revoke(tenant, &here, reason).await?);
        }
        let done: Vec<_> = there.into_iter().chain(here).zip(revoked).collect();
        let answer = |serial: &String| done.iter().find(|(of, _)| of == serial);
        let answers = serials.iter().filter_map(answer);
        Ok(answers.map(|(_, revoked)| *revoked).collect())
    }

    /// The authority itself is asked each time, because others may have told it to revoke.
    /// Without an answer nothing is sealed.
    async fn revocation(&self, serial: &str) -> Result<Option<Revoked>, PortError> {
        let known = self.own.revocation(serial).await?;
        let owner = self.trust.external_owner(serial).await;
        let Some(owner) = owner.map_err(failed(PORT))?.filter(|_| known.is_none()) else {
            return Ok(known);
        };
        let Some(told) = self
            .client
            .status(serial)
            .await
            .map_err(|error| refused(&error))?
        else {
            return Ok(None);
        };
        let all = [(serial.to_owned(), told)];
        let recorded = self.trust.record_external_revocations(&owner, &all).await;
        Ok(recorded.map_err(failed(PORT))?.into_iter().next())
    }
}
