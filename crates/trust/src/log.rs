//! The preservation ledger: durable entries become a Merkle tree with checkpoints.
//!
//! Entries get their place when they are committed; the sequencer only follows. It
//! grows the tree, writes what changed, reads it back, computes the root from what it
//! read, and signs a checkpoint that the store takes only on top of the last one. A stop
//! at any point loses nothing: the next start goes on where the last checkpoint ends,
//! and writes the same bytes again.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use crypto::Keys;
use ledger::{Audit, Checkpoint, Edge, Receipt, bundle_path, read_bundle};
use store::{Change, LedgerCheckpoint, Row, Store};
use tokio::{sync::Mutex, task::JoinHandle, time::MissedTickBehavior};

use crate::{
    TENANT, Trust, TrustError,
    log_keys::{LogKeys, Make},
    objects::LogObjects,
    pace::Pace,
    witness::Witnesses,
};

/// Name of the last checkpoint in the key store, which a copy of the database alone does
/// not bring back.
const HEAD: &str = "trust/log-head";
/// Entries that are read at once.
const READ: u32 = 4096;
/// Entries after which a checkpoint is signed, though more wait.
const MOST: u64 = 32 * 1024;
/// Entries of one bundle.
pub(crate) const BUNDLE: u64 = 256;
/// How often the sequencer looks for entries. A checkpoint is at most a second old.
const INTERVAL: Duration = Duration::from_millis(500);

pub(crate) struct Log {
    pub store: Store,
    pub objects: LogObjects,
    pub key: Arc<LogKeys>,
    pub witnesses: Witnesses,
    keys: Keys,
    origin: String,
    /// The tree up to the last checkpoint; who has it sequences.
    edge: Mutex<Edge>,
    signed: RwLock<Head>,
    pub pace: Pace,
}

/// A checkpoint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub size: u64,
    /// Its signed note; none while the log is empty.
    pub note: Option<Arc<str>>,
}

impl Log {
    /// Opens the log and compares it with its last checkpoint, as the database and the
    /// key store have it. With `make`, keys that are missing are made.
    pub async fn open(
        store: Store,
        keys: &Keys,
        origin: &str,
        make: bool,
    ) -> Result<Self, TrustError> {
        let last = store.ledger_checkpoint(TENANT).await?;
        let make = match last {
            None => Make::Both,
            Some(_) if make => Make::Second,
            Some(_) => Make::Nothing,
        };
        let (all, name) = (keys.clone(), origin.to_owned());
        let key = tokio::task::spawn_blocking(move || LogKeys::open(&all, &name, make));
        let log = Self {
            objects: LogObjects::of(&store),
            store,
            key: Arc::new(key.await.map_err(|_| TrustError::Stopped)??),
            witnesses: Witnesses::default(),
            keys: keys.clone(),
            origin: origin.to_owned(),
            edge: Mutex::default(),
            signed: RwLock::default(),
            pace: Pace::default(),
        };
        if let Some(last) = last {
            *log.edge.lock().await = log.load(&last).await?;
            log.set_signed(last.size, last.note.into());
        }
        log.is_the_newest().await?;
        Ok(log)
    }

    /// The tree of a checkpoint, from its tiles.
    async fn load(&self, last: &LedgerCheckpoint) -> Result<Edge, TrustError> {
        let size = last.size;
        let checkpoint = self.key.read(&last.note)?;
        let mut tiles = HashMap::new();
        for path in Edge::paths(size) {
            if let Some(bytes) = self.objects.read(&path).await? {
                tiles.insert(path, bytes.to_vec());
            }
        }
        let edge = Edge::load(size, |path| tiles.get(path).cloned());
        let fault = match edge {
            Ok(edge) if checkpoint.size == size && checkpoint.root == edge.root() => {
                return Ok(edge);
            }
            Ok(_) => format!("its tiles at size {size} do not give the signed root"),
            Err(error) => error.to_string(),
        };
        // Names the first entry that is at fault, where one is.
        self.audit().await?;
        Err(damaged(fault))
    }

    /// Whether nothing that was signed is gone: entries of the queue, or checkpoints
    /// that the key store remembers when an older database was put in its place.
    async fn is_the_newest(&self) -> Result<(), TrustError> {
        let signed = self.signed().size;
        let there = self.store.ledger_size().await?;
        if there < signed {
            return Err(damaged(format!(
                "{signed} entries were signed and {there} are there"
            )));
        }
        let Some(head) = self.keys.file().bytes(HEAD) else {
            return Ok(());
        };
        let head = String::from_utf8_lossy(&head);
        let head = Checkpoint::open(&head, &self.key.verifier()).map_err(damaged)?;
        if head.size > signed {
            let reason = format!(
                "{} entries were signed and the last checkpoint has {signed}: an older copy of \
                 the data was put in the place of a newer one",
                head.size
            );
            return Err(damaged(reason));
        }
        Ok(())
    }

    /// Takes in all entries that wait. Returns the size of the log.
    async fn sequence(&self) -> Result<u64, TrustError> {
        let mut edge = self.edge.lock().await;
        loop {
            let before = edge.size();
            let grown = match self.grow(&edge).await {
                Ok(Some(grown)) => grown,
                Ok(None) => {
                    self.pace.pass();
                    return Ok(before);
                }
                Err(error) => {
                    self.catch_up(&mut edge).await;
                    return Err(error);
                }
            };
            let more = grown.size() - before >= MOST;
            *edge = grown;
            if !more {
                return Ok(edge.size());
            }
        }
    }

    /// After a failure the checkpoint of the database may be further than memory is: it
    /// alone is believed. What fails here is tried again after the next failure.
    async fn catch_up(&self, edge: &mut Edge) {
        let done = async {
            let last = self.store.ledger_checkpoint(TENANT).await?;
            let Some(last) = last.filter(|last| last.size != self.signed().size) else {
                return Ok(());
            };
            let loaded = self.load(&last).await?;
            let note: Arc<str> = last.note.into();
            self.keep_head(&note).await?;
            *edge = loaded;
            self.set_signed(last.size, note);
            Ok::<_, TrustError>(())
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "the last checkpoint was not read again");
        }
    }

    /// Writes the last checkpoint into the key store.
    async fn keep_head(&self, note: &Arc<str>) -> Result<(), TrustError> {
        let (keys, head) = (self.keys.clone(), Arc::clone(note));
        let kept =
            tokio::task::spawn_blocking(move || keys.file().put_bytes(HEAD, head.as_bytes()));
        Ok(kept.await.map_err(|_| TrustError::Stopped)??)
    }

    /// One checkpoint further; none when no entry waits.
    async fn grow(&self, last: &Edge) -> Result<Option<Edge>, TrustError> {
        let before = last.size();
        let mut edge = last.clone();
        let mut objects = Vec::new();
        while edge.size() - before < MOST {
            let entries = self.store.ledger_entries(edge.size(), READ).await?;
            if entries.is_empty() {
                break;
            }
            let entries: Vec<Vec<u8>> = entries.iter().map(|entry| entry.to_vec()).collect();
            // The partial tiles of a step that is not the last one are of no use.
            objects.retain(|(path, _): &(String, Vec<u8>)| !path.contains(".p/"));
            objects.extend(edge.grow(&entries).map_err(damaged)?.objects);
        }
        let size = edge.size();
        if size == before {
            return Ok(None);
        }
        self.objects.write(objects).await?;
        let read = self.read_again(last, size).await?;
        if read != edge {
            return Err(damaged(format!(
                "entries {before} to {size} were not kept as they were committed"
            )));
        }
        self.sign(before, &read).await?;
        Ok(Some(read))
    }

    /// The tree of this size, grown from the last one by the entries as they are read
    /// from the bundles now; every tile on the way is read too and compared.
    async fn read_again(&self, last: &Edge, size: u64) -> Result<Edge, TrustError> {
        let mut audit = Audit::after(last.clone(), size);
        while audit.size() < size {
            let path = bundle_path(audit.size() / BUNDLE, size);
            let bundle = self.objects.read(&path).await?;
            let bundle = bundle.and_then(|bytes| read_bundle(&bytes));
            let bundle = bundle.ok_or_else(|| damaged(format!("{path} was not kept")))?;
            self.step(&mut audit, &bundle).await?;
        }
        audit.edge().map_err(damaged)
    }

    /// Feeds one bundle to an audit, which compares tiles that are read as it asks.
    pub async fn step(&self, audit: &mut Audit, entries: &[Vec<u8>]) -> Result<(), TrustError> {
        for (path, expected) in audit.entries(entries).map_err(damaged)? {
            let kept = self.objects.read(&path).await?.unwrap_or_default();
            audit.compare(&path, &expected, &kept).map_err(damaged)?;
        }
        Ok(())
    }

    /// Signs the tree, on top of the checkpoint of size `before`.
    async fn sign(&self, before: u64, edge: &Edge) -> Result<(), TrustError> {
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: edge.size(),
            root: edge.root(),
        };
        let (size, key) = (checkpoint.size, Arc::clone(&self.key));
        let note = tokio::task::spawn_blocking(move || key.sign(&checkpoint));
        let note: Arc<str> = note.await.map_err(|_| TrustError::Stopped)??.into();
        let after = self.signed().note.map(|_| before);
        let row = Row::LedgerCheckpoint {
            after,
            size,
            note: note.to_string(),
        };
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![row],
            ..Change::default()
        };
        self.store.commit(change).await?;
        self.keep_head(&note).await?;
        self.set_signed(size, note);
        Ok(())
    }

    /// The last checkpoint that was signed.
    pub fn signed(&self) -> Head {
        let signed = self.signed.read();
        signed.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_signed(&self, size: u64, note: Arc<str>) {
        let signed = self.signed.write();
        *signed.unwrap_or_else(PoisonError::into_inner) = Head {
            size,
            note: Some(note),
        };
        self.pace.sign();
        self.witnesses.changed.notify_one();
    }

    async fn receipt(&self, index: u64) -> Result<Receipt, TrustError> {
        let mut head = self.published();
        if index >= head.size {
            self.sequence().await?;
            self.witnessed(index).await?;
            head = self.published();
        }
        let size = head.size;
        let no_entry = || TrustError::NoEntry { index, size };
        let note = head.note.filter(|_| index < size).ok_or_else(no_entry)?;
        let entry = self.store.ledger_entries(index, 1).await?;
        let entry = entry.first().ok_or_else(no_entry)?;
        let proof = self.objects.inclusion(index, size).await?;
        Ok(Receipt::new(index, entry, &proof, &note))
    }

    /// Sequences until the log is found to be damaged.
    async fn sequence_for_ever(&self) {
        let mut tick = tokio::time::interval(INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            match self.sequence().await {
                Ok(_) => {}
                Err(error @ TrustError::Ledger(_)) => {
                    tracing::error!(%error, "the sequencer stops");
                    self.pace.stop();
                    return;
                }
                Err(error) => tracing::warn!(%error, "the sequencer will try again"),
            }
        }
    }
}

pub(crate) fn damaged(error: impl std::fmt::Display) -> TrustError {
    TrustError::Ledger(error.to_string())
}

impl Trust {
    /// Takes all durable entries into the tree and signs a checkpoint. Returns the size
    /// of the log.
    pub async fn sequence(&self) -> Result<u64, TrustError> {
        self.0.log.sequence().await
    }

    /// Sequences for ever, at least once a second under load and not at all when
    /// nothing waits, and shows each checkpoint to the witnesses. Stops at a damaged
    /// ledger.
    pub fn spawn_sequencer(&self) -> JoinHandle<()> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            tokio::select! {
                () = inner.log.sequence_for_ever() => {}
                () = inner.log.witness_for_ever() => {}
            }
        })
    }

    /// The log's public keys as verifier keys (C2SP signed-note), one a line: Ed25519,
    /// then SM2.
    #[must_use]
    pub fn ledger_key(&self) -> String {
        self.0.log.key.verifier()
    }

    /// A part of the log as C2SP tlog-tiles names it: `checkpoint`, `tile/…`.
    pub async fn ledger_object(&self, path: &str) -> Result<Option<Bytes>, TrustError> {
        if path == "checkpoint" {
            let note = self.0.log.published().note;
            return Ok(note.map(|note| Bytes::copy_from_slice(note.as_bytes())));
        }
        if !path.starts_with("tile/") {
            return Ok(None);
        }
        self.0.log.objects.read(path).await
    }

    /// Proves one entry under the last checkpoint. An entry that still waits is
    /// sequenced first.
    pub async fn receipt(&self, index: u64) -> Result<Receipt, TrustError> {
        self.0.log.receipt(index).await
    }
}
