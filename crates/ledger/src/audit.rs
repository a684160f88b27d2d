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

/// Grows the log anew, so that what comes out can be compared with what is kept.
/// Memory does not grow with the log.
///
/// The caller reads: it gives the entries bundle by bundle, gets the tiles that these
/// must have given, and compares each with the one that it keeps.
pub struct Audit {
    edge: Edge,
    /// Entries of the whole log.
    whole: u64,
}

impl Audit {
    /// An audit of a log of this many entries.
    #[must_use]
    pub fn new(whole: u64) -> Self {
        Self { edge: Edge::default(), whole }
    }

    /// Takes the entries of the next bundle: 256, or fewer at the end of the log. Gives
    /// the tiles that they complete, path and bytes.
    pub fn entries(&mut self, entries: &[Vec<u8>]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
        let mut tiles = self.edge.grow(entries)?.objects;
        // Partial tiles are kept of the sizes that were signed, and the last one is.
        let last = self.edge.size() >= self.whole;
        tiles.retain(|(path, _)| {
            !path.starts_with("tile/entries/") && (last || !path.contains(".p/"))
        });
        Ok(tiles)
    }

    /// Compares a tile with the one that is kept under its path; empty when there is
    /// none.
    pub fn compare(&self, path: &str, computed: &[u8], kept: &[u8]) -> Result<(), Fault> {
        if computed == kept {
            return Ok(());
        }
        let first = self.edge.size().saturating_sub(1) / WIDTH * WIDTH;
        let different = computed.chunks(32).zip(kept.chunks(32)).position(|(a, b)| a != b);
        match different {
            Some(at) if path.starts_with("tile/0/") => Err(Fault::Entry(first + at as u64)),
            _ => Err(Fault::Tile { path: path.to_owned(), size: self.edge.size() }),
        }
    }

    /// Compares the root with the signed one.
    pub fn finish(self, root: &Hash) -> Result<u64, Fault> {
        if self.edge.root() == *root { Ok(self.edge.size()) } else { Err(Fault::Root) }
    }

    /// How many entries were read.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }
}
