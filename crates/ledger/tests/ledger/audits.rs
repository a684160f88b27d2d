//! Reading a whole log again: what was done to it is found, and where.

use std::collections::HashMap;

use ledger::{Audit, Edge, Fault, Hash, bundle_path, read_bundle};
use proptest::prelude::*;

use crate::house::{Naive, entries, entry};

const SIZE: u64 = 1000;

/// A log as it is kept: objects by their path, and the signed size and root.
#[derive(Clone)]
struct Log {
    kept: HashMap<String, Vec<u8>>,
    size: u64,
    root: Hash,
}

impl Log {
    fn new(size: u64) -> Self {
        let mut edge = Edge::default();
        let growth = edge.grow(&entries(0..size)).unwrap();
        let root = Naive::new(size).root(0, size);
        Self {
            kept: growth.objects.into_iter().collect(),
            size,
            root,
        }
    }

    /// Reads everything and compares, as the operator's command does.
    fn audit(&self) -> Result<u64, Fault> {
        let mut audit = Audit::new(self.size);
        while audit.size() < self.size {
            let path = bundle_path(audit.size() / 256, self.size);
            let bundle = self.kept.get(&path).map(Vec::as_slice);
            let entries = read_bundle(bundle.unwrap_or_default()).unwrap_or_default();
            for (path, computed) in audit.entries(&entries)? {
                let kept = self.kept.get(&path).map(Vec::as_slice);
                audit.compare(&path, &computed, kept.unwrap_or_default())?;
            }
        }
        audit.finish(&self.root)
    }

    /// Changes the entries of one bundle.
    fn rewrite(&mut self, first: u64, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let bundle = self
            .kept
            .get_mut(&bundle_path(first / 256, self.size))
            .unwrap();
        let mut entries = read_bundle(bundle).unwrap();
        change(&mut entries);
        bundle.clear();
        for entry in entries {
            bundle.extend(u16::try_from(entry.len()).unwrap().to_be_bytes());
            bundle.extend(entry);
        }
    }
}

#[test]
fn a_log_that_nobody_touched_is_clean_at_every_size() {
    for size in [0, 1, 255, 256, 257, 511, 512, 513, 768, SIZE] {
        assert_eq!(Log::new(size).audit(), Ok(size), "{size}");
    }
}

/// Kept objects of earlier checkpoints are neither needed nor in the way.
#[test]
fn a_log_that_grew_in_steps_is_clean() {
    let (mut edge, mut log) = (Edge::default(), Log::new(SIZE));
    for end in (0..=SIZE).step_by(100) {
        log.kept
            .extend(edge.grow(&entries(edge.size()..end)).unwrap().objects);
    }
    assert_eq!(log.audit(), Ok(SIZE));
}

fn at(index: u64) -> usize {
    usize::try_from(index % 256).unwrap()
}

#[test]
fn a_flipped_bit_of_an_entry_is_found_where_it_is() {
    let clean = Log::new(SIZE);
    for index in [0, 1, 255, 256, 511, 512, 513, 767, 999] {
        let mut log = clean.clone();
        log.rewrite(index, |entries| entries[at(index)][0] ^= 0x10);
        assert_eq!(log.audit(), Err(Fault::Entry(index)));
    }
}

#[test]
fn entries_that_changed_places_are_found_at_the_first() {
    let clean = Log::new(SIZE);
    for index in [0, 100, 254, 256, 600, 998] {
        let mut log = clean.clone();
        log.rewrite(index, |entries| entries.swap(at(index), at(index + 1)));
        assert_eq!(log.audit(), Err(Fault::Entry(index)), "{index}");
    }
}

#[test]
fn an_entry_put_in_is_found_where_it_is() {
    let clean = Log::new(SIZE);
    for index in [0, 5, 255, 256, 700, 999] {
        let mut log = clean.clone();
        log.rewrite(index, |entries| {
            entries.insert(at(index), b"forged".to_vec());
        });
        let fault = log.audit().unwrap_err();
        assert_eq!(fault, Fault::Entry(index), "{index}");
    }
}

#[test]
fn an_entry_taken_out_is_found_where_it_was() {
    let clean = Log::new(SIZE);
    for index in [0, 5, 255, 256, 700, 999] {
        let mut log = clean.clone();
        log.rewrite(index, |entries| drop(entries.remove(at(index))));
        let fault = log.audit().unwrap_err();
        assert_eq!(fault, Fault::Entry(index), "{index}");
    }
}

#[test]
fn a_log_cut_short_is_found_at_its_end() {
    let mut log = Log::new(SIZE);
    log.rewrite(999, |entries| entries.truncate(200));
    assert_eq!(log.audit(), Err(Fault::Entry(968)));
    let mut log = Log::new(SIZE);
    log.kept.remove(&bundle_path(3, SIZE));
    assert_eq!(log.audit(), Err(Fault::Entry(768)));
}

/// Tile and bundle are cut to the same length: the audit comes to an end.
#[test]
fn a_bundle_and_its_tile_cut_together_are_found() {
    for first in [0, 256, 768] {
        let mut log = Log::new(SIZE);
        log.rewrite(first, |entries| entries.truncate(10));
        let path = if first == 768 {
            "tile/0/003.p/232"
        } else {
            "tile/0/00X"
        };
        let path = path.replace('X', &(first / 256).to_string());
        log.kept.get_mut(&path).unwrap().truncate(320);
        assert_eq!(log.audit(), Err(Fault::Entry(first + 10)));
    }
}

/// Someone who rewrites entry and tile together still cannot sign.
#[test]
fn a_log_made_anew_with_another_entry_has_another_root() {
    let clean = Log::new(SIZE);
    let mut other = entries(0..SIZE);
    other[300] = b"forged".to_vec();
    let growth = Edge::default().grow(&other).unwrap();
    let log = Log {
        kept: growth.objects.into_iter().collect(),
        ..clean
    };
    assert_eq!(log.audit(), Err(Fault::Root));
}

#[test]
fn a_log_of_another_root_is_not_clean() {
    let log = Log {
        root: Naive::new(999).root(0, 999),
        ..Log::new(SIZE)
    };
    assert_eq!(log.audit(), Err(Fault::Root));
    let empty = Log {
        root: [0; 32],
        ..Log::new(0)
    };
    assert_eq!(empty.audit(), Err(Fault::Root));
}

#[test]
fn a_damaged_tile_is_named() {
    let clean = Log::new(SIZE);
    let mut log = clean.clone();
    log.kept.get_mut("tile/1/000.p/3").unwrap()[70] ^= 1;
    let path = "tile/1/000.p/3".to_owned();
    assert_eq!(log.audit(), Err(Fault::Tile { path, size: SIZE }));
    let mut log = clean;
    log.kept.remove("tile/0/001");
    let path = "tile/0/001".to_owned();
    assert_eq!(log.audit(), Err(Fault::Tile { path, size: 512 }));
}

/// The tile at the top was complete long before the last bundle was read.
#[test]
fn a_damaged_tile_at_the_top_is_named() {
    let clean = Log::new(65_836);
    assert_eq!(clean.audit(), Ok(65_836));
    for path in [
        "tile/2/000.p/1",
        "tile/1/001.p/1",
        "tile/1/000",
        "tile/0/257.p/44",
    ] {
        let mut log = clean.clone();
        assert!(log.kept.remove(path).is_some(), "{path}");
        let fault = log.audit().unwrap_err();
        let named = matches!(&fault, Fault::Tile { path: named, .. } if named == path);
        assert!(named, "{path}: {fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any bit of anything that is kept.
    #[test]
    fn a_changed_bit_anywhere_is_found(which in any::<prop::sample::Index>(), bit: usize) {
        let mut log = Log::new(600);
        let mut paths: Vec<String> = log.kept.keys().cloned().collect();
        paths.sort();
        let bytes = log.kept.get_mut(&paths[which.index(paths.len())]).unwrap();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(log.audit().is_err());
    }

    #[test]
    fn the_first_wrong_entry_is_named(index in 0..SIZE, later in 0..SIZE) {
        let mut log = Log::new(SIZE);
        for index in [index, later] {
            log.rewrite(index, |entries| entries[at(index)] = [b"forged", &*entry(index)].concat());
        }
        prop_assert_eq!(log.audit(), Err(Fault::Entry(index.min(later))));
    }
}
