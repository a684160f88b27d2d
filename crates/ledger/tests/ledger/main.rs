//! What this crate promises, checked against a tree computed the long way, against
//! somebody else's implementation of the formats, and against changes of every byte.

mod audits;
mod checkpoints;
mod edges;
mod house;
mod others;
mod proofs;
mod receipts;
mod suites;
mod tiles;
mod witnesses;
