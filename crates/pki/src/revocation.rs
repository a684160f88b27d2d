//! Whether a certificate was revoked: lists of those that were.
//!
//! [`Crl`] reads a revocation list and [`issue_crl`] makes one (RFC 5280, 5). Reading
//! verifies nothing: [`Crl::verify`] ties the bytes to the issuer.
//!
//! All times are unix milliseconds; what is written has whole seconds.

mod crl;
mod error;
mod issue_crl;
mod reason;
mod structure;

pub use crl::{Crl, Scope};
pub use error::RevocationError;
pub use issue_crl::{CrlContent, Entry, issue_crl};
pub use reason::{Reason, Revoked};
