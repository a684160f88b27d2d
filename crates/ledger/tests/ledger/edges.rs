//! The edge of the tree: growing, keeping, and going on after a stop.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use ledger::{Edge, EdgeError, MAX_ENTRY, read_bundle};
use proptest::prelude::*;

use crate::house::{Naive, entries, entry};

/// Grows in steps that end at these sizes; everything that was to be kept is.
fn grown(ends: impl IntoIterator<Item = u64>) -> (Edge, HashMap<String, Vec<u8>>) {
    let (mut edge, mut kept) = (Edge::default(), HashMap::new());
    for end in ends {
        let growth = edge.grow(&entries(edge.size()..end)).unwrap();
        for (path, bytes) in growth.objects {
            if let Some(there) = kept.insert(path.clone(), bytes.clone()) {
                assert_eq!(there, bytes, "{path} got other bytes");
            }
        }
    }
    (edge, kept)
}

#[test]
fn an_edge_grown_one_by_one_has_the_roots_of_the_standard() {
    let tree = Naive::new(600);
    let mut edge = Edge::default();
    for size in 0..600 {
        assert_eq!((edge.size(), edge.root()), (size, tree.root(0, size)));
        edge.grow(&[entry(size)]).unwrap();
    }
}

#[test]
fn an_edge_at_the_end_of_a_second_level_tile_has_the_root_of_the_standard() {
    let tree = Naive::new(65_793);
    let mut edge = Edge::default();
    for size in [65_535, 65_536, 65_537, 65_792, 65_793] {
        edge.grow(&entries(edge.size()..size)).unwrap();
        assert_eq!(edge.root(), tree.root(0, size), "{size}");
    }
}

#[test]
fn an_edge_that_is_loaded_is_the_edge_that_was_grown() {
    let all: Vec<u64> = (1..=600).collect();
    let large = [65_535, 65_536, 65_537, 65_791, 65_792, 65_793];
    for ends in [all.as_slice(), &large] {
        let mut edge = Edge::default();
        let mut kept = HashMap::new();
        for end in ends {
            kept.extend(edge.grow(&entries(edge.size()..*end)).unwrap().objects);
            let loaded = Edge::load(*end, |path| kept.get(path).cloned()).unwrap();
            assert_eq!(loaded, edge, "{end}");
        }
    }
    assert_eq!(Edge::load(0, |_| None).unwrap(), Edge::default());
}

/// The caller reads what [`Edge::paths`] names before it loads.
#[test]
fn loading_reads_what_was_named_and_nothing_else() {
    for size in [0, 1, 255, 256, 257, 600, 65_536, 65_793] {
        let (_, kept) = grown([size]);
        let read = RefCell::new(BTreeSet::new());
        Edge::load(size, |path| {
            read.borrow_mut().insert(path.to_owned());
            kept.get(path).cloned()
        })
        .unwrap();
        let named: BTreeSet<String> = Edge::paths(size).into_iter().collect();
        assert_eq!(read.into_inner(), named, "{size}");
    }
}

#[test]
fn a_missing_or_malformed_tile_is_named() {
    let size = 600;
    let (_, kept) = grown([size]);
    for path in Edge::paths(size) {
        let missing = EdgeError::Missing(path.clone());
        let whole = &kept[&path];
        let longer = [whole.as_slice(), &[0]].concat();
        for bytes in [
            None,
            Some(&whole[..whole.len() - 1]),
            Some(&longer),
            Some(&[]),
        ] {
            let said = Edge::load(size, |asked| {
                let kept = kept.get(asked).cloned();
                if asked == path {
                    bytes.map(<[u8]>::to_vec)
                } else {
                    kept
                }
            });
            assert_eq!(said, Err(missing.clone()), "{path}");
        }
    }
}

/// Paths and bytes, of tiles and of bundles, at a size with three levels.
#[test]
fn what_is_kept_is_what_the_formats_say() {
    let size = 65_793 + 300;
    let tree = Naive::new(size);
    let (_, kept) = grown([100, 256, 300, size]);
    let mut bundled = Vec::new();
    for (path, bytes) in &kept {
        if let Some(place) = path.strip_prefix("tile/entries/") {
            bundled.push((place.contains(".p/"), read_bundle(bytes).unwrap()));
        } else {
            assert_eq!(*bytes, tree.tile(path), "{path}");
        }
    }
    let full = bundled.iter().filter(|(partial, _)| !partial);
    assert_eq!(full.count() as u64, size / 256);
    for path in [
        "tile/0/258.p/45",
        "tile/1/000",
        "tile/1/001.p/2",
        "tile/2/000.p/1",
    ] {
        assert!(kept.contains_key(path), "{path}");
    }
    // The partial ones of every step, among them the one of an earlier size.
    assert_eq!(
        read_bundle(&kept["tile/entries/000.p/100"]).unwrap(),
        entries(0..100)
    );
    assert_eq!(
        read_bundle(&kept["tile/entries/000"]).unwrap(),
        entries(0..256)
    );
    assert_eq!(
        read_bundle(&kept["tile/entries/258.p/45"]).unwrap(),
        entries(66_048..size)
    );
    assert!(!kept.contains_key("tile/0/000.p/200"));
}

#[test]
fn growing_by_nothing_keeps_nothing() {
    let (mut edge, _) = grown([300]);
    let before = edge.clone();
    assert!(edge.grow(&[]).unwrap().objects.is_empty());
    assert_eq!(edge, before);
}

#[test]
fn an_entry_that_is_too_long_leaves_the_edge_as_it_was() {
    let (mut edge, _) = grown([5]);
    let before = edge.clone();
    let long = vec![0; MAX_ENTRY + 1];
    let refused = edge.grow(&[entry(5), long]).err();
    assert_eq!(refused, Some(EdgeError::TooLong(MAX_ENTRY + 1)));
    assert_eq!(edge, before);
    let growth = edge.grow(&[vec![1; MAX_ENTRY], Vec::new()]).unwrap();
    let (_, bundle) = growth
        .objects
        .iter()
        .find(|(path, _)| path == "tile/entries/000.p/7")
        .unwrap();
    assert_eq!(
        read_bundle(bundle).unwrap()[5..],
        [vec![1; MAX_ENTRY], Vec::new()]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The sequencer may take entries in steps of any size, and be stopped between them.
    #[test]
    fn steps_and_stops_make_no_difference(steps in prop::collection::vec(0..700_u64, 1..6)) {
        let (mut edge, mut kept, mut end) = (Edge::default(), HashMap::new(), 0);
        for step in steps {
            end += step;
            let growth = edge.grow(&entries(edge.size()..end)).unwrap();
            kept.extend(growth.objects);
            edge = Edge::load(end, |path| kept.get(path).cloned()).unwrap();
        }
        let (whole, once) = grown([end]);
        prop_assert_eq!(&edge, &whole);
        for (path, bytes) in once {
            prop_assert_eq!(kept.get(&path), Some(&bytes), "{}", path);
        }
    }
}
