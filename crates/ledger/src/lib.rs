//! The log that nobody can rewrite: a Merkle tree of entries with signed checkpoints.
//!
//! [`Edge`] is the right edge of the tree: it takes entries and gives the tiles that
//! they complete or change, in the layout of C2SP tlog-tiles. [`Checkpoint`] signs
//! size and root (C2SP tlog-checkpoint, signed-note). [`Receipt`] proves one entry
//! under a checkpoint to anybody, offline; [`consistency`] proves that a later tree
//! contains an earlier one. [`Audit`] reads a whole log again and names the first
//! entry that is not what was logged.
//!
//! Hashing is RFC 6962, 2.1. No I/O: the caller reads and writes tiles by their path.

mod audit;
mod checkpoint;
mod edge;
mod hash;
mod proof;
mod receipt;
mod tile;

pub use audit::{Audit, Fault};
pub use checkpoint::{Checkpoint, LogKey, NoteError};
pub use edge::{Edge, EdgeError, Growth};
pub use hash::{Hash, leaf_hash};
pub use proof::{ProofError, Tiles, consistency, inclusion, verify_consistency, verify_inclusion};
pub use receipt::{Receipt, ReceiptError};
pub use tile::{MAX_ENTRY, Tile, bundle_path, read_bundle};
