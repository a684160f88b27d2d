//! Notes, tiles and proofs against another implementation of the same formats.

use std::collections::{BTreeSet, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{Checkpoint, Edge, Hash, LogKey, consistency, inclusion, leaf_hash};
use proptest::prelude::*;
use signed_note::{Note, Signer, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{TileHashReader, TileReader, check_record, check_tree, prove_record, prove_tree};

use crate::house::{Naive, checkpoint, entries, entry, log_key, prove};

fn accepts(note: &[u8], verifier: &str) -> bool {
    let verifier = StandardVerifier::new(verifier).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    Note::from_bytes(note).is_ok_and(|note| note.verify(&known).is_ok())
}

/// Their signer with our key, which is `PRIVATE+KEY+name+hash+seed`.
fn their_signer(seed: [u8; 32]) -> StandardSigner {
    let verifier = LogKey::from_seed("log.example/2026", &seed)
        .unwrap()
        .verifier();
    let id = verifier.split('+').nth(1).unwrap();
    let seed = STANDARD.encode([&[1], seed.as_slice()].concat());
    StandardSigner::new(&format!("PRIVATE+KEY+log.example/2026+{id}+{seed}")).unwrap()
}

#[test]
fn they_open_our_checkpoints() {
    let tree = Naive::new(300);
    let verifier = log_key().verifier();
    for size in [0, 1, 256, 300] {
        let note = log_key().sign(&checkpoint(&tree, size));
        assert!(accepts(note.as_bytes(), &verifier));
        let read = Note::from_bytes(note.as_bytes()).unwrap();
        let theirs = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
        assert_eq!(theirs.origin(), "log.example/2026");
        assert_eq!((theirs.size(), theirs.hash().0), (size, tree.root(0, size)));
        assert!(!accepts(note.replace('e', "f").as_bytes(), &verifier));
    }
}

#[test]
fn we_open_their_checkpoints() {
    let hash = tlog_tiles::Hash([3; 32]);
    for extension in ["", "an extension\nand another\n"] {
        let text = tlog_tiles::Checkpoint::new("log.example/2026", 12_345, hash, extension);
        let mut note = Note::new(&text.unwrap().to_bytes(), &[]).unwrap();
        let signer = their_signer([7; 32]);
        note.add_sigs(&[&signer as &dyn Signer]).unwrap();
        let note = String::from_utf8(note.to_bytes()).unwrap();
        let opened = Checkpoint::open(&note, &log_key().verifier()).unwrap();
        assert_eq!((opened.size, opened.root), (12_345, [3; 32]));
        if extension.is_empty() {
            assert_eq!(log_key().sign(&opened), note);
        }
    }
}

/// Our tiles, as their reader fetches and authenticates them.
struct Kept(HashMap<String, Vec<u8>>);

impl TileReader for Kept {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        // Their path names the height, as Go's checksum database has it.
        let path = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
        let read = tiles.iter().map(|tile| self.0.get(&path(tile)).cloned());
        let all: Option<Vec<_>> = read.collect();
        all.ok_or(tlog_tiles::Error::InvalidTile)
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

fn theirs(proof: &[Hash]) -> Vec<tlog_tiles::Hash> {
    proof.iter().copied().map(tlog_tiles::Hash).collect()
}

#[test]
fn they_authenticate_our_tiles_and_make_our_proofs_of_them() {
    let tree = Naive::new(65_837);
    let (mut edge, mut kept) = (Edge::default(), Kept(HashMap::new()));
    for size in [1, 2, 100, 255, 256, 257, 600, 65_536, 65_837] {
        kept.0
            .extend(edge.grow(&entries(edge.size()..size)).unwrap().objects);
        let root = tlog_tiles::Hash(edge.root());
        let reader = TileHashReader::new(size, root, &kept);
        for before in [1, 2, 77, 255, 256, 257, 600, 65_280, 65_537, size] {
            if before > size {
                continue;
            }
            let index = before - 1;
            let ours = prove(&tree, |tiles| inclusion(index, size, tiles)).unwrap();
            let ours = theirs(&ours);
            assert_eq!(prove_record(size, index, &reader).unwrap(), ours);
            let leaf = tlog_tiles::Hash(leaf_hash(&entry(index)));
            check_record(&ours, size, root, index, leaf).unwrap();

            let ours = prove(&tree, |tiles| consistency(before, size, tiles)).unwrap();
            let ours = theirs(&ours);
            assert_eq!(prove_tree(size, before, &reader).unwrap(), ours);
            let earlier = tlog_tiles::Hash(tree.root(0, before));
            check_tree(&ours, size, root, before, earlier).unwrap();
        }
        // Their reader can say no.
        let other = TileHashReader::new(size, tlog_tiles::Hash([0; 32]), &kept);
        assert!(prove_record(size, 0, &other).is_err() || size == 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn they_would_publish_the_tiles_that_we_publish(before in 0..70_000_u64, more in 1..2000_u64) {
        let size = before + more;
        let kept = |path: &str| {
            // The edge at `before`, of hashes that do not matter here.
            let (_, width) = path.split_once(".p/").unwrap();
            let width: usize = width.parse().unwrap();
            let each = if path.starts_with("tile/entries/") { 2 } else { 32 };
            if path.starts_with("tile/0/") {
                return Some([leaf_hash(b""); 256][..width].concat());
            }
            Some(vec![0; width * each])
        };
        let mut edge = Edge::load(before, kept).unwrap();
        let growth = edge.grow(&vec![Vec::new(); usize::try_from(more).unwrap()]).unwrap();
        let ours: BTreeSet<String> = growth.objects.into_iter().map(|(path, _)| path).collect();
        let theirs = |before| {
            let tiles = tlog_tiles::Tile::new_tiles(8, before, size);
            let path = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
            tiles.iter().map(path).collect::<BTreeSet<_>>()
        };
        for path in theirs(before) {
            prop_assert!(ours.contains(&path), "{} is not published", path);
        }
        // What we publish again are partial tiles of this very size.
        for path in ours.difference(&theirs(before)).filter(|p| !p.contains("entries")) {
            prop_assert!(path.contains(".p/") && theirs(0).contains(path), "{}", path);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    /// No note that they refuse is good enough for us.
    #[test]
    fn what_we_open_they_open(
        changes in prop::collection::vec((any::<usize>(), "[\n\r —+A=x\u{0}]{0,2}", 0..3_usize), 1..3),
    ) {
        let verifier = log_key().verifier();
        let mut note = log_key().sign(&checkpoint(&Naive::new(3), 3));
        for (at, text, out) in changes {
            let places: Vec<usize> = note.char_indices().map(|(at, _)| at).collect();
            let begin = at % places.len();
            let end = (begin + out).min(places.len() - 1);
            note.replace_range(places[begin]..places[end], &text);
        }
        if Checkpoint::open(&note, &verifier).is_ok() {
            prop_assert!(accepts(note.as_bytes(), &verifier), "{:?}", note);
        }
    }
}
