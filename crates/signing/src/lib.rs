//! The signing service: contracts, parties, sessions, evidence and the signing act.
//!
//! One act, from pen to proof, in the order in which this crate does it:
//!
//! 1. [`contract`]: a contract is the fold of its [`event`]s; `decide` turns a
//!    command into events or a [`Refusal`], and nothing else writes state.
//! 2. [`policy`]: a mode is only the evidence that it asks for; [`identity`] says
//!    who is asked, and [`register`] how sure it is that it is them.
//! 3. [`manifest`]: the evidence of one act as canonical JSON; its digest is the
//!    evidence digest.
//! 4. [`act`]: fresh key, event certificate, signature, timestamp, one revision.
//! 5. [`authorisation`]: within which limits a company's seal may be set unseen.
//! 6. [`service`]: loads, decides, signs and commits; the only part that does I/O.
//!
//! What lies outside of the service is reached through the traits in [`ports`].

pub mod act;
pub mod authorisation;
pub mod consent;
pub mod contract;
pub mod event;
pub mod identity;
pub mod limits;
pub mod manifest;
pub mod otp;
mod photo;
pub mod policy;
pub mod ports;
pub mod refusal;
pub mod register;
pub mod return_url;
pub mod service;
pub mod throttle;
pub mod vault;

pub use refusal::Refusal;
pub use service::{Signing, SigningError};
