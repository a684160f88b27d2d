//! Paths of tiles, and bundles of entries.

use ledger::{MAX_ENTRY, Tile, bundle_path, read_bundle};
use proptest::prelude::*;

use crate::house::parse;

fn path(level: u8, index: u64, width: u16) -> String {
    Tile {
        level,
        index,
        width,
    }
    .path()
}

/// C2SP tlog-tiles, "Merkle tree" and "log entries".
#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(path(0, 0, 256), "tile/0/000");
    assert_eq!(path(0, 999, 1), "tile/0/999.p/1");
    assert_eq!(path(0, 1000, 255), "tile/0/x001/000.p/255");
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(0, 1_000_000, 256), "tile/0/x001/x000/000");
    assert_eq!(path(5, 1, 112), "tile/5/001.p/112");
    assert_eq!(bundle_path(0, 256), "tile/entries/000");
    assert_eq!(bundle_path(0, 255), "tile/entries/000.p/255");
    assert_eq!(bundle_path(0, 1_000_000), "tile/entries/000");
    assert_eq!(
        bundle_path(1_234_067, 1_234_067 * 256 + 3),
        "tile/entries/x001/x234/067.p/3"
    );
}

#[test]
fn a_bundle_is_read_whole_or_not_at_all() {
    let bundle = b"\x00\x02ab\x00\x00\x00\x01c";
    let entries = [b"ab".to_vec(), Vec::new(), b"c".to_vec()];
    assert_eq!(read_bundle(bundle).unwrap(), entries);
    assert_eq!(read_bundle(b"").unwrap(), Vec::<Vec<u8>>::new());
    for cut in [1, 2, 3, 5, 7, 8] {
        assert_eq!(read_bundle(&bundle[..cut]), None, "{cut}");
    }
    assert_eq!(read_bundle(b"\xff\xffshort"), None);
    let longest = [&[0xff, 0xff], vec![5; MAX_ENTRY].as_slice()].concat();
    assert_eq!(read_bundle(&longest).unwrap(), [vec![5; MAX_ENTRY]]);
}

proptest! {
    #[test]
    fn a_path_says_where_its_tile_is(level in 0..8_u8, index: u64, width in 1..=256_u16) {
        let index = index >> 8;
        let said = parse(&path(level, index, width));
        prop_assert_eq!(said, (u32::from(level), index, u64::from(width)));
    }

    /// What is read as a bundle is written by nothing else.
    #[test]
    fn bytes_are_one_bundle_or_none(bytes in prop::collection::vec(0..4_u8, 0..60)) {
        if let Some(entries) = read_bundle(&bytes) {
            let mut again = Vec::new();
            for entry in entries {
                again.extend(u16::try_from(entry.len()).unwrap().to_be_bytes());
                again.extend(entry);
            }
            prop_assert_eq!(again, bytes);
        }
    }
}
