//! What the authorities issue: certificates for acts and companies, timestamps.

use std::sync::Arc;

use crypto::{Digest, Suite};
use pki::{
    Certificate, CertificateRequest, EventBinding, Name, Profile, sign_tbs, tbs, timestamp::Request,
};

use crate::{
    Trust, TrustError,
    authority::{ENTERPRISE, YEAR, serial},
};

/// For how long an event certificate is valid. Its key signs within milliseconds; the
/// rest is for viewers that look at the clock and not at the timestamp.
const EVENT_SECONDS: i64 = 600;

/// A certificate for one act.
#[derive(Debug, Clone)]
pub struct EventRequest {
    /// Algorithms of the key and of the authority.
    pub suite: Suite,
    /// The signer's real name.
    pub subject: Name,
    /// DER of the `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// The act and all that it is fixed to.
    pub binding: EventBinding,
}

/// What an end certificate is for and how long it is good.
struct End<'a> {
    tenant: &'a str,
    act: &'a str,
    suite: Suite,
    profile: &'a Profile,
    seconds: i64,
}

impl Trust {
    /// A certificate for one act, with the chain to the anchor: leaf first, no root.
    pub async fn issue_event(
        &self,
        tenant: &str,
        request: EventRequest,
    ) -> Result<Vec<Certificate>, TrustError> {
        let EventRequest {
            suite,
            subject,
            spki,
            binding,
        } = request;
        let act = binding.act.clone();
        let profile = Profile::Event(binding);
        let end = End {
            tenant,
            act: &act,
            suite,
            profile: &profile,
            seconds: EVENT_SECONDS,
        };
        self.issue(end, &subject, &spki).await
    }

    /// A certificate for a company's lasting key, with the chain to the anchor.
    pub async fn issue_enterprise(
        &self,
        tenant: &str,
        suite: Suite,
        subject: Name,
        spki: Vec<u8>,
        years: u32,
    ) -> Result<Vec<Certificate>, TrustError> {
        let seconds = i64::from(years) * YEAR;
        let profile = Profile::Enterprise;
        let end = End {
            tenant,
            act: ENTERPRISE,
            suite,
            profile: &profile,
            seconds,
        };
        self.issue(end, &subject, &spki).await
    }

    async fn issue(
        &self,
        end: End<'_>,
        subject: &Name,
        spki: &[u8],
    ) -> Result<Vec<Certificate>, TrustError> {
        if Suite::of_spki(spki) != Some(end.suite) {
            return Err(TrustError::WrongSuite(end.suite.name()));
        }
        let authority = self.hierarchy(end.suite).await?;
        let begin = self.seconds();
        let request = CertificateRequest {
            subject,
            spki,
            serial: serial(),
            not_before: begin,
            not_after: begin + end.seconds,
            profile: end.profile,
        };
        let tbs = tbs(&request, Some(&authority.issuing), end.suite)?;
        self.journal(end.tenant, request.serial, end.act, &tbs)
            .await?;
        let signed = tokio::task::spawn_blocking(move || {
            let certificate = sign_tbs(&tbs, authority.issuing_key.as_ref())?;
            Ok::<_, TrustError>(vec![certificate, authority.issuing.clone()])
        });
        signed.await.map_err(|_| TrustError::Stopped)?
    }

    /// A timestamp over a digest: DER of a `TimeStampToken` (RFC 3161, 2.4.2) with the
    /// authority's certificates. Some hundred microseconds of arithmetic.
    pub async fn timestamp(&self, suite: Suite, imprint: &Digest) -> Result<Vec<u8>, TrustError> {
        let authority = self.hierarchy(suite).await?;
        let request = Request::new(imprint.clone(), None, true);
        let clock = Arc::clone(&self.0.clock);
        let made = tokio::task::spawn_blocking(move || {
            // What is stamped is here already: the time is read now and not before.
            authority.tsa.token(&request, clock(), crypto::random())
        });
        Ok(made.await.map_err(|_| TrustError::Stopped)??)
    }
}
