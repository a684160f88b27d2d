//! What the authorities issue: certificates for acts, persons and companies.

use std::sync::Arc;

use crypto::Suite;
use pki::{
    Certificate, CertificateRequest, CertificationRequest, EventBinding, Name, PkiError, Profile,
    sign_tbs, signed_tbs, tbs_published,
};
use store::{Change, CommitError, Row, Table};

use crate::{
    TENANT, Trust, TrustError,
    authority::{Hierarchy, LOG_YEARS, YEAR, check},
    measure,
    request::Identity,
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

/// Whose key lasts. Their certificates can be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// A person.
    Person,
    /// A company.
    Enterprise,
    /// A maker of electronic seals (GB/T 38540).
    SealMaker,
}

impl Lasting {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Person, Self::Enterprise, Self::SealMaker];

    /// The one of this name, such as `seal-maker`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.name() == name)
    }

    /// Its name: that of its profile.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.profile().name()
    }

    pub(crate) fn profile(self) -> Profile {
        match self {
            Self::Person => Profile::Person,
            Self::Enterprise => Profile::Enterprise,
            Self::SealMaker => Profile::SealMaker,
        }
    }
}

/// What an end certificate is for, and how long it is good.
struct End<'a> {
    tenant: &'a str,
    /// The act, or the profile.
    act: &'a str,
    suite: Suite,
    profile: &'a Profile,
    subject: &'a Name,
    spki: &'a [u8],
    seconds: i64,
}

impl Trust {
    /// A certificate for one act, with the chain to the anchor: leaf first, no root. The
    /// same request gets the same certificate, though it was issued long ago.
    ///
    /// # Errors
    /// [`TrustError::KeyCertifiedBefore`] when the key has a certificate that another
    /// request asked for.
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
            subject: &subject,
            spki: &spki,
            seconds: EVENT_SECONDS,
        };
        self.issue(end).await
    }

    /// A certificate for a lasting key, with the chain to the anchor.
    ///
    /// # Errors
    /// As [`issue_event`](Self::issue_event).
    pub async fn issue_lasting(
        &self,
        tenant: &str,
        lasting: Lasting,
        suite: Suite,
        subject: Name,
        spki: Vec<u8>,
        years: u32,
    ) -> Result<Vec<Certificate>, TrustError> {
        let profile = lasting.profile();
        let issued = self.lasting(tenant, suite, &profile, &subject, &spki, years);
        let chain = issued.await?;
        if let Some(leaf) = chain.first() {
            self.presign_now(suite, leaf.serial()).await;
        }
        Ok(chain)
    }

    /// A certificate for the lasting key of a certification request, whose signature was
    /// verified when it was read, with the chain to the anchor. Who the subject is, the
    /// caller has made sure of.
    ///
    /// # Errors
    /// [`TrustError::WrongSuite`] when the key is of no suite, [`TrustError::Pki`] when the
    /// subject is no name that is issued or other extensions are asked for than those of
    /// the profile; and as [`issue_event`](Self::issue_event).
    pub async fn issue_requested(
        &self,
        tenant: &str,
        lasting: Lasting,
        request: &CertificationRequest,
        years: u32,
    ) -> Result<Vec<Certificate>, TrustError> {
        let suite = Suite::of_spki(request.spki());
        let suite = suite.ok_or(TrustError::WrongSuite("of this service"))?;
        if !request.asks_for_nothing() && !request.asks_for(&lasting.profile()) {
            let reason = format!(
                "the extensions that are asked for are not those of the profile {}",
                lasting.name()
            );
            return Err(PkiError::Request(reason).into());
        }
        let (subject, spki) = (request.subject()?, request.spki().to_vec());
        self.issue_lasting(tenant, lasting, suite, subject, spki, years)
            .await
    }

    /// A certificate for a key that signs a log's checkpoints, with the chain to the
    /// anchor. The log's name is its common name.
    ///
    /// # Errors
    /// As [`issue_event`](Self::issue_event).
    pub async fn issue_log(
        &self,
        suite: Suite,
        spki: Vec<u8>,
    ) -> Result<Vec<Certificate>, TrustError> {
        let subject = self.log_name();
        let years = u32::try_from(LOG_YEARS).unwrap_or_default();
        self.lasting(TENANT, suite, &Profile::Log, &subject, &spki, years)
            .await
    }

    async fn lasting(
        &self,
        tenant: &str,
        suite: Suite,
        profile: &Profile,
        subject: &Name,
        spki: &[u8],
        years: u32,
    ) -> Result<Vec<Certificate>, TrustError> {
        let end = End {
            tenant,
            act: profile.name(),
            suite,
            profile,
            subject,
            spki,
            seconds: i64::from(years) * YEAR,
        };
        self.issue(end).await
    }

    async fn issue(&self, end: End<'_>) -> Result<Vec<Certificate>, TrustError> {
        if Suite::of_spki(end.spki) != Some(end.suite) {
            return Err(TrustError::WrongSuite(end.suite.name()));
        }
        let authority = self.hierarchy(end.suite).await?;
        let identity = Identity {
            tenant: end.tenant,
            profile: end.profile,
            suite: end.suite.name(),
            subject: end.subject,
            spki: end.spki,
            seconds: end.seconds,
        };
        let asked = identity.digests();
        let certificate = match self.0.requests.slot(&asked) {
            Some(slot) => {
                let issued = slot
                    .certificate
                    .get_or_try_init(|| self.certify(&end, &authority, &asked));
                issued.await?.clone()
            }
            None => self.certify(&end, &authority, &asked).await?,
        };
        Ok(vec![certificate, authority.issuing.clone()])
    }

    /// Journals and signs, or finds what was journaled for this request before.
    async fn certify(
        &self,
        end: &End<'_>,
        authority: &Arc<Hierarchy>,
        asked: &store::CertificateRequest,
    ) -> Result<Certificate, TrustError> {
        let begin = self.dated()?.div_euclid(1000);
        let request = CertificateRequest {
            subject: end.subject,
            spki: end.spki,
            serial: pki::serial_number(crypto::random()),
            not_before: begin,
            not_after: begin + end.seconds,
            profile: end.profile,
        };
        let addresses = self.addresses(end.suite, begin);
        let tbs = tbs_published(&request, Some(&authority.issuing), end.suite, &addresses)?;
        check(&tbs, end.profile, Some(&authority.issuing))?;
        let serial = hex::encode(request.serial);
        let journaled = self.journal(end.tenant, &serial, end.act, &tbs, Some(asked));
        match journaled.await {
            Ok(()) => {
                let signed = self.sign_journaled(serial, tbs, authority).await?;
                measure::certificate(end.profile.name(), end.suite);
                Ok(signed)
            }
            Err(TrustError::Commit(CommitError::Duplicate(Table::Certificate))) => {
                self.repeat(asked, authority).await
            }
            Err(error) => Err(error),
        }
    }

    /// The certificate of a key that has one: the same for the same request.
    async fn repeat(
        &self,
        asked: &store::CertificateRequest,
        authority: &Arc<Hierarchy>,
    ) -> Result<Certificate, TrustError> {
        let there = self.0.store.certified(&asked.spki).await?;
        let there = there.filter(|there| there.request == asked.digest);
        let there = there.ok_or(TrustError::KeyCertifiedBefore)?;
        match there.signature {
            Some(signature) => Ok(signed_tbs(&there.tbs, &signature)?),
            // A stop came between journal and signature.
            None => {
                self.sign_journaled(there.serial, there.tbs, authority)
                    .await
            }
        }
    }

    /// Signs what is in the journal, and keeps the signature before it is given out.
    async fn sign_journaled(
        &self,
        serial: String,
        tbs: Vec<u8>,
        authority: &Arc<Hierarchy>,
    ) -> Result<Certificate, TrustError> {
        let key = Arc::clone(&authority.issuing_key);
        // A device verifies what it signed: here that would cost more than all the rest.
        let signed = tokio::task::spawn_blocking(move || sign_tbs(&tbs, key.as_ref()));
        let certificate = signed.await.map_err(|_| TrustError::Stopped)??;
        let kept = Change {
            tenant: TENANT.to_owned(),
            rows: vec![Row::CertificateSignature {
                serial: serial.clone(),
                signature: certificate.signature().to_vec(),
            }],
            ..Change::default()
        };
        match self.0.store.commit(kept).await {
            Ok(_) => Ok(certificate),
            // Somebody else was faster; theirs was given out.
            Err(CommitError::Duplicate(Table::CertificateSignature)) => {
                let signature = self.0.store.certificate_signature(&serial).await?;
                let signature = signature.ok_or(TrustError::Stopped)?;
                Ok(signed_tbs(certificate.tbs(), &signature)?)
            }
            Err(error) => Err(error.into()),
        }
    }
}
