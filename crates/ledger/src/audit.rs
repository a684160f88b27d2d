//! Reading a whole log again.

use crate::{
    edge::{Edge, EdgeError},
    hash::Hash,
    tile::WIDTH,
};

/// What is wrong with a log, and from which entry on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An entry is not the one whose hash the tiles hold.
    #[error("entry {0} is not what was logged")]
    Entry(u64),
    /// A tile above the entries is not what the entries give.
    #[error("{path} is not what the entries up to {size} give")]
    Tile {
        /// Which tile.
        path: String,
        /// Entries read so far.
        size: u64,
    },
    /// The root is not the one that was signed.
    #[error("the entries give another root than the one that was signed")]
    Root,
    /// An entry cannot be in a log.
    #[error(transparent)]
    Edge(#[from] EdgeError),
}

/// Grows the log anew and compares what comes out with what is kept. Memory does not
/// grow with the log.
#[derive(Default)]
pub struct Audit {
    edge: Edge,
}

impl Audit {
    /// Takes the next entries, at most 256, which must begin and end with their bundle.
    /// `kept` gives what is kept under a path.
    pub fn entries(
        &mut self,
        entries: &[Vec<u8>],
        kept: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), Fault> {
        let first = self.edge.size();
        let growth = self.edge.grow(entries)?;
        // Full tiles come before partial ones; those of the last size alone are kept.
        for (path, bytes) in growth.objects {
            if path.starts_with("tile/entries/") {
                continue;
            }
            let there = kept(&path).unwrap_or_default();
            if there != bytes {
                return Err(fault(&path, &bytes, &there, first, self.edge.size()));
            }
        }
        Ok(())
    }

    /// Compares the root with the signed one.
    pub fn finish(self, root: &Hash) -> Result<u64, Fault> {
        if self.edge.root() == *root {
            Ok(self.edge.size())
        } else {
            Err(Fault::Root)
        }
    }

    /// How many entries were read.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }
}

/// The first entry whose hash differs, when it is a tile of entries.
fn fault(path: &str, computed: &[u8], there: &[u8], first: u64, size: u64) -> Fault {
    let different = computed
        .chunks(32)
        .zip(there.chunks(32))
        .position(|(a, b)| a != b);
    match different {
        Some(at) if path.starts_with("tile/0/") => Fault::Entry(first / WIDTH * WIDTH + at as u64),
        _ => Fault::Tile {
            path: path.to_owned(),
            size,
        },
    }
}
