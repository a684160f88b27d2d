//! Reading a whole log again.

use crate::{
    edge::{Edge, EdgeError},
    hash::{Hash, leaf_hash},
    tile::{Tile, WIDTH, write_tile},
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
#[derive(Clone)]
pub struct Audit {
    edge: Edge,
    /// Entries of the whole log.
    whole: u64,
    /// Index of the first entry of the last bundle.
    first: u64,
    /// A bundle had more or fewer entries than it must have.
    odd: Option<Fault>,
}

impl Audit {
    /// An audit of a log of this many entries.
    #[must_use]
    pub fn new(whole: u64) -> Self {
        Self {
            edge: Edge::default(),
            whole,
            first: 0,
            odd: None,
        }
    }

    /// An audit of what a log of this many entries has beyond an edge that is known to be
    /// right.
    #[must_use]
    pub fn after(edge: Edge, whole: u64) -> Self {
        Self {
            first: edge.size(),
            edge,
            ..Self::new(whole)
        }
    }

    /// Takes the entries of the next bundle: 256, or fewer at the end of the log. Gives
    /// the tiles that they complete, path and bytes. The bundle in which a known edge ends
    /// is taken whole too.
    ///
    /// Of another number of entries the tile above them is given, which tells where
    /// they begin to differ; the audit does not go on after them.
    pub fn entries(&mut self, entries: &[Vec<u8>]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
        if let Some(fault) = &self.odd {
            return Err(fault.clone());
        }
        let known = self.edge.pending();
        let same = known.iter().zip(entries).take_while(|(a, b)| a == b);
        let same = same.count();
        self.first = self.edge.size();
        if same < known.len() {
            let before = (known.len() - same) as u64;
            return Err(Fault::Entry(self.first - before));
        }
        let entries = entries.get(same..).unwrap_or_default();
        let expected = (self.whole - self.first).min(WIDTH - same as u64);
        let given = entries.len() as u64;
        if given != expected {
            let fault = Fault::Entry(self.first + given.min(expected));
            if expected == 0 {
                return Err(fault);
            }
            self.odd = Some(fault);
            let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
            let tile = Tile::holding(0, self.first, self.whole);
            return Ok(vec![(tile.path(), write_tile(&hashes))]);
        }
        let mut tiles = self.edge.grow(entries)?.objects;
        // Of the partial tiles those at the signed size are sure to be kept.
        let last = self.edge.size() == self.whole;
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
        if path.starts_with("tile/0/") && !kept.is_empty() {
            let pairs = computed.chunks(32).zip(kept.chunks(32));
            let same = pairs.take_while(|(a, b)| a == b).count();
            return Err(Fault::Entry(self.first + same as u64));
        }
        Err(Fault::Tile {
            path: path.to_owned(),
            size: self.edge.size(),
        })
    }

    /// The tree as it was read.
    ///
    /// # Errors
    /// [`Fault`] when a bundle had more or fewer entries than it must have.
    pub fn edge(self) -> Result<Edge, Fault> {
        self.odd.map_or(Ok(self.edge), Err)
    }

    /// Compares the root with the signed one.
    pub fn finish(self, root: &Hash) -> Result<u64, Fault> {
        if let Some(fault) = self.odd {
            return Err(fault);
        }
        if self.edge.size() == self.whole && self.edge.root() == *root {
            Ok(self.whole)
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
