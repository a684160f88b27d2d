//! The authorities of a suite: root, issuing, timestamping.

use std::sync::{Arc, PoisonError};

use crypto::{Signer, Suite};
use pki::{
    Addresses, Certificate, CertificateRequest, Name, Profile, lint::lint,
    revocation::OcspResponder, serial_number, sign_tbs, tbs_published, timestamp::Tsa,
};
use store::{Change, Row};

use crate::{
    TENANT, Trust, TrustError,
    ceremony::{CEREMONY, authority},
    journal::Entry,
};

/// Validity of the authorities' certificates.
pub(crate) const ROOT_YEARS: i64 = 30;
pub(crate) const ISSUING_YEARS: i64 = 15;
const TSA_YEARS: i64 = 10;
/// The same of the certificate of the log's key.
pub(crate) const LOG_YEARS: i64 = 10;
/// Its kind, among the settings and in the journal.
const LOG: &str = "log";
pub(crate) const YEAR: i64 = 365 * DAY;
const DAY: i64 = 24 * 3600;
/// The responder's is short, because nobody can ask whether it was revoked itself
/// (RFC 6960, 4.2.2.2.1); another is made when less than a third of it is left.
const RESPONDER: i64 = 90 * DAY;
const RESPONDER_LEFT: i64 = 30 * DAY;

/// The authorities of one suite.
pub(crate) struct Hierarchy {
    pub root: Certificate,
    /// None when the root's key is kept elsewhere.
    pub root_key: Option<Arc<dyn Signer>>,
    pub issuing: Certificate,
    pub issuing_key: Arc<dyn Signer>,
    pub tsa: Tsa,
    pub responder: OcspResponder,
    /// From when on the responder wants another certificate, unix seconds.
    renew: i64,
}

/// An authority that shall be there.
struct Wanted<'a> {
    /// Name of its key, and of its certificate among the settings.
    name: String,
    subject: Name,
    profile: Profile,
    /// Validity.
    seconds: i64,
    /// Seconds of validity that must be left, or another certificate is made.
    left: i64,
    issuer: Option<(&'a Certificate, &'a Arc<dyn Signer>)>,
}

impl Trust {
    /// Whether this suite's authorities were made before.
    pub(crate) async fn was_made(&self, suite: Suite) -> Result<bool, TrustError> {
        let name = format!("root/{}", suite.name());
        Ok(self.0.store.setting(TENANT, &name).await?.is_some())
    }

    /// Whether a root's key is among the service's own.
    #[must_use]
    pub fn holds_root(&self) -> bool {
        self.all().iter().any(|(_, there)| there.root_key.is_some())
    }

    /// Whether authorities come from ceremonies.
    pub(crate) async fn has_ceremonies(&self) -> Result<bool, TrustError> {
        Ok(self.0.store.setting(TENANT, CEREMONY).await?.is_some())
    }

    /// The root that a ceremony made; none when this service makes its own.
    async fn installed_root(&self, suite: Suite) -> Result<Option<Certificate>, TrustError> {
        if !self.has_ceremonies().await? {
            return Ok(None);
        }
        let name = format!("root/{}", suite.name());
        let pem = self.0.store.setting(TENANT, &name).await?;
        let pem = pem.ok_or(TrustError::SuiteNotInstalled(suite.name()))?;
        Ok(Certificate::from_pem_many(&pem)?.into_iter().next())
    }

    /// The authorities of a suite; made when they are not there.
    pub(crate) async fn hierarchy(&self, suite: Suite) -> Result<Arc<Hierarchy>, TrustError> {
        let current = |there: &Arc<Hierarchy>| self.seconds() < there.renew;
        if let Some(there) = self.known(suite).filter(current) {
            return Ok(there);
        }
        let _turn = self.0.making.lock().await;
        if let Some(there) = self.known(suite).filter(current) {
            return Ok(there);
        }
        let made = match self.make(suite).await {
            Ok(made) => Arc::new(made),
            Err(error) => {
                // The state of certificates is told while the responder is good at all.
                let good = |there: &Arc<Hierarchy>| self.seconds() < there.renew + RESPONDER_LEFT;
                let there = self.known(suite).filter(good).ok_or(error)?;
                tracing::warn!(suite = suite.name(), "the responder was not renewed");
                return Ok(there);
            }
        };
        let mut all = self
            .0
            .hierarchies
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        all.insert(suite, Arc::clone(&made));
        Ok(made)
    }

    pub(crate) fn known(&self, suite: Suite) -> Option<Arc<Hierarchy>> {
        let all = self
            .0
            .hierarchies
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        all.get(&suite).cloned()
    }

    /// The authorities that are there, by suite.
    pub(crate) fn all(&self) -> Vec<(Suite, Arc<Hierarchy>)> {
        let all = self
            .0
            .hierarchies
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|(suite, there)| (*suite, Arc::clone(there)))
            .collect()
    }

    async fn make(&self, suite: Suite) -> Result<Hierarchy, TrustError> {
        let name = |kind: &str| format!("{kind}/{}", suite.name());
        let subject = |title: &str| authority(&self.0.settings.operator, title, suite);
        let root = Wanted {
            name: name("root"),
            subject: subject("根 CA"),
            profile: Profile::Root,
            seconds: ROOT_YEARS * YEAR,
            left: 0,
            issuer: None,
        };
        let (root, root_key) = match self.installed_root(suite).await? {
            Some(root) => (root, None),
            None => {
                let (root, key) = self.authority(suite, root).await?;
                (root, Some(key))
            }
        };
        let issuing = Wanted {
            name: name("issuing"),
            subject: subject("签发 CA"),
            profile: Profile::Issuing,
            seconds: ISSUING_YEARS * YEAR,
            left: 0,
            // A ceremony's issuing authority is there, and is not made.
            issuer: root_key.as_ref().map(|key| (&root, key)),
        };
        let (issuing, issuing_key) = self.authority(suite, issuing).await?;
        let tsa = Wanted {
            name: name("tsa"),
            subject: subject("时间戳"),
            profile: Profile::Tsa,
            seconds: TSA_YEARS * YEAR,
            left: 0,
            issuer: Some((&issuing, &issuing_key)),
        };
        let (tsa, tsa_key) = self.authority(suite, tsa).await?;
        let tsa = Tsa::new(tsa, vec![issuing.clone()], tsa_key)?;
        let tsa = tsa.with_accuracy(self.0.clock.accuracy());
        let responder = Wanted {
            name: name("ocsp"),
            subject: subject("证书状态"),
            profile: Profile::OcspResponder,
            seconds: RESPONDER,
            left: RESPONDER_LEFT,
            issuer: Some((&issuing, &issuing_key)),
        };
        let (responder, key) = self.authority(suite, responder).await?;
        let renew = responder.not_after() - RESPONDER_LEFT;
        let responder = OcspResponder::new(issuing.clone(), Some(responder), key)?;
        Ok(Hierarchy {
            root,
            root_key,
            issuing,
            issuing_key,
            tsa,
            responder,
            renew,
        })
    }

    /// Loads an authority, or makes it. A stop in between leaves a key without a
    /// certificate; the next opening gives it one.
    async fn authority(
        &self,
        suite: Suite,
        wanted: Wanted<'_>,
    ) -> Result<(Certificate, Arc<dyn Signer>), TrustError> {
        let made = self.0.store.setting(TENANT, &wanted.name).await?;
        let key = self.key(suite, &wanted.name, made.is_some()).await?;
        let certificate = self.certified(suite, wanted, made, &key).await?;
        Ok((certificate, key))
    }

    /// The certificate of an authority's key, as it was made, or fresh.
    async fn certified(
        &self,
        suite: Suite,
        wanted: Wanted<'_>,
        made: Option<String>,
        key: &Arc<dyn Signer>,
    ) -> Result<Certificate, TrustError> {
        if let Some(pem) = made {
            let certificate = Certificate::from_pem_many(&pem)?.into_iter().next();
            let certificate = certificate.filter(|there| there.spki() == key.spki());
            let certificate = certificate.ok_or(pki::PkiError::OtherCertificate)?;
            if wanted.left == 0 || self.seconds() < certificate.not_after() - wanted.left {
                return Ok(certificate);
            }
        }
        let begin = self.dated()?.div_euclid(1000);
        let request = CertificateRequest {
            subject: &wanted.subject,
            spki: key.spki(),
            serial: serial_number(crypto::random()),
            not_before: begin,
            not_after: begin + wanted.seconds,
            profile: &wanted.profile,
        };
        let issuer = wanted.issuer.map(|(certificate, _)| certificate);
        let signer = Arc::clone(wanted.issuer.map_or(key, |(_, signer)| signer));
        let addresses = match wanted.profile {
            Profile::Root => Addresses::default(),
            Profile::Issuing => self.root_addresses(suite),
            _ => self.addresses(suite, begin),
        };
        let tbs = tbs_published(&request, issuer, suite, &addresses)?;
        check(&tbs, &wanted.profile, issuer)?;
        let serial = hex::encode(request.serial);
        self.journal(TENANT, &serial, &wanted.name, &tbs, None)
            .await?;
        let work = tokio::task::spawn_blocking(move || sign_tbs(&tbs, signer.as_ref()));
        let certificate = work.await.map_err(|_| TrustError::Stopped)??;
        let row = Row::Setting {
            name: wanted.name,
            value: certificate.to_pem(),
        };
        self.0.store.commit(change(TENANT, row)).await?;
        Ok(certificate)
    }

    /// Sees to it that the log's SM2 key has a certificate, where SM2 has its authorities.
    /// Its Ed25519 key is of no suite, and has none: both keys sign every checkpoint.
    pub(crate) async fn certify_log(&self) -> Result<(), TrustError> {
        let suite = Suite::Sm2Sm3;
        let there = self.known(suite).zip(self.0.log.key.second());
        let Some((hierarchy, key)) = there else {
            return Ok(());
        };
        let _turn = self.0.making.lock().await;
        let name = format!("{LOG}/{}", suite.name());
        let made = self.0.store.setting(TENANT, &name).await?;
        let wanted = Wanted {
            name,
            subject: self.log_name(),
            profile: Profile::Log,
            seconds: LOG_YEARS * YEAR,
            left: YEAR,
            issuer: Some((&hierarchy.issuing, &hierarchy.issuing_key)),
        };
        let certificate = self.certified(suite, wanted, made, key).await?;
        let chain = certificate.to_pem() + &hierarchy.issuing.to_pem();
        let kept = self.0.log_chain.write();
        *kept.unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(())
    }

    /// The certificate of the log's SM2 key, PEM, with the one of the authority that issued
    /// it behind it; empty when SM2 has no authorities.
    #[must_use]
    pub fn ledger_certificate(&self) -> String {
        let kept = self.0.log_chain.read();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The subject of a certificate of the log.
    pub(crate) fn log_name(&self) -> Name {
        Name {
            common_name: self.0.settings.origin.clone(),
            organization: Some(self.0.settings.operator.clone()),
            country: "CN".to_owned(),
            serial_number: None,
        }
    }

    /// The key of an authority. One that has a certificate was made before: another in
    /// its place would help nobody.
    async fn key(
        &self,
        suite: Suite,
        name: &str,
        made: bool,
    ) -> Result<Arc<dyn Signer>, TrustError> {
        let (keys, label) = (self.0.keys.clone(), format!("trust/{name}"));
        let key = tokio::task::spawn_blocking(move || {
            if made {
                keys.existing(suite, &label)
            } else {
                keys.ensure(suite, &label)
            }
        });
        Ok(key.await.map_err(|_| TrustError::Stopped)??)
    }

    /// Writes down what is about to be signed, and enters its digest into the ledger.
    /// Durable when it returns.
    pub(crate) async fn journal(
        &self,
        tenant: &str,
        serial: &str,
        act: &str,
        tbs: &[u8],
        request: Option<&store::CertificateRequest>,
    ) -> Result<(), TrustError> {
        let entry = Entry::new(serial, tbs).to_json()?;
        let row = Row::Certificate {
            serial: serial.to_owned(),
            act: act.to_owned(),
            tbs: tbs.to_vec(),
            request: request.cloned(),
        };
        let change = Change {
            ledger: vec![entry.into()],
            ..change(tenant, row)
        };
        self.0.store.commit(change).await?;
        Ok(())
    }

    /// The roots of all suites and those of authorities elsewhere, PEM: what a stranger
    /// needs to verify. P-256 comes first: some programs read one certificate of a file
    /// alone, and do not know SM2.
    #[must_use]
    pub fn anchors_pem(&self) -> String {
        let all = self
            .0
            .hierarchies
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut roots: Vec<_> = all.iter().collect();
        roots.sort_by_key(|(suite, _)| **suite != Suite::P256Sha256);
        let own = roots
            .into_iter()
            .map(|(_, hierarchy)| hierarchy.root.to_pem());
        let elsewhere = self.elsewhere();
        own.chain(elsewhere.iter().map(Certificate::to_pem))
            .collect()
    }
}

/// Label of an authority's key.
pub(crate) fn label(kind: &str, suite: Suite) -> String {
    format!("trust/{kind}/{}", suite.name())
}

/// Holds what will be signed against the rules; any that is broken refuses.
pub(crate) fn check(
    tbs: &[u8],
    profile: &Profile,
    issuer: Option<&Certificate>,
) -> Result<(), TrustError> {
    let findings = lint(tbs, Some(profile), issuer);
    if findings.is_empty() {
        return Ok(());
    }
    Err(TrustError::Lint(findings))
}

/// The authorities that stand, as the store has them: name, such as
/// `issuing/p256-sha256`, and certificate.
///
/// # Errors
/// When the store cannot be read.
pub async fn authorities(store: &store::Store) -> Result<Vec<(String, Certificate)>, TrustError> {
    let mut all = Vec::new();
    for suite in Suite::ALL {
        for kind in ["root", "issuing", "tsa", "ocsp", LOG] {
            let name = format!("{kind}/{}", suite.name());
            let pem = store.setting(TENANT, &name).await?.unwrap_or_default();
            let certificates = Certificate::from_pem_many(&pem)?;
            all.extend(certificates.into_iter().map(|one| (name.clone(), one)));
        }
    }
    Ok(all)
}

fn change(tenant: &str, row: Row) -> Change {
    Change {
        tenant: tenant.to_owned(),
        rows: vec![row],
        ..Change::default()
    }
}
