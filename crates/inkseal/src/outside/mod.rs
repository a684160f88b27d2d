//! Services of others, over HTTP: one caller for all of them.
//!
//! A call is one or more attempts. Each attempt asks the [`Breaker`](breaker::Breaker)
//! whether the service is worth asking, signs the request ([`signature`], RFC 9421), and
//! has a time and a size within which the answer must be there. What failed for a reason
//! that may pass is tried again after a growing pause, if the call can be repeated
//! without harm, until the deadline of the whole call.
//!
//! What is asked and how the answer is judged is the business of whoever calls. The
//! format is in `docs/outside.md`.

mod breaker;
mod caller;
mod credential;
mod error;
mod exchange;
mod proof;
pub mod reading;
pub mod signature;

pub use caller::{Caller, Limits, Repeat, sign};
pub use credential::{Credential, SecretMac};
pub use error::OutsideError;
pub use exchange::{BodyError, Reply, body, client, reason};
pub use proof::{Proof, ProofError};
