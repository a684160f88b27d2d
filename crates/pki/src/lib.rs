//! Certificates, signed messages and timestamps.
//!
//! How data flows when an act is signed: [`tbs`] lays out the event certificate,
//! which the caller journals before [`sign_tbs`] makes it a [`Certificate`];
//! [`signed_attributes`] gives the bytes that the event key signs; a
//! [`timestamp::Tsa`] stamps the signature; [`signed_data`] puts all of it into one
//! CMS message.
//!
//! And when a file is verified: [`SignedData`] and [`timestamp::Token`] read
//! untrusted bytes, [`SignedData::verify`] ties them to the digest of the content,
//! [`validate`] ties the signer to an anchor, and [`SignedData::to_der`] writes down
//! again only what was verified, so that a caller can demand equal bytes.
//!
//! An authority elsewhere is asked with a [`CertificationRequest`].
//!
//! What is about to be signed is held against the rules of [`lint`].
//!
//! Whether a certificate was revoked is asked in [`revocation`].
//!
//! Nothing here does I/O or reads a clock. All output is DER; all input must be.

mod addresses;
mod algorithm;
mod binding;
mod certificate;
mod certification_request;
mod cms;
mod encode;
mod error;
mod extensions;
mod issue;
pub mod lint;
mod name;
pub mod oid;
mod path;
mod policies;
mod profile;
pub mod revocation;
pub mod timestamp;

pub use addresses::Addresses;
pub use binding::EventBinding;
pub use certificate::Certificate;
pub use certification_request::CertificationRequest;
pub use cms::{SignedData, signed_attributes, signed_data};
pub use error::PkiError;
pub use issue::{
    CertificateRequest, begins, ends, names_issuer, serial_number, sign_tbs, signed_tbs, tbs,
    tbs_published,
};
pub use name::Name;
pub use path::{Anchors, PathError, Purpose, Rule, validate};
pub use profile::Profile;
