//! OCSP answers that are signed before anybody asks: by a key that counts what it signs.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use crypto::{KeyError, KeyModule, KeyStore, Keys, NamedKey, Signer, SoftwareKey, Suite};
use pki::{
    Certificate, CertificationRequest, Profile,
    revocation::{CertId, CertIdHash, CertStatus, OcspRequest, OcspResponse, Reason},
};
use store::Store;
use tempfile::TempDir;
use trust::{Lasting, Trust, TrustError};

use crate::house::{NOW, keys, person, request, settings};

const MINUTE: i64 = 60_000;

/// Keeps keys in the file, and counts what those sign whose labels begin with something.
pub struct Counting {
    file: Arc<KeyStore>,
    labels: &'static str,
    signed: Arc<AtomicUsize>,
}

struct Counted {
    key: Arc<dyn Signer>,
    signed: Arc<AtomicUsize>,
}

impl Counting {
    /// It, and how much was signed.
    pub fn of(file: &Arc<KeyStore>, labels: &'static str) -> (Self, Arc<AtomicUsize>) {
        let (file, signed) = (Arc::clone(file), Arc::<AtomicUsize>::default());
        let count = Arc::clone(&signed);
        let counting = Self {
            file,
            labels,
            signed,
        };
        (counting, count)
    }

    fn counted(&self, key: Arc<dyn Signer>) -> Arc<dyn Signer> {
        let signed = Arc::clone(&self.signed);
        Arc::new(Counted { key, signed })
    }
}

impl KeyModule for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn takes(&self, _: Suite, label: &str) -> bool {
        label.starts_with(self.labels)
    }

    fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        let key = KeyModule::signer(self.file.as_ref(), suite, label)?;
        Ok(key.map(|key| self.counted(key)))
    }

    fn generate(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        Ok(self.counted(self.file.generate(suite, label)?))
    }

    fn list(&self) -> Result<Vec<NamedKey>, KeyError> {
        Ok(Vec::new())
    }
}

impl Signer for Counted {
    fn suite(&self) -> Suite {
        self.key.suite()
    }

    fn spki(&self) -> &[u8] {
        self.key.spki()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.signed.fetch_add(1, SeqCst);
        self.key.sign(message)
    }
}

/// A house whose responders count, by a clock that stands still until it is moved.
struct House {
    store: Store,
    trust: Trust,
    signed: Arc<AtomicUsize>,
    clock: Arc<std::sync::atomic::AtomicI64>,
}

impl House {
    async fn open(folder: &TempDir) -> Self {
        let store = Store::open(folder.path()).await.unwrap();
        let file = Arc::new(keys(&folder.path().join("keys")).unwrap());
        let (counting, signed) = Counting::of(&file, "trust/ocsp/");
        let keys = Keys::new(file, vec![Arc::new(counting)]);
        let clock = Arc::new(std::sync::atomic::AtomicI64::new(NOW));
        let read = Arc::clone(&clock);
        let now: trust::Clock = Arc::new(move || read.load(SeqCst));
        let trust = Trust::open(store.clone(), keys, settings(), now).await;
        let trust = trust.unwrap();
        Self {
            store,
            trust,
            signed,
            clock,
        }
    }

    fn signed(&self) -> usize {
        self.signed.load(SeqCst)
    }

    fn wait(&self, time: i64) {
        self.clock.fetch_add(time, SeqCst);
    }

    async fn close(self) {
        drop(self.trust);
        self.store.close().await;
    }

    async fn company(&self, suite: Suite) -> Vec<Certificate> {
        let spki = SoftwareKey::generate(suite).unwrap().spki().to_vec();
        let trust = &self.trust;
        let issued = trust.issue_lasting("t", Lasting::Enterprise, suite, person(), spki, 2);
        issued.await.unwrap()
    }

    /// Asks by this hash and gives what is said.
    async fn ask(
        &self,
        chain: &[Certificate],
        hash: CertIdHash,
        nonce: Option<Vec<u8>>,
    ) -> CertStatus {
        let id = CertId::new(hash, &chain[0], &chain[1]);
        let request = OcspRequest::new(vec![id], nonce).unwrap();
        let der = self.trust.ocsp(&request.to_der()).await.unwrap();
        let response = OcspResponse::from_der(&der).unwrap();
        response.verify(&chain[1]).unwrap();
        let now = self.clock.load(SeqCst);
        response.check_answers(&request, now).unwrap();
        response.answer(&chain[0], &chain[1]).unwrap().status
    }
}

const HASHES: [CertIdHash; 3] = CertIdHash::ALL;

#[tokio::test]
async fn a_question_without_a_nonce_costs_no_signature() {
    let folder = TempDir::new().unwrap();
    let mut house = House::open(&folder).await;
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let chain = house.company(suite).await;
        for restarted in [false, true] {
            if restarted {
                house.close().await;
                house = House::open(&folder).await;
                house.trust.presign().await.unwrap();
            }
            let before = house.signed();
            for hash in HASHES {
                assert_eq!(house.ask(&chain, hash, None).await, CertStatus::Good);
            }
            assert_eq!(house.signed(), before, "restarted: {restarted}");
            let nonce = Some(b"nonce".to_vec());
            house.ask(&chain, CertIdHash::Sha1, nonce).await;
            assert_eq!(house.signed(), before + 1, "a nonce is signed for");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn answers_are_renewed_before_they_end_and_those_of_certificates_that_ended_are_not() {
    let folder = TempDir::new().unwrap();
    let house = House::open(&folder).await;
    let chain = house.company(Suite::P256Sha256).await;
    // The authorities' own that can be revoked: two timestamp authorities, the log's key.
    assert_eq!(house.trust.presign().await.unwrap(), 3);
    assert_eq!(house.trust.presign().await.unwrap(), 0);
    house.wait(29 * MINUTE);
    assert_eq!(house.trust.presign().await.unwrap(), 0);
    house.wait(2 * MINUTE);
    assert_eq!(house.trust.presign().await.unwrap(), 4);
    // The background is late: what was signed is given while it is surely good.
    let before = house.signed();
    house.wait(44 * MINUTE);
    house.ask(&chain, CertIdHash::Sha1, None).await;
    assert_eq!(house.signed(), before);
    house.wait(2 * MINUTE);
    house.ask(&chain, CertIdHash::Sha1, None).await;
    assert_eq!(house.signed(), before + 1);
    house.wait(3 * 365 * 24 * 60 * MINUTE);
    assert_eq!(house.trust.presign().await.unwrap(), 3);
    house.close().await;
}

#[tokio::test]
async fn a_revocation_replaces_the_answer_before_it_is_acknowledged() {
    let folder = TempDir::new().unwrap();
    let house = House::open(&folder).await;
    let (chain, other) = (
        house.company(Suite::Sm2Sm3).await,
        house.company(Suite::Sm2Sm3).await,
    );
    let serials = [chain[0].serial_hex()];
    let reason = Reason::KeyCompromise;
    house.trust.revoke("t", &serials, reason).await.unwrap();
    let before = house.signed();
    for hash in HASHES {
        let told = house.ask(&chain, hash, None).await;
        assert!(
            matches!(told, CertStatus::Revoked(why) if why.reason == reason),
            "{told:?}"
        );
        assert_eq!(house.ask(&other, hash, None).await, CertStatus::Good);
    }
    assert_eq!(house.signed(), before);
    house.close().await;
}

#[tokio::test]
async fn a_request_gets_a_certificate_of_each_lasting_profile_and_its_record() {
    let folder = TempDir::new().unwrap();
    let house = House::open(&folder).await;
    let trust = &house.trust;
    for lasting in Lasting::ALL {
        let key = SoftwareKey::generate(Suite::P256Sha256).unwrap();
        let sign = |profile: &Profile| CertificationRequest::sign(&person(), profile, &key);
        let other = sign(&Profile::Tsa).unwrap();
        let refused = trust.issue_requested("t", lasting, &other, 2).await;
        assert!(matches!(refused, Err(TrustError::Pki(_))), "{refused:?}");
        let profile = [Profile::Person, Profile::Enterprise, Profile::SealMaker]
            .into_iter()
            .find(|profile| profile.name() == lasting.name());
        let request = sign(&profile.unwrap()).unwrap();
        let issued = trust.issue_requested("t", lasting, &request, 2).await;
        let chain = issued.unwrap();
        assert_eq!(request.differs(&chain[0]), None);
        let again = trust.issue_requested("t", lasting, &request, 2).await;
        assert_eq!(again.unwrap(), chain, "the same request");
        let serial = chain[0].serial_hex();
        let record = trust.record(&serial).await.unwrap().unwrap();
        assert_eq!(record.purpose, lasting.name());
        assert_eq!(record.pem, Some(chain[0].to_pem()));
        assert_eq!(record.revoked, None);
    }
    let (event, _key) = request(Suite::P256Sha256);
    let event = trust.issue_event("t", event).await.unwrap();
    let all = trust.records("", 100).await.unwrap();
    assert_eq!(all.len(), 6, "three, two timestamp authorities, the log's");
    assert!(all.iter().all(|one| one.serial != event[0].serial_hex()));
    assert!(all.iter().all(|one| one.pem.is_some()));
    let rest = trust.records(&all[3].serial, 100).await.unwrap();
    let serials = |all: &[trust::Record]| -> Vec<String> {
        all.iter().map(|one| one.serial.clone()).collect()
    };
    assert_eq!(serials(&rest), serials(&all[4..]));
    assert!(trust.record("00").await.unwrap().is_none());
    house.close().await;
}
