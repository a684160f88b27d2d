//! Whether a certificate was revoked: lists, OCSP, and what follows from them.
//!
//! [`Crl`] reads a revocation list and [`issue_crl`] makes one (RFC 5280, 5).
//! [`OcspRequest`] asks, [`OcspResponder`] answers, [`OcspResponse`] reads the answer
//! (RFC 6960). Reading verifies nothing: `verify` ties the bytes to the issuer, and
//! [`judge`] does all of it for one certificate and one time of use.
//!
//! All times are unix milliseconds; what is written has whole seconds.

mod cert_id;
mod crl;
mod error;
mod issue_crl;
mod judge;
mod ocsp_structure;
mod reason;
mod request;
mod responder;
mod response;
mod structure;
mod verified;

pub use cert_id::{CertId, CertIdHash};
pub use crl::{Crl, Scope};
pub use error::RevocationError;
pub use issue_crl::{CrlContent, Entry, issue_crl};
pub use judge::{Material, Source, Verdict, judge};
pub use reason::{Reason, Revoked};
pub use request::{OcspFailure, OcspRequest};
pub use responder::{OcspResponder, OcspTimes};
pub use response::{Answer, CertStatus, OcspResponse};
