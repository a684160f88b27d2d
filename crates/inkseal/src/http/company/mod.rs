//! Companies that sign by seal.

pub mod register;
pub mod revocation;
