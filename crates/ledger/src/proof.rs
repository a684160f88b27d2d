//! Inclusion and consistency proofs (RFC 6962, 2.1.1 and 2.1.2).

use std::collections::{BTreeSet, HashMap};

use crate::{
    hash::{Hash, node_hash, root, split},
    tile::{Tile, WIDTH, read_tile},
};

/// Tiles in memory, by path.
pub type Tiles = HashMap<String, Vec<u8>>;

/// Why a proof cannot be made or is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A tile is needed: read it, put it into the tiles and ask again. When it is there
    /// already, it has not the length that it must have.
    #[error("tile {0} is needed")]
    Missing(String),
    /// The entry or the earlier size is not in the tree.
    #[error("the tree has {size} entries, {asked} is beyond it")]
    Beyond {
        /// What was asked for.
        asked: u64,
        /// Entries in the tree.
        size: u64,
    },
    /// The proof does not lead to the root.
    #[error("the proof does not lead from the entry to the root")]
    Wrong,
}

/// The tile that has the hash over `begin` to `end`, or the hashes from which it comes:
/// which of them, and how many. None when the range is no whole subtree.
fn holding(begin: u64, end: u64, size: u64) -> Option<(Tile, u64, u64)> {
    let count = end - begin;
    if !count.is_power_of_two() || !begin.is_multiple_of(count) {
        return None;
    }
    let height = count.trailing_zeros();
    let level = u8::try_from(height / 8).unwrap_or(7);
    let unit = 8 * u32::from(level);
    let (first, wide) = (begin >> unit, count >> unit);
    Some((Tile::holding(level, first, size), first, wide))
}

/// Paths of the tiles that [`inclusion`] needs, so that they can be read at once.
#[must_use]
pub fn inclusion_tiles(index: u64, size: u64) -> BTreeSet<String> {
    let (mut begin, mut end) = (0, size);
    let mut paths = BTreeSet::new();
    while index < size && end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            need(middle, end, size, &mut paths);
            end = middle;
        } else {
            need(begin, middle, size, &mut paths);
            begin = middle;
        }
    }
    paths
}

fn need(begin: u64, end: u64, size: u64, paths: &mut BTreeSet<String>) {
    if let Some((tile, ..)) = holding(begin, end, size) {
        paths.insert(tile.path());
        return;
    }
    let middle = begin + split(end - begin);
    need(begin, middle, size, paths);
    need(middle, end, size, paths);
}

/// Hash over the entries from `begin` to `end`; a whole subtree or the right edge.
fn range(begin: u64, end: u64, size: u64, tiles: &Tiles) -> Result<Hash, ProofError> {
    let Some((tile, first, wide)) = holding(begin, end, size) else {
        let middle = begin + split(end - begin);
        let left = range(begin, middle, size, tiles)?;
        return Ok(node_hash(&left, &range(middle, end, size, tiles)?));
    };
    let missing = || ProofError::Missing(tile.path());
    let bytes = tiles.get(&tile.path()).ok_or_else(missing)?;
    let hashes = read_tile(bytes, tile.width).ok_or_else(missing)?;
    let start = usize::try_from(first % WIDTH).unwrap_or(0);
    let end = start + usize::try_from(wide).unwrap_or(0);
    Ok(root(hashes.get(start..end).ok_or_else(missing)?))
}

/// The path from entry `index` to the root of a tree of `size`.
pub fn inclusion(index: u64, size: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::Beyond { asked: index, size });
    }
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(range(middle, end, size, tiles)?);
            end = middle;
        } else {
            path.push(range(begin, middle, size, tiles)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` leads from a leaf's hash to the root.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    expected: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Beyond { asked: index, size });
    }
    // From the root down: on which side the entry lies; then the path upwards.
    let (mut begin, mut end) = (0, size);
    let mut sides = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        let left = index < middle;
        sides.push(left);
        if left { end = middle } else { begin = middle }
    }
    if sides.len() != path.len() {
        return Err(ProofError::Wrong);
    }
    let up = sides
        .iter()
        .rev()
        .zip(path)
        .fold(*leaf, |hash, (left, sibling)| {
            if *left {
                node_hash(&hash, sibling)
            } else {
                node_hash(sibling, &hash)
            }
        });
    if up == *expected {
        Ok(())
    } else {
        Err(ProofError::Wrong)
    }
}

/// Proof that a tree of `size` begins with the tree of size `before`.
pub fn consistency(before: u64, size: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    if before > size {
        return Err(ProofError::Beyond {
            asked: before,
            size,
        });
    }
    if before == 0 || before == size {
        return Ok(Vec::new());
    }
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while before != end {
        let middle = begin + split(end - begin);
        if before <= middle {
            path.push(range(middle, end, size, tiles)?);
            end = middle;
        } else {
            path.push(range(begin, middle, size, tiles)?);
            begin = middle;
        }
    }
    if begin != 0 {
        path.push(range(begin, end, size, tiles)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether a consistency proof leads from the earlier root to the later one.
pub fn verify_consistency(
    before: u64,
    earlier: &Hash,
    size: u64,
    later: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if before > size {
        return Err(ProofError::Beyond {
            asked: before,
            size,
        });
    }
    let wrong = (before == 0 && *earlier != root(&[])) || (before == size && earlier != later);
    if wrong {
        return Err(ProofError::Wrong);
    }
    if before == 0 || before == size {
        // Nothing to prove: the empty tree begins every tree.
        return path.is_empty().then_some(()).ok_or(ProofError::Wrong);
    }
    let (mut begin, mut end) = (0, size);
    let mut sides = Vec::new();
    while before != end {
        let middle = begin + split(end - begin);
        let left = before <= middle;
        sides.push(left);
        if left { end = middle } else { begin = middle }
    }
    let mut path = path.iter();
    let start = if begin == 0 {
        Some(earlier)
    } else {
        path.next()
    };
    let start = *start.ok_or(ProofError::Wrong)?;
    let (mut old, mut new) = (start, start);
    for left in sides.iter().rev() {
        let sibling = path.next().ok_or(ProofError::Wrong)?;
        if *left {
            new = node_hash(&new, sibling);
        } else {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        }
    }
    let whole = path.next().is_none();
    if whole && old == *earlier && new == *later {
        Ok(())
    } else {
        Err(ProofError::Wrong)
    }
}
