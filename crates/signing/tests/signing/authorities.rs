//! Authorities of a test: honest by default, and failing or cheating on demand.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use crypto::{Digest, Hash, Signer, SoftwareKey, Suite, digest, random};
use pki::{
    Certificate, CertificateRequest, EventBinding, Name, Profile,
    revocation::{Reason, Revoked},
    sign_tbs, tbs,
    timestamp::{Request, Tsa},
};
use signing::{
    event::Millis,
    ports::{CertificateAuthority, PortError, SmsGateway, SmsReceipt, TimestampAuthority},
};
use tokio::sync::{Notify, OwnedRwLockWriteGuard, RwLock};

const YEAR: i64 = 365 * 24 * 3600;

/// A root that issues everything itself, in two suites.
pub struct Authority {
    roots: Vec<(Suite, SoftwareKey, Certificate)>,
    /// Issues for another manifest than the one that was asked for.
    pub swap_manifest: AtomicBool,
    /// Does not answer.
    pub down: AtomicBool,
    /// Does not stamp.
    pub no_time: AtomicBool,
    clock: Arc<AtomicI64>,
    /// How many event certificates were issued.
    pub issued: Mutex<u32>,
    revoked: Mutex<HashMap<String, Revoked>>,
}

impl Authority {
    pub fn new(clock: Arc<AtomicI64>) -> Self {
        let now = clock.load(SeqCst);
        let root = |suite| {
            let key = SoftwareKey::generate(suite).unwrap();
            let certificate = issue(None, &key, key.spki(), "根", &Profile::Root, now);
            (suite, key, certificate)
        };
        Self {
            roots: [Suite::Sm2Sm3, Suite::P256Sha256].map(root).into(),
            swap_manifest: AtomicBool::new(false),
            down: AtomicBool::new(false),
            no_time: AtomicBool::new(false),
            clock,
            issued: Mutex::new(0),
            revoked: Mutex::default(),
        }
    }

    fn now(&self) -> Millis {
        self.clock.load(SeqCst)
    }

    pub fn anchors(&self) -> Vec<Certificate> {
        self.roots.iter().map(|(_, _, root)| root.clone()).collect()
    }

    fn end(
        &self,
        suite: Suite,
        subject: &Name,
        spki: &[u8],
        profile: &Profile,
    ) -> Result<Vec<Certificate>, PortError> {
        let now = self.now();
        if self.down.load(SeqCst) {
            return Err(silent("certificate-authority"));
        }
        let (_, key, root) = self
            .roots
            .iter()
            .find(|(known, ..)| *known == suite)
            .unwrap();
        Ok(vec![issue(
            Some(root),
            key,
            spki,
            &subject.common_name,
            profile,
            now,
        )])
    }
}

fn silent(port: &'static str) -> PortError {
    PortError {
        port,
        code: "port-down".into(),
        reason: "it does not answer".to_owned(),
    }
}

fn issue(
    issuer: Option<&Certificate>,
    key: &SoftwareKey,
    spki: &[u8],
    name: &str,
    profile: &Profile,
    now: Millis,
) -> Certificate {
    let subject = Name {
        common_name: name.to_owned(),
        organization: None,
        country: "CN".to_owned(),
        serial_number: None,
    };
    let request = CertificateRequest {
        subject: &subject,
        spki,
        serial: random(),
        not_before: now / 1000 - YEAR,
        not_after: now / 1000 + YEAR,
        profile,
    };
    sign_tbs(&tbs(&request, issuer, key.suite()).unwrap(), key).unwrap()
}

#[async_trait]
impl CertificateAuthority for Authority {
    async fn issue_event(
        &self,
        _tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
        mut binding: EventBinding,
    ) -> Result<Vec<Certificate>, PortError> {
        if self.swap_manifest.load(SeqCst) {
            binding.evidence = digest(Hash::Sm3, b"another manifest");
        }
        let chain = self.end(suite, &subject, key.spki(), &Profile::Event(binding))?;
        *self.issued.lock().unwrap() += 1;
        Ok(chain)
    }

    async fn issue_enterprise(
        &self,
        _tenant: &str,
        suite: Suite,
        subject: Name,
        key: Arc<dyn Signer>,
    ) -> Result<Vec<Certificate>, PortError> {
        self.end(suite, &subject, key.spki(), &Profile::Enterprise)
    }

    async fn revoke(
        &self,
        _tenant: &str,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, PortError> {
        let revoked = Revoked {
            at_ms: self.now(),
            reason,
            invalid_since_ms: None,
        };
        let mut all = self.revoked.lock().unwrap();
        let first = |serial: &String| *all.entry(serial.clone()).or_insert(revoked);
        Ok(serials.iter().map(first).collect())
    }

    async fn revocation(&self, serial: &str) -> Result<Option<Revoked>, PortError> {
        Ok(self.revoked.lock().unwrap().get(serial).copied())
    }
}

#[async_trait]
impl TimestampAuthority for Authority {
    async fn timestamp(&self, suite: Suite, imprint: &Digest) -> Result<Vec<u8>, PortError> {
        let now = self.now();
        if self.no_time.load(SeqCst) {
            return Err(silent("timestamp-authority"));
        }
        let (_, key, root) = self
            .roots
            .iter()
            .find(|(known, ..)| *known == suite)
            .unwrap();
        let own = SoftwareKey::generate(suite).unwrap();
        let certificate = issue(Some(root), key, own.spki(), "时间戳", &Profile::Tsa, now);
        let tsa = Tsa::new(certificate, Vec::new(), Arc::new(own)).unwrap();
        let request = Request::new(imprint.clone(), None, true);
        Ok(tsa.token(&request, now, random()).unwrap())
    }
}

/// Keeps what it is given to send.
#[derive(Default)]
pub struct Outbox {
    pub sent: Mutex<Vec<String>>,
    /// Takes what it is given, and says that it failed.
    pub down: AtomicBool,
    gate: Arc<RwLock<()>>,
    given: Notify,
}

impl Outbox {
    /// Answers nobody until this is dropped.
    pub async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    /// Waits until it is given something to send.
    pub async fn given(&self) {
        self.given.notified().await;
    }

    /// The last code that was sent.
    pub fn code(&self) -> String {
        let sent = self.sent.lock().unwrap();
        let after = sent.last().unwrap().split("验证码 ").nth(1).unwrap();
        after[..6].to_owned()
    }
}

#[async_trait]
impl SmsGateway for Outbox {
    async fn send(&self, _to: &str, text: &str) -> Result<SmsReceipt, PortError> {
        self.sent.lock().unwrap().push(text.to_owned());
        self.given.notify_one();
        let _open = self.gate.read().await;
        if self.down.load(SeqCst) {
            return Err(silent("sms-gateway"));
        }
        Ok(SmsReceipt {
            id: random_id(),
            source: "test".to_owned(),
        })
    }
}

fn random_id() -> String {
    crypto::random_id()
}
