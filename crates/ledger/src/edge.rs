//! The right edge of the tree, which is all that growing needs.

use crate::{
    hash::{Hash, leaf_hash, root},
    tile::{MAX_ENTRY, Tile, WIDTH, bundle_path, read_bundle, read_tile, write_bundle, write_tile},
};

/// The unfinished tile of each level and the unfinished bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
    entries: Vec<Vec<u8>>,
}

/// What growing gave: bytes to be kept under paths, full tiles and bundles before
/// partial ones. All partial ones of the new size are there, also those that did not
/// change. No path ever gets other bytes.
#[derive(Debug, Default)]
pub struct Growth {
    /// Path and bytes.
    pub objects: Vec<(String, Vec<u8>)>,
}

/// The edge cannot be read or cannot grow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// A tile of the edge is missing or malformed.
    #[error("{0} is missing or malformed")]
    Missing(String),
    /// An entry of the unfinished bundle is not the one whose hash the tile has.
    #[error("entry {0} is not what was logged")]
    Entry(u64),
    /// An entry is longer than two bytes can say.
    #[error("an entry has at most {MAX_ENTRY} bytes, this one has {0}")]
    TooLong(usize),
}

impl Edge {
    /// Paths that [`load`](Self::load) needs for a tree of `size` entries.
    #[must_use]
    pub fn paths(size: u64) -> Vec<String> {
        let partial = |level: u8| {
            let on_level = size >> (8 * u32::from(level));
            let width = on_level % WIDTH;
            (width > 0).then(|| Tile::holding(level, on_level - 1, size).path())
        };
        let mut paths: Vec<String> = (0..8).filter_map(partial).collect();
        if !size.is_multiple_of(WIDTH) {
            paths.push(bundle_path(size / WIDTH, size));
        }
        paths
    }

    /// Reads the edge of a tree of `size` entries.
    pub fn load(size: u64, read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, EdgeError> {
        let mut levels = Vec::new();
        for level in 0..8_u8 {
            let on_level = size >> (8 * u32::from(level));
            if on_level == 0 {
                break;
            }
            let width = u16::try_from(on_level % WIDTH).unwrap_or(0);
            if width == 0 {
                levels.push(Vec::new());
                continue;
            }
            let path = Tile::holding(level, on_level - 1, size).path();
            let tile = read(&path).and_then(|bytes| read_tile(&bytes, width));
            levels.push(tile.ok_or(EdgeError::Missing(path))?);
        }
        let mut entries = Vec::new();
        if !size.is_multiple_of(WIDTH) {
            let path = bundle_path(size / WIDTH, size);
            let bundle = read(&path).and_then(|bytes| read_bundle(&bytes));
            let whole = bundle.filter(|b| b.len() as u64 == size % WIDTH);
            entries = whole.ok_or(EdgeError::Missing(path))?;
        }
        // It goes on into the next bundle: what is wrong now would be published again.
        let first = size - entries.len() as u64;
        for ((index, entry), hash) in (first..).zip(&entries).zip(levels.iter().flatten()) {
            if leaf_hash(entry) != *hash {
                return Err(EdgeError::Entry(index));
            }
        }
        Ok(Self {
            size,
            levels,
            entries,
        })
    }

    /// How many entries the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut below: Option<Hash> = None;
        for level in &self.levels {
            let mut hashes = level.clone();
            hashes.extend(below);
            if !hashes.is_empty() {
                below = Some(root(&hashes));
            }
        }
        below.unwrap_or_else(|| root(&[]))
    }

    /// The entries of the unfinished bundle.
    pub(crate) fn pending(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// Appends entries and gives what must be kept of them.
    pub fn grow(&mut self, entries: &[Vec<u8>]) -> Result<Growth, EdgeError> {
        if let Some(long) = entries.iter().find(|entry| entry.len() > MAX_ENTRY) {
            return Err(EdgeError::TooLong(long.len()));
        }
        let mut objects = Vec::new();
        for entry in entries {
            self.size += 1;
            self.entries.push(entry.clone());
            if self.entries.len() as u64 == WIDTH {
                let path = bundle_path((self.size - 1) / WIDTH, self.size);
                objects.push((path, write_bundle(&std::mem::take(&mut self.entries))));
            }
            self.push(0, leaf_hash(entry), &mut objects);
        }
        if entries.is_empty() {
            return Ok(Growth { objects });
        }
        objects.extend(self.partial());
        Ok(Growth { objects })
    }

    /// The partial tiles and bundle at this size.
    pub(crate) fn partial(&self) -> Vec<(String, Vec<u8>)> {
        let mut objects = Vec::new();
        for (level, hashes) in (0_u8..).zip(&self.levels) {
            if !hashes.is_empty() {
                let on_level = self.size >> (8 * u32::from(level));
                let path = Tile::holding(level, on_level - 1, self.size).path();
                objects.push((path, write_tile(hashes)));
            }
        }
        if !self.entries.is_empty() {
            let path = bundle_path(self.size / WIDTH, self.size);
            objects.push((path, write_bundle(&self.entries)));
        }
        objects
    }

    fn push(&mut self, level: u8, hash: Hash, objects: &mut Vec<(String, Vec<u8>)>) {
        let at = usize::from(level);
        if self.levels.len() == at {
            self.levels.push(Vec::new());
        }
        let Some(tile) = self.levels.get_mut(at) else {
            return;
        };
        tile.push(hash);
        if tile.len() as u64 == WIDTH {
            let full = std::mem::take(tile);
            let index = (self.size >> (8 * u32::from(level))).div_ceil(WIDTH) - 1;
            objects.push((
                Tile {
                    level,
                    index,
                    width: 256,
                }
                .path(),
                write_tile(&full),
            ));
            self.push(level + 1, root(&full), objects);
        }
    }
}
