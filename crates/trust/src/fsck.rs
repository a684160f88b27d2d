//! Reading the whole log again.

use ledger::{Audit, Checkpoint, Fault, bundle_path, read_bundle};
use serde::Serialize;

use crate::{
    TENANT, Trust, TrustError,
    log::{Log, damaged},
};

/// Entries of one bundle.
const BUNDLE: u64 = 256;

/// A log without a fault.
#[derive(Debug, Clone, Serialize)]
pub struct Clean {
    /// `clean`.
    pub verdict: &'static str,
    /// Entries under the checkpoint, all of which were read.
    pub entries: u64,
    /// Entries that wait to be sequenced.
    pub waiting: u64,
    /// Root of the tree, hexadecimal.
    pub root: String,
}

impl Trust {
    /// Reads every entry, bundle and tile under the last checkpoint and computes the
    /// tree anew. Memory does not grow with the log.
    ///
    /// # Errors
    /// [`TrustError::Ledger`] names the first entry, or else the first tile, that is
    /// not what was signed.
    pub async fn fsck(&self) -> Result<Clean, TrustError> {
        self.0.log.audit().await
    }
}

impl Log {
    /// See [`Trust::fsck`].
    pub async fn audit(&self) -> Result<Clean, TrustError> {
        let last = self.store.ledger_checkpoint(TENANT).await?;
        let Some(last) = last else {
            let waiting = self.store.ledger_size().await?;
            return Ok(clean(0, waiting, [0; 32]));
        };
        let signed = Checkpoint::open(&last.note, &self.key.verifier()).map_err(damaged)?;
        if signed.size != last.size {
            return Err(damaged("the checkpoint is filed under another size"));
        }
        let mut audit = Audit::new(signed.size);
        while audit.size() < signed.size {
            let entries = bundle(self, audit.size(), signed.size).await?;
            step(self, &mut audit, &entries).await?;
        }
        audit.finish(&signed.root).map_err(damaged)?;
        let there = self.store.ledger_size().await?;
        Ok(clean(
            signed.size,
            there.saturating_sub(signed.size),
            signed.root,
        ))
    }
}

fn clean(entries: u64, waiting: u64, root: [u8; 32]) -> Clean {
    Clean {
        verdict: "clean",
        entries,
        waiting,
        root: hex::encode(root),
    }
}

/// The entries from `first` on as they are published, compared with those that were
/// committed.
async fn bundle(log: &Log, first: u64, size: u64) -> Result<Vec<Vec<u8>>, TrustError> {
    let path = bundle_path(first / BUNDLE, size);
    let published = log
        .object(&path)
        .await?
        .and_then(|bytes| read_bundle(&bytes));
    let published = published.ok_or_else(|| damaged(format!("{path} is missing or malformed")))?;
    let width = u32::try_from((size - first).min(BUNDLE)).unwrap_or(u32::MAX);
    let committed = log.store.ledger_entries(first, width).await?;
    let same = published
        .iter()
        .zip(&committed)
        .take_while(|(a, b)| a == b)
        .count();
    if same != published.len() || published.len() != committed.len() {
        return Err(damaged(Fault::Entry(first + same as u64)));
    }
    if published.len() as u64 != u64::from(width) {
        return Err(damaged(Fault::Entry(first + published.len() as u64)));
    }
    Ok(published)
}

/// Feeds one bundle to the audit, which compares tiles that are read as it asks.
async fn step(log: &Log, audit: &mut Audit, entries: &[Vec<u8>]) -> Result<(), TrustError> {
    for (path, expected) in audit.entries(entries).map_err(damaged)? {
        let kept = log.object(&path).await?.unwrap_or_default();
        audit.compare(&path, &expected, &kept).map_err(damaged)?;
    }
    Ok(())
}
