//! Reading the whole log again.

use crypto::Keys;
use ledger::{
    Audit, Checkpoint, Fault, Hash, bundle_path, consistency, verify_consistency, write_bundle,
};
use serde::Serialize;
use store::{Store, entry_id};

use crate::{
    TENANT, Trust, TrustError, journal,
    log::{BUNDLE, Log, damaged},
};

/// A log and a journal without a fault.
#[derive(Debug, Clone, Serialize)]
pub struct Clean {
    /// `clean`.
    pub verdict: &'static str,
    /// Entries under the checkpoint, all of which were read.
    pub entries: u64,
    /// Entries that wait to be sequenced.
    pub waiting: u64,
    /// Certificates in the journal, all of which are in the ledger as they were signed.
    pub certificates: u64,
    /// Certificates that are revoked, all of which are in the ledger as they were.
    pub revocations: u64,
    /// Requests to an authority elsewhere.
    pub requests: u64,
    /// Root of the tree, hexadecimal.
    pub root: String,
}

/// Reads every entry, bundle and tile under the last checkpoint and computes the tree
/// anew, then holds the certificate authority's journal against it. Changes nothing.
/// Memory does not grow with the log.
///
/// `kept` is a checkpoint of this log that somebody kept: the log must still contain it.
///
/// # Errors
/// [`TrustError::Ledger`] names the first entry, or else the first tile, that is not
/// what was signed.
pub async fn fsck(
    store: &Store,
    keys: &Keys,
    origin: &str,
    kept: Option<&str>,
) -> Result<Clean, TrustError> {
    let log = Log::open(store.clone(), keys, origin, false).await?;
    if let Some(kept) = kept {
        log.contains(kept).await?;
    }
    log.whole().await
}

impl Trust {
    /// The same as [`fsck`], of an open service.
    pub async fn fsck(&self) -> Result<Clean, TrustError> {
        self.0.log.whole().await
    }
}

impl Log {
    async fn whole(&self) -> Result<Clean, TrustError> {
        let (entries, root) = self.audit().await?;
        let audited = journal::audit(&self.store).await?;
        let there = self.store.ledger_size().await?;
        let waiting = there.saturating_sub(entries);
        let root = hex::encode(root);
        Ok(Clean {
            verdict: "clean",
            entries,
            waiting,
            certificates: audited.certificates,
            revocations: audited.revocations,
            requests: audited.requests,
            root,
        })
    }

    /// Computes the tree anew. Gives its size and root.
    pub async fn audit(&self) -> Result<(u64, Hash), TrustError> {
        let last = self.store.ledger_checkpoint(TENANT).await?;
        let Some(last) = last else {
            return Ok((0, [0; 32]));
        };
        let signed = self.key.read(&last.note)?;
        if signed.size != last.size {
            return Err(damaged("the checkpoint is filed under another size"));
        }
        let mut audit = Audit::new(signed.size);
        while audit.size() < signed.size {
            let entries = bundle(self, audit.size(), signed.size).await?;
            self.step(&mut audit, &entries).await?;
        }
        audit.finish(&signed.root).map_err(damaged)?;
        Ok((signed.size, signed.root))
    }

    /// Whether the log still begins with the one of an earlier checkpoint.
    async fn contains(&self, kept: &str) -> Result<(), TrustError> {
        let kept = Checkpoint::open(kept, &self.key.verifier()).map_err(damaged)?;
        let last = self.store.ledger_checkpoint(TENANT).await?;
        let last = last.map(|last| Checkpoint::open(&last.note, &self.key.verifier()));
        let last = last.transpose().map_err(damaged)?;
        let shorter = || {
            let (size, kept) = (last.as_ref().map_or(0, |last| last.size), kept.size);
            damaged(format!("it has {size} entries and was signed with {kept}"))
        };
        let last = last
            .as_ref()
            .filter(|last| last.size >= kept.size)
            .ok_or_else(shorter)?;
        let path = self
            .objects
            .prove(|tiles| consistency(kept.size, last.size, tiles))
            .await?;
        verify_consistency(kept.size, &kept.root, last.size, &last.root, &path).map_err(damaged)
    }
}

/// The entries from `first` on as they are published, compared with those that were
/// committed.
async fn bundle(log: &Log, first: u64, size: u64) -> Result<Vec<Vec<u8>>, TrustError> {
    let path = bundle_path(first / BUNDLE, size);
    let published = log.objects.read(&path).await?;
    let missing = || {
        damaged(format!(
            "{path}, with the entries from {first} on, is missing"
        ))
    };
    let published = published.ok_or_else(missing)?;
    let width = u32::try_from((size - first).min(BUNDLE)).unwrap_or(u32::MAX);
    let committed = log.store.ledger_entries(first, width).await?;
    let committed: Vec<Vec<u8>> = committed.iter().map(|entry| entry.to_vec()).collect();
    let expected = write_bundle(&committed);
    if published != expected || committed.len() as u64 != u64::from(width) {
        let same = published.iter().zip(&expected);
        let same = same.take_while(|(a, b)| a == b).count();
        // The entry in which they begin to differ.
        let ends = committed.iter().scan(0, |end, entry| {
            *end += 2 + entry.len();
            Some(*end)
        });
        let before = ends.take_while(|end| *end <= same).count();
        return Err(damaged(Fault::Entry(first + before as u64)));
    }
    let ids = log.store.ledger_ids(first, width).await?;
    for ((index, entry), (there, id)) in (first..).zip(&committed).zip(ids) {
        // Without an identifier is an entry that repeats one, from before each was there
        // once.
        let own = entry_id(entry);
        let repeated = match &id {
            None => log
                .store
                .ledger_index(&own)
                .await?
                .is_some_and(|at| at < index),
            Some(id) => *id == own,
        };
        if there != index || !repeated {
            return Err(damaged(Fault::Entry(index)));
        }
    }
    Ok(committed)
}
