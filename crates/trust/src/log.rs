//! The preservation ledger: durable entries become a Merkle tree with checkpoints.
//!
//! Entries get their place when they are committed; the sequencer only follows. It
//! grows the tree, writes what changed, reads it back, and signs a checkpoint that the
//! store takes only on top of the last one. A stop at any point loses nothing: the
//! next start goes on where the last checkpoint ends, and writes the same bytes again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use crypto::KeyStore;
use ledger::{Checkpoint, Edge, Hash, LogKey, ProofError, Receipt, Tiles, inclusion};
use store::{Change, LedgerCheckpoint, Row, Store};
use tokio::{sync::Mutex, task::JoinHandle, time::MissedTickBehavior};

use crate::{TENANT, Trust, TrustError};

/// Where the log's objects lie.
const FOLDER: &str = "ledger/";
/// Name of the log key's seed in the key store.
const SEED: &str = "trust/log";
/// Name of the last checkpoint in the key store, which a copy of the database alone does
/// not bring back.
const HEAD: &str = "trust/log-head";
/// Entries that are read at once.
const READ: u32 = 4096;
/// Entries after which a checkpoint is signed, though more wait.
const MOST: u64 = 64 * 1024;
/// How often the sequencer looks for entries. A checkpoint is at most a second old.
const INTERVAL: Duration = Duration::from_millis(500);

pub(crate) struct Log {
    pub store: Store,
    pub key: LogKey,
    keys: Arc<KeyStore>,
    origin: String,
    state: Mutex<State>,
}

/// The tree up to the last checkpoint.
struct State {
    edge: Edge,
    /// Its signed note; none while the log is empty.
    note: Option<String>,
}

impl Log {
    /// Opens the log and compares it with its last checkpoint, as the database and the
    /// key store have it. Makes the log's key when there is no log yet.
    pub async fn open(
        store: Store,
        keys: &Arc<KeyStore>,
        origin: &str,
    ) -> Result<Self, TrustError> {
        let last = store.ledger_checkpoint(TENANT).await?;
        if keys.bytes(SEED).is_none() && last.is_none() {
            keys.put_bytes(SEED, &crypto::random::<32>())?;
        }
        let seed = keys
            .bytes(SEED)
            .ok_or_else(|| damaged("its key is not in the key store"))?;
        let key = LogKey::from_seed(origin, &seed).map_err(damaged)?;
        let (keys, origin) = (Arc::clone(keys), origin.to_owned());
        let state = Mutex::new(State {
            edge: Edge::default(),
            note: None,
        });
        let log = Self {
            store,
            key,
            keys,
            origin,
            state,
        };
        if let Some(last) = last {
            let state = log.load(last).await?;
            *log.state.lock().await = state;
        }
        log.is_the_newest().await?;
        Ok(log)
    }

    /// The tree of a checkpoint, from its tiles.
    async fn load(&self, last: LedgerCheckpoint) -> Result<State, TrustError> {
        let LedgerCheckpoint { size, note } = last;
        let checkpoint = Checkpoint::open(&note, &self.key.verifier()).map_err(damaged)?;
        let mut tiles = HashMap::new();
        for path in Edge::paths(size) {
            if let Some(bytes) = self.object(&path).await? {
                tiles.insert(path, bytes.to_vec());
            }
        }
        let edge = Edge::load(size, |path| tiles.get(path).cloned()).map_err(damaged)?;
        if checkpoint.size == size && checkpoint.root == edge.root() {
            return Ok(State {
                edge,
                note: Some(note),
            });
        }
        // Names the first entry that is at fault, where one is.
        self.audit().await?;
        Err(damaged(format!(
            "its tiles at size {size} do not give the signed root"
        )))
    }

    /// Whether nothing that was signed is gone: entries of the queue, or checkpoints
    /// that the key store remembers when an older database was put in its place.
    async fn is_the_newest(&self) -> Result<(), TrustError> {
        let signed = self.last().await.0;
        let there = self.store.ledger_size().await?;
        if there < signed {
            return Err(damaged(format!(
                "{signed} entries were signed and {there} are there"
            )));
        }
        let Some(head) = self.keys.bytes(HEAD) else {
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
        let mut state = self.state.lock().await;
        loop {
            let before = state.edge.size();
            let grown = self.grow(&state).await?;
            let Some(next) = grown else { return Ok(before) };
            let done = next.edge.size() - before < MOST;
            *state = next;
            if done {
                return Ok(state.edge.size());
            }
        }
    }

    /// One checkpoint further; none when no entry waits.
    async fn grow(&self, state: &State) -> Result<Option<State>, TrustError> {
        let before = state.edge.size();
        let mut edge = state.edge.clone();
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
        for (path, bytes) in objects {
            let (path, bytes) = (format!("{FOLDER}{path}"), Bytes::from(bytes));
            self.store.put_object(&path, bytes.clone()).await?;
            if self.store.object(&path).await? != Some(bytes) {
                return Err(TrustError::Ledger(format!(
                    "{path} was not kept as it was written"
                )));
            }
        }
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size,
            root: edge.root(),
        };
        let note = self.key.sign(&checkpoint);
        let after = state.note.as_ref().map(|_| before);
        let row = Row::LedgerCheckpoint {
            after,
            size,
            note: note.clone(),
        };
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![row],
            ..Change::default()
        };
        self.store.commit(change).await?;
        let (keys, head) = (Arc::clone(&self.keys), note.clone());
        let kept = tokio::task::spawn_blocking(move || keys.put_bytes(HEAD, head.as_bytes()));
        kept.await.map_err(|_| TrustError::Stopped)??;
        Ok(Some(State {
            edge,
            note: Some(note),
        }))
    }

    /// Size of the log at its last checkpoint, and the signed note.
    async fn last(&self) -> (u64, Option<String>) {
        let state = self.state.lock().await;
        (state.edge.size(), state.note.clone())
    }

    pub(crate) async fn object(&self, path: &str) -> Result<Option<Bytes>, TrustError> {
        Ok(self.store.object(&format!("{FOLDER}{path}")).await?)
    }

    async fn receipt(&self, index: u64) -> Result<Receipt, TrustError> {
        let (mut size, mut note) = self.last().await;
        if index >= size {
            self.sequence().await?;
            (size, note) = self.last().await;
        }
        let no_entry = || TrustError::NoEntry { index, size };
        let note = note.filter(|_| index < size).ok_or_else(no_entry)?;
        let entry = self.store.ledger_entries(index, 1).await?;
        let entry = entry.first().ok_or_else(no_entry)?;
        let proof = self.prove(|tiles| inclusion(index, size, tiles)).await?;
        Ok(Receipt::new(index, entry, &proof, &note))
    }

    /// Makes a proof from the tiles that it asks for.
    pub(crate) async fn prove(
        &self,
        make: impl Fn(&Tiles) -> Result<Vec<Hash>, ProofError>,
    ) -> Result<Vec<Hash>, TrustError> {
        let mut tiles = Tiles::new();
        loop {
            match make(&tiles) {
                Ok(proof) => return Ok(proof),
                Err(ProofError::Missing(path)) if !tiles.contains_key(&path) => {
                    let missing = || damaged(format!("{path} is missing"));
                    let tile = self.object(&path).await?.ok_or_else(missing)?;
                    tiles.insert(path, tile.to_vec());
                }
                Err(error) => return Err(damaged(error)),
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
    /// nothing waits. Stops at a damaged ledger.
    pub fn spawn_sequencer(&self) -> JoinHandle<()> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(INTERVAL);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                match inner.log.sequence().await {
                    Ok(_) => {}
                    Err(error @ TrustError::Ledger(_)) => {
                        tracing::error!(%error, "the sequencer stops");
                        return;
                    }
                    Err(error) => tracing::warn!(%error, "the sequencer will try again"),
                }
            }
        })
    }

    /// The log's public key as a verifier key (C2SP signed-note).
    #[must_use]
    pub fn ledger_key(&self) -> String {
        self.0.log.key.verifier()
    }

    /// A part of the log as C2SP tlog-tiles names it: `checkpoint`, `tile/…`.
    pub async fn ledger_object(&self, path: &str) -> Result<Option<Bytes>, TrustError> {
        if path == "checkpoint" {
            return Ok(self.0.log.last().await.1.map(Bytes::from));
        }
        if !path.starts_with("tile/") {
            return Ok(None);
        }
        self.0.log.object(path).await
    }

    /// Proves one entry under the last checkpoint. An entry that still waits is
    /// sequenced first.
    pub async fn receipt(&self, index: u64) -> Result<Receipt, TrustError> {
        self.0.log.receipt(index).await
    }
}
