//! Brings the ledger entries of a house without a ledger to the trust service.
//!
//! The entries lie in the store in the order in which they became durable, each in the
//! same transaction as the events that it proves. They are sent in that order until the
//! trust service has acknowledged them; how far this came is durable too. What is sent
//! again keeps the index that it has there, so that a stop on either side loses nothing
//! and doubles nothing. The ledger's key is remembered from the first contact on: entries
//! go to no ledger with another one.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use ledger::Receipt;
use signing::ports::PortError;
use store::{Change, Row, Store};
use tokio::{sync::Mutex, task::JoinHandle, time::MissedTickBehavior};

use crate::{
    adapters::remote::{Remote, unexpected},
    wire::Anchors,
};

/// Tenant and names of what is kept: how many entries were acknowledged, and what the
/// trust service said of itself.
const TENANT: &str = "house";
const SENT: &str = "entries-sent";
const ANCHORS: &str = "trust-anchors";
/// Entries that are sent at once; each has at most some kilobytes.
const BATCH: u32 = 128;
/// How often it looks for entries.
const INTERVAL: Duration = Duration::from_millis(500);
/// What is logged once in so many failures, when the trust service is away.
const EVERY: u32 = 120;
const LEDGER: &str = "ledger";

/// Sends entries, and asks for their receipts.
pub struct Forwarder {
    store: Store,
    remote: Remote,
    turn: Mutex<()>,
}

impl Forwarder {
    /// From a store to a trust service.
    pub fn new(store: Store, remote: Remote) -> Self {
        let turn = Mutex::default();
        Self {
            store,
            remote,
            turn,
        }
    }

    /// The trust service.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Sends for ever.
    pub fn spawn(self: &Arc<Self>) -> JoinHandle<()> {
        let forwarder = Arc::clone(self);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(INTERVAL);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut failures = 0_u32;
            loop {
                tick.tick().await;
                match forwarder.forward().await {
                    Ok(()) => failures = 0,
                    Err(error) => {
                        if failures.is_multiple_of(EVERY) {
                            tracing::warn!(%error, "ledger entries wait for the trust service");
                        }
                        failures = failures.saturating_add(1);
                    }
                }
            }
        })
    }

    /// Sends all entries that wait.
    pub async fn forward(&self) -> Result<(), PortError> {
        let _turn = self.turn.lock().await;
        let (mut sent, mut known) = (self.sent().await?, false);
        loop {
            let entries = self.store.ledger_entries(sent, BATCH).await;
            let entries = entries.map_err(|e| unreadable(&e))?;
            if entries.is_empty() {
                return Ok(());
            }
            if !known {
                // Whoever answers at this address now: entries go to no other ledger.
                self.same_ledger(&self.remote.anchors().await?).await?;
                known = true;
            }
            self.remote.append(&entries).await?;
            sent += entries.len() as u64;
            self.keep(SENT, sent.to_string()).await?;
        }
    }

    /// Receipts for entries by their places in the store. What was not sent is sent first.
    ///
    /// # Errors
    /// `receipts-pending` when the trust service is away.
    pub async fn receipts(&self, entries: &[u64]) -> Result<Vec<Receipt>, PortError> {
        self.forward().await.map_err(pending)?;
        let mut bodies: Vec<Bytes> = Vec::with_capacity(entries.len());
        for entry in entries {
            let body = self.store.ledger_entries(*entry, 1).await;
            bodies.extend(body.map_err(|e| unreadable(&e))?);
        }
        let key = self.anchors().await?.ledger_key;
        // They are there: this asks where.
        let indexes = self.remote.append(&bodies).await.map_err(pending)?;
        let mut receipts = Vec::with_capacity(entries.len());
        for (index, body) in indexes.into_iter().zip(bodies) {
            let receipt = self.remote.receipt(index).await.map_err(pending)?;
            let proven = receipt.verify(&key).ok();
            if proven.is_none_or(|proven| proven != body) {
                return Err(unexpected(LEDGER, "a receipt that proves nothing"));
            }
            receipts.push(receipt);
        }
        Ok(receipts)
    }

    /// What the trust service says of itself, or said last when it is away.
    ///
    /// # Errors
    /// `ledger-key-changed` when it has another ledger than before.
    pub async fn anchors(&self) -> Result<Anchors, PortError> {
        match (self.remote.anchors().await, self.kept().await?) {
            (Ok(said), _) => {
                self.same_ledger(&said).await?;
                Ok(said)
            }
            (Err(_), Some(kept)) => Ok(kept),
            (Err(error), None) => Err(error),
        }
    }

    /// What the trust service said last.
    async fn kept(&self) -> Result<Option<Anchors>, PortError> {
        let kept = self.store.setting(TENANT, ANCHORS).await;
        let kept = kept.map_err(|e| unreadable(&e))?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Refuses a ledger with another key than that of the first contact, and keeps what is
    /// new otherwise.
    async fn same_ledger(&self, said: &Anchors) -> Result<(), PortError> {
        let kept = self.kept().await?;
        if kept
            .as_ref()
            .is_some_and(|kept| kept.ledger_key != said.ledger_key)
        {
            return Err(PortError {
                port: LEDGER,
                code: "ledger-key-changed".into(),
                reason: "the trust service has another ledger than before; connect the one that \
                         has this house's entries"
                    .to_owned(),
            });
        }
        if kept.as_ref() != Some(said) {
            let text = serde_json::to_string(said);
            let text = text.map_err(|_| unexpected(LEDGER, "anchors that cannot be kept"))?;
            self.keep(ANCHORS, text).await?;
        }
        Ok(())
    }

    async fn sent(&self) -> Result<u64, PortError> {
        let sent = self
            .store
            .setting(TENANT, SENT)
            .await
            .map_err(|e| unreadable(&e))?;
        Ok(sent.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    async fn keep(&self, name: &str, value: String) -> Result<(), PortError> {
        let name = name.to_owned();
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![Row::Setting { name, value }],
            ..Change::default()
        };
        let kept = self.store.commit(change).await;
        kept.map(|_| ()).map_err(|error| PortError {
            port: LEDGER,
            code: "store-failed".into(),
            reason: error.to_string(),
        })
    }
}

fn unreadable(error: &store::ReadError) -> PortError {
    PortError {
        port: LEDGER,
        code: "store-unreadable".into(),
        reason: error.to_string(),
    }
}

/// Whatever keeps the trust service from answering, the entries are durable here.
fn pending(error: PortError) -> PortError {
    if error.code != "trust-unreachable" {
        return error;
    }
    PortError {
        code: "receipts-pending".into(),
        reason: "the entries are durable here and wait for the trust service; ask again later"
            .to_owned(),
        ..error
    }
}
