//! The log's tiles and bundles in the object store.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use ledger::{Hash, ProofError, Tiles, inclusion, inclusion_tiles};
use store::Store;

use crate::{TrustError, log::damaged};

/// Where they lie.
const FOLDER: &str = "ledger/";
/// Reads and writes at once: each waits for the disk.
const AT_ONCE: usize = 16;

/// The objects of the log of a store, by the paths of C2SP tlog-tiles.
#[derive(Clone)]
pub struct LogObjects(Store);

impl LogObjects {
    /// Those of this store.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        Self(store.clone())
    }

    /// One of them, as it is kept.
    pub async fn read(&self, path: &str) -> Result<Option<Bytes>, TrustError> {
        Ok(self.0.object(&format!("{FOLDER}{path}")).await?)
    }

    /// Keeps objects, durably. The same bytes again are fine.
    ///
    /// # Errors
    /// [`TrustError::Ledger`] when other bytes are kept under one of the paths.
    pub async fn write(&self, objects: Vec<(String, Vec<u8>)>) -> Result<(), TrustError> {
        let write = |(path, bytes): (String, Vec<u8>)| async move {
            let path = format!("{FOLDER}{path}");
            match self.0.put_object(&path, bytes.into()).await {
                Err(error @ store::ReadError::Differs(_)) => Err(damaged(error)),
                done => Ok(done?),
            }
        };
        let writes = stream::iter(objects).map(write);
        writes.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Proof that entry `index` is in the tree of `size` entries.
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, TrustError> {
        let read = |path: String| async move {
            let tile = self.read(&path).await?;
            let tile = tile.ok_or_else(|| damaged(format!("{path} is missing")))?;
            Ok::<_, TrustError>((path, tile.to_vec()))
        };
        let reads = stream::iter(inclusion_tiles(index, size)).map(read);
        let tiles: Tiles = reads.buffer_unordered(AT_ONCE).try_collect().await?;
        inclusion(index, size, &tiles).map_err(damaged)
    }

    /// Makes a proof from the tiles that it asks for.
    pub async fn prove(
        &self,
        make: impl Fn(&Tiles) -> Result<Vec<Hash>, ProofError>,
    ) -> Result<Vec<Hash>, TrustError> {
        let mut tiles = Tiles::new();
        loop {
            match make(&tiles) {
                Ok(proof) => return Ok(proof),
                Err(ProofError::Missing(path)) if !tiles.contains_key(&path) => {
                    let missing = || damaged(format!("{path} is missing"));
                    let tile = self.read(&path).await?.ok_or_else(missing)?;
                    tiles.insert(path, tile.to_vec());
                }
                Err(error) => return Err(damaged(error)),
            }
        }
    }
}
