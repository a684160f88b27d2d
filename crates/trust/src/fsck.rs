//! Reading the whole log again, a bundle and the tiles over it at a time.

use bytes::Bytes;
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
/// `kept` are checkpoints of this log that somebody kept: the log must still contain each.
///
/// # Errors
/// [`TrustError::Ledger`] names the first entry, or else the first tile, that is not
/// what was signed.
pub async fn fsck(
    store: &Store,
    keys: &Keys,
    origin: &str,
    kept: &[String],
) -> Result<Clean, TrustError> {
    let log = Log::open(store.clone(), keys, origin, false).await?;
    for kept in kept {
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
            let bundle = Bundle::read(self, audit.size(), signed.size).await?;
            for index in bundle.judge().map_err(damaged)? {
                bundle.repeats(self, index).await?;
            }
            self.step(&mut audit, &bundle.committed).await?;
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

/// One bundle, as it is published and as its entries were committed.
struct Bundle {
    /// Index of its first entry.
    first: u64,
    /// How many entries it must have.
    width: u64,
    published: Bytes,
    committed: Vec<Vec<u8>>,
    /// Index and identifier of each row.
    rows: Vec<(u64, Option<Vec<u8>>)>,
}

impl Bundle {
    /// Reads the one that begins with entry `first` of a log of `size` entries.
    async fn read(log: &Log, first: u64, size: u64) -> Result<Self, TrustError> {
        let path = bundle_path(first / BUNDLE, size);
        let missing = || {
            damaged(format!(
                "{path}, with the entries from {first} on, is missing"
            ))
        };
        let published = log.objects.read(&path).await?.ok_or_else(missing)?;
        let width = (size - first).min(BUNDLE);
        let limit = u32::try_from(width).unwrap_or(u32::MAX);
        let committed = log.store.ledger_entries(first, limit).await?;
        Ok(Self {
            first,
            width,
            published,
            committed: committed.iter().map(|entry| entry.to_vec()).collect(),
            rows: log.store.ledger_ids(first, limit).await?,
        })
    }

    /// Whether both are the same, and each row is that of its entry. Gives the entries
    /// whose rows have no identifier: each must repeat an earlier one.
    fn judge(&self) -> Result<Vec<u64>, Fault> {
        let expected = write_bundle(&self.committed);
        if self.published != expected || self.committed.len() as u64 != self.width {
            let same = self.published.iter().zip(&expected);
            let same = same.take_while(|(a, b)| a == b).count();
            // The entry in which they begin to differ.
            let ends = self.committed.iter().scan(0, |end, entry| {
                *end += 2 + entry.len();
                Some(*end)
            });
            let before = ends.take_while(|end| *end <= same).count();
            return Err(Fault::Entry(self.first + before as u64));
        }
        let mut unnamed = Vec::new();
        for ((index, entry), (there, id)) in (self.first..).zip(&self.committed).zip(&self.rows) {
            let own = id.as_ref().is_none_or(|id| *id == entry_id(entry));
            if *there != index || !own {
                return Err(Fault::Entry(index));
            }
            if id.is_none() {
                unnamed.push(index);
            }
        }
        Ok(unnamed)
    }

    /// Without an identifier is an entry that repeats one, from before each was there once.
    async fn repeats(&self, log: &Log, index: u64) -> Result<(), TrustError> {
        let place = usize::try_from(index - self.first).unwrap_or(usize::MAX);
        let entry = self.committed.get(place);
        let own = entry_id(entry.map_or(&[][..], Vec::as_slice));
        let first = log.store.ledger_index(&own).await?;
        match first.filter(|first| *first < index) {
            Some(_) => Ok(()),
            None => Err(damaged(Fault::Entry(index))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crypto::KeyStore;
    use store::Change;
    use tempfile::TempDir;

    use super::*;
    use crate::Settings;

    const SIZE: u64 = 1000;

    /// A log of a thousand entries in memory, bundle by bundle: what the steps of fsck read.
    struct Memory {
        bundles: Vec<Bundle>,
        /// The audit before and after each bundle, and the tiles that it asks for then.
        steps: Vec<Step>,
    }

    struct Step {
        before: Audit,
        after: Audit,
        /// Path, as it must be, as it is kept.
        tiles: Vec<(String, Vec<u8>, Vec<u8>)>,
    }

    impl Memory {
        /// Made by the service, read from its disk.
        async fn read() -> Self {
            let folder = TempDir::new().unwrap();
            let store = Store::open(folder.path()).await.unwrap();
            let keys = KeyStore::create(&folder.path().join("keys"), "passphrase").unwrap();
            let settings = Settings {
                operator: "测试运营方".to_owned(),
                origin: "test.example/log".to_owned(),
                url: String::new(),
            };
            let clock: crate::Clock = Arc::new(|| 1_800_000_000_000);
            let trust = Trust::open(store.clone(), Arc::new(keys), settings, clock);
            let trust = trust.await.unwrap();
            let there = store.ledger_size().await.unwrap();
            let entries = (there..SIZE).map(|index| format!("entry {index}").into_bytes().into());
            let change = Change {
                tenant: "t".to_owned(),
                ledger: entries.collect(),
                ..Change::default()
            };
            store.commit(change).await.unwrap();
            assert_eq!(trust.sequence().await.unwrap(), SIZE);
            let log = &trust.0.log;
            let (mut bundles, mut steps, mut audit) = (Vec::new(), Vec::new(), Audit::new(SIZE));
            while audit.size() < SIZE {
                let bundle = Bundle::read(log, audit.size(), SIZE).await.unwrap();
                assert_eq!(bundle.judge(), Ok(Vec::new()), "no false alarm");
                let before = audit.clone();
                let mut tiles = Vec::new();
                for (path, expected) in audit.entries(&bundle.committed).unwrap() {
                    let kept = log.objects.read(&path).await.unwrap().unwrap().to_vec();
                    audit.compare(&path, &expected, &kept).unwrap();
                    tiles.push((path, expected, kept));
                }
                let after = audit.clone();
                steps.push(Step {
                    before,
                    after,
                    tiles,
                });
                bundles.push(bundle);
            }
            store.close().await;
            Self { bundles, steps }
        }
    }

    fn bits(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> + use<> {
        (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, 1 << bit)))
    }

    /// The entry of a bundle that a byte is of.
    fn entry_at(committed: &[Vec<u8>], at: usize) -> u64 {
        let ends = committed.iter().scan(0, |end, entry| {
            *end += 2 + entry.len();
            Some(*end)
        });
        ends.take_while(|end| *end <= at).count() as u64
    }

    /// Every bit of every bundle and of every tile, each in the step of fsck that reads it.
    #[tokio::test]
    async fn any_flipped_bit_of_an_object_is_found_and_its_entry_named() {
        let Memory { mut bundles, steps } = Memory::read().await;
        let mut flipped = 0;
        for bundle in &mut bundles {
            let whole = bundle.published.clone();
            for (at, bit) in bits(&whole) {
                let mut changed = whole.to_vec();
                changed[at] ^= bit;
                bundle.published = changed.into();
                let entry = bundle.first + entry_at(&bundle.committed, at);
                assert_eq!(bundle.judge(), Err(Fault::Entry(entry)), "byte {at}");
                flipped += 1;
            }
            bundle.published = whole;
        }
        for (number, step) in (0_u64..).zip(&steps) {
            for (path, expected, kept) in &step.tiles {
                let mut changed = kept.clone();
                for (at, bit) in bits(kept) {
                    changed[at] ^= bit;
                    let found = step.after.compare(path, expected, &changed).unwrap_err();
                    if path.starts_with("tile/0/") {
                        let entry = number * BUNDLE + at as u64 / 32;
                        assert_eq!(found, Fault::Entry(entry), "byte {at} of {path}");
                    } else {
                        assert!(
                            matches!(&found, Fault::Tile { path: named, .. } if named == path),
                            "{found}"
                        );
                    }
                    changed[at] ^= bit;
                    flipped += 1;
                }
            }
        }
        // 1,000 hashes, the three above them, and the bundles.
        let bundled: usize = bundles.iter().map(|bundle| bundle.published.len()).sum();
        assert_eq!(flipped, 8 * (32 * 1003 + bundled));
    }

    /// Every bit of every entry as it was committed, and every byte of index and identifier.
    #[tokio::test]
    async fn any_flipped_bit_of_a_row_is_found_and_its_entry_named() {
        let Memory { mut bundles, .. } = Memory::read().await;
        for bundle in &mut bundles {
            for place in 0..bundle.committed.len() {
                let named = Err(Fault::Entry(bundle.first + place as u64));
                for (at, bit) in bits(&bundle.committed[place].clone()) {
                    bundle.committed[place][at] ^= bit;
                    assert_eq!(bundle.judge(), named, "byte {at} of row {place}");
                    bundle.committed[place][at] ^= bit;
                }
                for at in 0..8 {
                    bundle.rows[place].0 ^= 1 << (9 * at % 63);
                    assert_eq!(bundle.judge(), named, "byte {at} of index {place}");
                    bundle.rows[place].0 ^= 1 << (9 * at % 63);
                }
                for at in 0..32 {
                    bundle.rows[place].1.as_mut().unwrap()[at] ^= 1 << (at % 8);
                    assert_eq!(bundle.judge(), named, "byte {at} of id {place}");
                    bundle.rows[place].1.as_mut().unwrap()[at] ^= 1 << (at % 8);
                }
            }
            assert_eq!(bundle.judge(), Ok(Vec::new()));
        }
    }

    /// Row, identifier and bundle are forged alike, so that the tree alone can tell.
    #[tokio::test]
    async fn any_byte_that_was_forged_everywhere_is_found_by_the_tree_and_its_entry_named() {
        let Memory { mut bundles, steps } = Memory::read().await;
        for (bundle, step) in bundles.iter_mut().zip(&steps) {
            for place in 0..bundle.committed.len() {
                for at in 0..bundle.committed[place].len() {
                    bundle.committed[place][at] ^= 1;
                    let id = entry_id(&bundle.committed[place]).to_vec();
                    let id = bundle.rows[place].1.replace(id);
                    let whole = bundle.published.clone();
                    bundle.published = write_bundle(&bundle.committed).into();
                    bundle.judge().expect("both are the same");
                    let mut audit = step.before.clone();
                    let tiles = audit.entries(&bundle.committed).unwrap();
                    let found = tiles.iter().zip(&step.tiles);
                    let mut found = found.filter_map(|((path, expected), (_, _, kept))| {
                        audit.compare(path, expected, kept).err()
                    });
                    let entry = bundle.first + place as u64;
                    assert_eq!(found.next(), Some(Fault::Entry(entry)));
                    bundle.committed[place][at] ^= 1;
                    bundle.rows[place].1 = id;
                    bundle.published = whole;
                }
            }
        }
    }
}
