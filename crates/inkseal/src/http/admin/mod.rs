//! What the operator does.

pub mod key;
pub mod password;
pub mod revocation;
pub mod service;
