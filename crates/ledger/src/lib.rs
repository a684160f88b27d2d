//! The log that nobody can rewrite: a Merkle tree of entries with signed checkpoints.
//!
//! [`Edge`] is the right edge of the tree: it takes entries and gives the tiles that
//! they complete or change, in the layout of C2SP tlog-tiles. [`Checkpoint`] says size
//! and root, signed by [`LogKey`] and by [`SuiteKey`] (C2SP tlog-checkpoint, signed-note),
//! and by witnesses, which [`AddCheckpoint`] asks (C2SP tlog-witness, tlog-cosignature):
//! [`WitnessKey`]. [`Receipt`] proves one entry
//! under a checkpoint to anybody, offline; [`consistency`] proves that a later tree
//! contains an earlier one. [`Audit`] reads a whole log again and names the first
//! entry that is not what was logged.
//!
//! Hashing is RFC 6962, 2.1. No I/O: the caller reads and writes tiles by their path.

mod audit;
mod checkpoint;
mod cosignature;
mod edge;
mod hash;
mod note;
mod proof;
mod receipt;
mod tile;
mod witness;

pub use audit::{Audit, Fault};
pub use checkpoint::{Checkpoint, LogKey, SuiteKey};
pub use cosignature::{Cosignature, WitnessKey, cosignatures};
pub use edge::{Edge, EdgeError, Growth};
pub use hash::{Hash, leaf_hash};
pub use note::{NoteError, VerifierKey};
pub use proof::{
    ProofError, Tiles, consistency, inclusion, inclusion_tiles, verify_consistency,
    verify_inclusion,
};
pub use receipt::{Receipt, ReceiptError};
pub use tile::{MAX_ENTRY, Tile, bundle_path, read_bundle, write_bundle};
pub use witness::{AddCheckpoint, LONGEST_REQUEST, WitnessRefusal};
