//! A store in a folder of its own, and changes with no more in them than matters.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use store::{Append, Change, NewEvent, OpenError, Store};
use tempfile::TempDir;

pub const TENANT: &str = "lender";

/// A folder that goes when the test ends.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub async fn try_open(&self) -> Result<Store, OpenError> {
        Store::open(self.path()).await
    }

    pub async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    /// All files of packs.
    pub fn packs(&self) -> Vec<PathBuf> {
        let mut packs = Vec::new();
        let list = |folder: &Path| -> Vec<PathBuf> {
            let entries = std::fs::read_dir(folder).into_iter().flatten();
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        for folder in list(&self.path().join("objects/packs")) {
            packs.extend(list(&folder));
        }
        packs
    }
}

pub fn nothing() -> Change {
    Change {
        tenant: TENANT.to_owned(),
        ..Change::default()
    }
}

/// Appends events of these bodies to contract `id`.
pub fn append(id: &str, expected: u64, bodies: &[&str]) -> Change {
    let event = |body: &&str| NewEvent {
        kind: "happened",
        body: (*body).to_owned(),
    };
    let append = Append {
        stream: "contract",
        id: id.to_owned(),
        expected,
        events: bodies.iter().map(event).collect(),
    };
    Change {
        append: vec![append],
        ..nothing()
    }
}

pub fn ledger(entries: &[&str]) -> Change {
    let ledger = entries.iter().map(|entry| bytes(entry)).collect();
    Change {
        ledger,
        ..nothing()
    }
}

pub fn blobs(blobs: &[&str]) -> Change {
    let blobs = blobs.iter().map(|blob| bytes(blob)).collect();
    Change { blobs, ..nothing() }
}

pub fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Bodies of a contract's events.
pub async fn bodies(store: &Store, id: &str) -> Vec<String> {
    let events = store.events(TENANT, "contract", id, 0).await.unwrap();
    events.into_iter().map(|event| event.body).collect()
}

/// The whole ledger queue.
pub async fn queue(store: &Store) -> Vec<Bytes> {
    store.ledger_entries(0, 10_000).await.unwrap()
}
