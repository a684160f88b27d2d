//! A log computed the long way, as RFC 6962, 2.1, writes it: recursive, over all
//! leaves, without tiles or edges.

use std::{cell::RefCell, collections::HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use ledger::{Checkpoint, Hash, LogKey, ProofError, Tiles};

/// Entry number `n` of every log in these tests. Of different lengths, some empty.
pub fn entry(n: u64) -> Vec<u8> {
    let times = if n % 100 == 7 { 0 } else { n % 3 + 1 };
    format!("entry {n};")
        .repeat(usize::try_from(times).unwrap())
        .into_bytes()
}

pub fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

pub fn sha256(parts: &[&[u8]]) -> Hash {
    digest(&SHA256, &parts.concat())
        .as_ref()
        .try_into()
        .unwrap()
}

/// All leaves, and every subtree that was asked for once.
pub struct Naive {
    leaves: Vec<Hash>,
    known: RefCell<HashMap<(u64, u64), Hash>>,
}

impl Naive {
    pub fn new(size: u64) -> Self {
        let leaves = (0..size).map(|n| sha256(&[&[0], &entry(n)])).collect();
        Self {
            leaves,
            known: RefCell::default(),
        }
    }

    /// MTH of the entries from `begin` to `end`.
    pub fn root(&self, begin: u64, end: u64) -> Hash {
        if let Some(hash) = self.known.borrow().get(&(begin, end)) {
            return *hash;
        }
        let hash = match end - begin {
            0 => sha256(&[]),
            1 => self.leaves[usize::try_from(begin).unwrap()],
            n => {
                let k = begin + half(n);
                sha256(&[&[1], &self.root(begin, k), &self.root(k, end)])
            }
        };
        self.known.borrow_mut().insert((begin, end), hash);
        hash
    }

    /// PATH(m, D[begin:end]).
    pub fn path(&self, m: u64, begin: u64, end: u64) -> Vec<Hash> {
        if end - begin == 1 {
            return Vec::new();
        }
        let k = begin + half(end - begin);
        let (mut path, other) = if m < k {
            (self.path(m, begin, k), self.root(k, end))
        } else {
            (self.path(m, k, end), self.root(begin, k))
        };
        path.push(other);
        path
    }

    /// PROOF(m, D[0:n]).
    pub fn proof(&self, m: u64, n: u64) -> Vec<Hash> {
        self.subproof(m, 0, n, true)
    }

    fn subproof(&self, m: u64, begin: u64, end: u64, whole: bool) -> Vec<Hash> {
        if m == end {
            return if whole {
                Vec::new()
            } else {
                vec![self.root(begin, end)]
            };
        }
        let k = begin + half(end - begin);
        let (mut proof, other) = if m <= k {
            (self.subproof(m, begin, k, whole), self.root(k, end))
        } else {
            (self.subproof(m, k, end, false), self.root(begin, k))
        };
        proof.push(other);
        proof
    }

    /// The bytes of the tile of this path, or of any prefix of a tile.
    pub fn tile(&self, path: &str) -> Vec<u8> {
        let (level, index, width) = parse(path);
        let span = 256_u64.pow(level);
        let hashes = (0..width).map(|n| {
            let begin = (index * 256 + n) * span;
            self.root(begin, begin + span)
        });
        hashes.collect::<Vec<_>>().concat()
    }
}

/// The largest power of two smaller than `n`.
fn half(n: u64) -> u64 {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// Level, index and width that a tile's path says.
pub fn parse(path: &str) -> (u32, u64, u64) {
    let (place, width) = path.split_once(".p/").unwrap_or((path, "256"));
    let mut parts = place.strip_prefix("tile/").unwrap().split('/');
    let level = parts.next().unwrap().parse().unwrap();
    let digits: String = parts.map(|part| part.trim_start_matches('x')).collect();
    (level, digits.parse().unwrap(), width.parse().unwrap())
}

/// Asks for a proof as a client does that fetches what is said to be needed.
pub fn prove(
    tree: &Naive,
    ask: impl Fn(&Tiles) -> Result<Vec<Hash>, ProofError>,
) -> Result<Vec<Hash>, ProofError> {
    let mut tiles = Tiles::new();
    loop {
        match ask(&tiles) {
            Err(ProofError::Missing(path)) => {
                let tile = tree.tile(&path);
                assert!(tiles.insert(path.clone(), tile).is_none(), "{path} again");
            }
            answer => return answer,
        }
    }
}

pub fn log_key() -> LogKey {
    LogKey::from_seed("log.example/2026", &[7; 32]).unwrap()
}

/// A checkpoint of the first `size` entries.
pub fn checkpoint(tree: &Naive, size: u64) -> Checkpoint {
    let origin = "log.example/2026".to_owned();
    Checkpoint {
        origin,
        size,
        root: tree.root(0, size),
    }
}
