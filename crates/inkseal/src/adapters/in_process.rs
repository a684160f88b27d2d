//! Connects the signing service's ports to the trust service in the same process.

use std::sync::Arc;

use async_trait::async_trait;
use crypto::{Digest, Signer, Suite};
use pki::{
    Certificate, EventBinding, Name,
    revocation::{Reason, Revoked},
};
use signing::ports::{CertificateAuthority, PortError, TimestampAuthority};
use trust::{EventRequest, Lasting, Trust, TrustError};

/// Years for which a company's certificate is good.
pub const ENTERPRISE_YEARS: u32 = 2;

/// The trust service as the signing service sees it.
#[derive(Clone)]
pub struct InProcess(pub Trust);

/// What the trust service said, as a port says it.
pub fn failed(port: &'static str) -> impl FnOnce(TrustError) -> PortError {
    move |error| PortError {
        port,
        code: error.code().into(),
        reason: error.to_string(),
    }
}

#[async_trait]
impl CertificateAuthority for InProcess {
    async fn issue_event(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
        binding: EventBinding,
    ) -> Result<Vec<Certificate>, PortError> {
        let request = EventRequest {
            suite,
            subject,
            spki: key.spki().to_vec(),
            binding,
        };
        self.0
            .issue_event(tenant, request)
            .await
            .map_err(failed("certificate-authority"))
    }

    async fn issue_enterprise(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
    ) -> Result<Vec<Certificate>, PortError> {
        let spki = key.spki().to_vec();
        let issued = self.0.issue_lasting(
            tenant,
            Lasting::Enterprise,
            suite,
            subject,
            spki,
            ENTERPRISE_YEARS,
        );
        issued.await.map_err(failed("certificate-authority"))
    }

    async fn revoke(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, PortError> {
        let revoked = self.0.revoke(tenant, serials, reason).await;
        revoked.map_err(failed("certificate-authority"))
    }

    async fn revocation(&self, serial: &str) -> Result<Option<Revoked>, PortError> {
        let there = self.0.revocation(serial).await;
        there.map_err(failed("certificate-authority"))
    }
}

#[async_trait]
impl TimestampAuthority for InProcess {
    async fn timestamp(&self, suite: Suite, imprint: &Digest) -> Result<Vec<u8>, PortError> {
        let token = self.0.timestamp(suite, imprint).await;
        token.map_err(failed("timestamp-authority"))
    }
}
