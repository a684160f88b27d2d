//! Proofs: what is proven, and that nothing else is.

use std::sync::LazyLock;

use ledger::{
    ProofError, Tiles, consistency, inclusion, leaf_hash, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

use crate::house::{Naive, entry, prove, sha256};

/// Sizes at which tiles of the first and of the second level begin and end.
const EDGES: [u64; 12] = [
    255, 256, 257, 511, 512, 513, 65_280, 65_535, 65_536, 65_537, 65_792, 65_793,
];

#[test]
fn every_entry_of_every_small_tree_is_proven() {
    let tree = Naive::new(300);
    for size in 1..=300 {
        let root = tree.root(0, size);
        for index in 0..size {
            let proof = prove(&tree, |tiles| inclusion(index, size, tiles)).unwrap();
            assert_eq!(proof, tree.path(index, 0, size), "{index} of {size}");
            let leaf = leaf_hash(&entry(index));
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        }
    }
}

#[test]
fn every_small_tree_is_proven_to_begin_with_every_smaller_one() {
    let tree = Naive::new(300);
    for size in 0..=300 {
        let later = tree.root(0, size);
        for before in 0..=size {
            let proof = prove(&tree, |tiles| consistency(before, size, tiles)).unwrap();
            let expected = if before == 0 {
                Vec::new()
            } else {
                tree.proof(before, size)
            };
            assert_eq!(proof, expected, "{before} in {size}");
            let earlier = tree.root(0, before);
            let said = verify_consistency(before, &earlier, size, &later, &proof);
            assert_eq!(said, Ok(()), "{before} in {size}");
        }
    }
}

#[test]
fn trees_at_the_edges_of_tiles_are_proven() {
    let tree = Naive::new(65_793);
    for size in EDGES {
        let root = tree.root(0, size);
        let places = EDGES.into_iter().chain([1, 2, 100, 40_000, size]);
        for before in places.filter(|place| *place <= size) {
            let index = before - 1;
            let proof = prove(&tree, |tiles| inclusion(index, size, tiles)).unwrap();
            assert_eq!(proof, tree.path(index, 0, size), "{index} of {size}");
            let leaf = leaf_hash(&entry(index));
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));

            let proof = prove(&tree, |tiles| consistency(before, size, tiles)).unwrap();
            assert_eq!(proof, tree.proof(before, size), "{before} in {size}");
            let earlier = tree.root(0, before);
            let said = verify_consistency(before, &earlier, size, &root, &proof);
            assert_eq!(said, Ok(()));
        }
    }
}

#[test]
fn what_is_beyond_the_tree_is_not_proven() {
    let beyond = |asked| Err(ProofError::Beyond { asked, size: 5 });
    let (none, hash) = (Tiles::new(), [0; 32]);
    assert_eq!(inclusion(5, 5, &none), beyond(5).map(|()| Vec::new()));
    assert_eq!(consistency(6, 5, &none), beyond(6).map(|()| Vec::new()));
    assert_eq!(verify_inclusion(&hash, 5, 5, &[], &hash), beyond(5));
    assert_eq!(verify_consistency(6, &hash, 5, &hash, &[]), beyond(6));
}

/// A tile that is cut short is asked for again, not read beyond its end.
#[test]
fn a_malformed_tile_is_as_good_as_none() {
    let tree = Naive::new(9);
    let path = "tile/0/000.p/9";
    let whole = tree.tile(path);
    for bytes in [
        &whole[..whole.len() - 1],
        &whole[..256],
        &[],
        &[whole.as_slice(), b"x"].concat(),
        &[whole.as_slice(), &[0; 32]].concat(),
    ] {
        let tiles = Tiles::from([(path.to_owned(), bytes.to_vec())]);
        let missing = ProofError::Missing(path.to_owned());
        assert_eq!(inclusion(3, 9, &tiles), Err(missing));
    }
}

/// An empty tree begins every tree, but only the real empty tree does.
#[test]
fn the_empty_tree_has_one_root() {
    let tree = Naive::new(5);
    let (empty, five) = (sha256(&[]), tree.root(0, 5));
    assert_eq!(verify_consistency(0, &empty, 5, &five, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &empty, 0, &empty, &[]), Ok(()));
    let wrong = Err(ProofError::Wrong);
    assert_eq!(verify_consistency(0, &five, 5, &five, &[]), wrong);
    assert_eq!(verify_consistency(0, &five, 0, &five, &[]), wrong);
    assert_eq!(verify_consistency(0, &empty, 0, &five, &[]), wrong);
    assert_eq!(verify_consistency(0, &empty, 5, &five, &[five]), wrong);
}

static TREE: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
    let tree = Naive::new(700);
    (0..=700).map(|size| tree.root(0, size)).collect()
});

/// A size, and a smaller number.
fn pair() -> impl Strategy<Value = (u64, u64)> {
    (2..=700_u64).prop_flat_map(|size| (Just(size), 1..size))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_changed_inclusion_proof_is_wrong(
        (size, index) in pair(), at in any::<usize>(), bit in 0..256_usize, other in 0..700_u64,
    ) {
        let tree = Naive::new(size);
        let root = TREE[usize::try_from(size).unwrap()];
        let proof = tree.path(index, 0, size);
        let leaf = leaf_hash(&entry(index));
        let verify = |leaf: &_, index, size, proof: &[_], root: &_| {
            verify_inclusion(leaf, index, size, proof, root)
        };
        prop_assert_eq!(verify(&leaf, index, size, &proof, &root), Ok(()));
        let wrong = Err(ProofError::Wrong);
        let flip = |mut hash: [u8; 32]| {
            hash[bit / 8] ^= 1 << (bit % 8);
            hash
        };
        let at = at % proof.len();
        let mut flipped = proof.clone();
        flipped[at] = flip(flipped[at]);
        prop_assert_eq!(verify(&leaf, index, size, &flipped, &root), wrong.clone());
        prop_assert_eq!(verify(&flip(leaf), index, size, &proof, &root), wrong.clone());
        prop_assert_eq!(verify(&leaf, index, size, &proof, &flip(root)), wrong.clone());
        let mut shorter = proof.clone();
        shorter.remove(at);
        prop_assert_eq!(verify(&leaf, index, size, &shorter, &root), wrong.clone());
        let mut longer = proof.clone();
        longer.insert(at, proof[at]);
        prop_assert_eq!(verify(&leaf, index, size, &longer, &root), wrong);
        if other != index {
            prop_assert!(verify(&leaf, other, size, &proof, &root).is_err());
        }
    }

    #[test]
    fn a_changed_consistency_proof_is_wrong(
        (size, before) in pair(), at in any::<usize>(), bit in 0..256_usize,
    ) {
        let tree = Naive::new(size);
        let (earlier, later) = (tree.root(0, before), tree.root(0, size));
        let proof = tree.proof(before, size);
        let verify = |earlier: &_, later: &_, proof: &[_]| {
            verify_consistency(before, earlier, size, later, proof)
        };
        prop_assert_eq!(verify(&earlier, &later, &proof), Ok(()));
        let wrong = Err(ProofError::Wrong);
        let flip = |mut hash: [u8; 32]| {
            hash[bit / 8] ^= 1 << (bit % 8);
            hash
        };
        prop_assert_eq!(verify(&flip(earlier), &later, &proof), wrong.clone());
        prop_assert_eq!(verify(&earlier, &flip(later), &proof), wrong.clone());
        let at = at % proof.len();
        let mut flipped = proof.clone();
        flipped[at] = flip(flipped[at]);
        prop_assert_eq!(verify(&earlier, &later, &flipped), wrong.clone());
        let mut shorter = proof.clone();
        shorter.remove(at);
        prop_assert_eq!(verify(&earlier, &later, &shorter), wrong.clone());
        let mut longer = proof.clone();
        longer.insert(at, proof[at]);
        prop_assert_eq!(verify(&earlier, &later, &longer), wrong);
    }

    /// Sizes and hashes that somebody made up.
    #[test]
    fn verifying_never_panics(
        index: u64, size: u64, path in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let hash = [1; 32];
        prop_assert!(verify_inclusion(&hash, index, size, &path, &hash).is_err());
        let _ = verify_consistency(index, &hash, size, &hash, &path);
    }

    /// A client that fetches what it is told to fetch comes to an end.
    #[test]
    fn proofs_ask_for_tiles_that_a_log_of_any_size_has(index: u64, size in 1..u64::MAX) {
        let index = index % size;
        let mut tiles = Tiles::new();
        loop {
            match inclusion(index, size, &tiles) {
                Ok(proof) => {
                    let steps = proof.len();
                    prop_assert!(steps <= 64);
                    break;
                }
                Err(ProofError::Missing(path)) => {
                    let (level, place, width) = crate::house::parse(&path);
                    prop_assert!((1..=256).contains(&width));
                    let on_level = size >> (8 * level);
                    prop_assert!(place * 256 + width <= on_level, "{} of {}", path, size);
                    let bytes = vec![0; usize::try_from(width).unwrap() * 32];
                    prop_assert!(tiles.insert(path, bytes).is_none());
                }
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            }
        }
    }
}
