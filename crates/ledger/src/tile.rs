//! Tiles and entry bundles: paths and bytes (C2SP tlog-tiles).

use crate::hash::Hash;

/// Hashes in a full tile, entries in a full bundle.
pub(crate) const WIDTH: u64 = 256;
/// The longest entry, in bytes: its length has two bytes.
pub const MAX_ENTRY: usize = 65_535;

/// A tile's place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Level: each is eight levels of the tree.
    pub level: u8,
    /// Index on its level.
    pub index: u64,
    /// Hashes in it, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// `tile/<level>/<index>`, with `.p/<width>` for a partial one.
    #[must_use]
    pub fn path(&self) -> String {
        format!(
            "tile/{}/{}",
            self.level,
            place(self.index, u64::from(self.width))
        )
    }

    /// The tile of a level that holds hash number `at`, in a tree of `size` entries.
    pub(crate) fn holding(level: u8, at: u64, size: u64) -> Self {
        let on_level = size >> (8 * u32::from(level));
        let index = at / WIDTH;
        let width = on_level.saturating_sub(index * WIDTH).min(WIDTH);
        Self {
            level,
            index,
            width: u16::try_from(width).unwrap_or(256),
        }
    }
}

/// The path of the bundle with entries from `256 × index` on, in a tree of `size`.
#[must_use]
pub fn bundle_path(index: u64, size: u64) -> String {
    let width = size.saturating_sub(index * WIDTH).min(WIDTH);
    format!("tile/entries/{}", place(index, width))
}

/// An index in groups of three digits, all but the last with an `x`.
fn place(index: u64, width: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH {
        format!("{path}.p/{width}")
    } else {
        path
    }
}

pub(crate) fn write_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The bytes of a bundle.
#[must_use]
pub fn write_bundle(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    bundle
}

/// The entries of a bundle. `None` when its lengths do not add up.
#[must_use]
pub fn read_bundle(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bytes = rest;
    }
    Some(entries)
}

pub(crate) fn read_tile(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == usize::from(width)).then(|| hashes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_the_specification_has_them() {
        let tile = |level, index, width| {
            Tile {
                level,
                index,
                width,
            }
            .path()
        };
        assert_eq!(tile(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile(1, 0, 3), "tile/1/000.p/3");
        assert_eq!(bundle_path(5, 5 * 256 + 7), "tile/entries/005.p/7");
    }
}
