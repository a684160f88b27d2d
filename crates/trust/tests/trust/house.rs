//! A trust service in a folder of its own.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use crypto::{Digest, Hash, KeyStore, KeyStoreError, Signer, SoftwareKey, Suite, digest};
use pki::{Certificate, EventBinding, Name};
use store::{Change, Store};
use tempfile::TempDir;
use trust::{EventRequest, Settings, Trust, TrustError, TrustedClock};

/// The moment at which everything happens, unix milliseconds.
pub const NOW: i64 = 1_800_000_000_250;
/// Where a house publishes.
pub const URL: &str = "http://ca.example";

pub struct House {
    pub folder: TempDir,
    pub store: Store,
    pub trust: Trust,
    clock: Arc<AtomicI64>,
}

impl House {
    pub async fn new() -> Self {
        Self::open(TempDir::new().unwrap()).await.unwrap()
    }

    /// A house whose certificates say where it publishes.
    pub async fn publishing() -> Self {
        let folder = TempDir::new().unwrap();
        Self::open_at(folder, URL).await.unwrap()
    }

    /// Opens the house of a folder, the first time or again.
    pub async fn open(folder: TempDir) -> Result<Self, TrustError> {
        Self::open_at(folder, "").await
    }

    async fn open_at(folder: TempDir, url: &str) -> Result<Self, TrustError> {
        let clock = Arc::new(AtomicI64::new(NOW));
        let read = Arc::clone(&clock);
        let now: trust::Clock = Arc::new(move || read.load(SeqCst));
        let mut house = Self::open_with(folder, url, now).await?;
        house.clock = clock;
        Ok(house)
    }

    /// The same by another clock.
    pub async fn open_by(
        folder: TempDir,
        clock: impl Into<TrustedClock>,
    ) -> Result<Self, TrustError> {
        Self::open_with(folder, "", clock).await
    }

    async fn open_with(
        folder: TempDir,
        url: &str,
        clock: impl Into<TrustedClock>,
    ) -> Result<Self, TrustError> {
        let store = Store::open(folder.path()).await.unwrap();
        let keys = Arc::new(keys(&folder.path().join("keys")).unwrap());
        let settings = Settings {
            url: url.to_owned(),
            ..settings()
        };
        let trust = Trust::open(store.clone(), keys, settings, clock).await?;
        Ok(Self {
            folder,
            store,
            trust,
            clock: Arc::default(),
        })
    }

    /// Another service over the same store and keys, with the same clock.
    pub async fn twin(&self) -> Trust {
        let keys = Arc::new(keys(&self.folder.path().join("keys")).unwrap());
        let read = Arc::clone(&self.clock);
        let now: trust::Clock = Arc::new(move || read.load(SeqCst));
        let opened = Trust::open(self.store.clone(), keys, settings(), now).await;
        opened.unwrap()
    }

    /// Lets time go by, in milliseconds.
    pub fn wait(&self, time: i64) {
        self.clock.fetch_add(time, SeqCst);
    }

    /// Closes the house and opens it again.
    pub async fn again(self) -> Result<Self, TrustError> {
        Self::open(self.close().await).await
    }

    /// Closes the house; the folder stays.
    pub async fn close(self) -> TempDir {
        let Self {
            folder,
            store,
            trust,
            ..
        } = self;
        drop(trust);
        store.close().await;
        folder
    }

    /// Commits entries that the log will take in.
    pub async fn commit(&self, entries: impl IntoIterator<Item = String>) {
        let ledger = entries
            .into_iter()
            .map(|text| text.into_bytes().into())
            .collect();
        let change = Change {
            tenant: "t".to_owned(),
            ledger,
            ..Change::default()
        };
        self.store.commit(change).await.unwrap();
    }

    pub fn anchors(&self) -> Vec<Certificate> {
        Certificate::from_pem_many(&self.trust.anchors_pem()).unwrap()
    }
}

pub fn settings() -> Settings {
    Settings {
        operator: "测试运营方".to_owned(),
        origin: "test.example/log".to_owned(),
        url: String::new(),
    }
}

pub fn keys(path: &Path) -> Result<KeyStore, KeyStoreError> {
    if path.exists() {
        KeyStore::open(path, "passphrase")
    } else {
        KeyStore::create(path, "passphrase")
    }
}

/// Entries that every log begins with: four authorities of two suites, and the
/// certificate of the log's key.
pub const FIRST: u64 = 9;

pub fn entries(from: usize, count: usize) -> impl Iterator<Item = String> {
    (from..from + count).map(|index| format!("entry {index}"))
}

pub fn person() -> Name {
    Name {
        common_name: "张三".to_owned(),
        organization: None,
        country: "CN".to_owned(),
        serial_number: Some("5f".repeat(32)),
    }
}

pub fn binding() -> EventBinding {
    EventBinding {
        act: "0123456789abcdef0123456789abcdef".to_owned(),
        contract: "contract".to_owned(),
        mode: "pad".to_owned(),
        policy: "pad/1".to_owned(),
        revision: some_digest(),
        evidence: digest(Hash::Sm3, b"evidence"),
    }
}

pub fn some_digest() -> Digest {
    digest(Hash::Sm3, b"revision")
}

/// A request for an event certificate with the key that it is for.
pub fn request(suite: Suite) -> (EventRequest, SoftwareKey) {
    let key = SoftwareKey::generate(suite).unwrap();
    let spki = key.spki().to_vec();
    (
        EventRequest {
            suite,
            subject: person(),
            spki,
            binding: binding(),
        },
        key,
    )
}
