//! The register: who persons and enterprises are, and what is known of it.
//!
//! A [`person`] and an [`enterprise`] are what a contract is: the fold of their events, which
//! the ledger proves. Only `decide` makes events, only `apply` changes state.
//!
//! Events hold no personal data in clear. Name, telephone and numbers lie in a blob under
//! the person's own key; an event names them by keyed digests, which nobody can guess who
//! does not have the key store. When the key is destroyed, the digests stay and say nothing.
//!
//! What an authority answered is a [`Check`](assurance::Check); from checks follows the
//! [`assurance`] level, now and at any other time: it is nowhere written down.

pub mod assurance;
pub mod enterprise;
pub mod password;
pub mod person;
pub mod photo;
mod refused;

pub use refused::Refused;
use serde::{Deserialize, Serialize};

use crate::event::Millis;

/// An event with the time at which it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded<E> {
    /// When.
    pub at: Millis,
    /// What.
    #[serde(flatten)]
    pub event: E,
}

/// A day in milliseconds.
pub const DAY: Millis = 24 * 3600 * 1000;
/// How often an authority may be asked about one person or enterprise in a day.
pub const CHECKS_A_DAY: usize = 20;

/// Times of the latest checks: as many as are allowed in a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pace(std::collections::VecDeque<Millis>);

impl Pace {
    fn allows(&self, most: usize, now: Millis) -> Result<(), Refused> {
        let recent = self.0.iter().filter(|at| **at > now - DAY).count();
        (recent < most).then_some(()).ok_or(Refused::CheckLimit)
    }

    fn count(&mut self, at: Millis) {
        self.0.push_back(at);
        if self.0.len() > CHECKS_A_DAY {
            self.0.pop_front();
        }
    }
}
