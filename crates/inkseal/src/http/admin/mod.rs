//! What the operator does.

pub mod certificate;
pub mod key;
pub mod password;
pub mod revocation;
pub mod service;
