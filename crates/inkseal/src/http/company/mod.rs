//! Companies that sign by seal.

pub mod authorisation;
pub mod register;
pub mod revocation;
pub mod silent;
