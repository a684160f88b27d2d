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

    /// The latest did not come about.
    fn uncount(&mut self) {
        self.0.pop_back();
    }
}

/// Questions that were counted and not answered, by nonce, with their names: as many as are
/// asked in a day.
#[derive(Debug, Clone, Default)]
struct Asking(std::collections::VecDeque<(String, String)>);

impl Asking {
    fn add(&mut self, nonce: &str, question: &str) {
        self.0.push_back((nonce.to_owned(), question.to_owned()));
        if self.0.len() > CHECKS_A_DAY {
            self.0.pop_front();
        }
    }

    /// Whether a question with this nonce was counted before it was asked.
    fn knows(&self, nonce: Option<&str>) -> bool {
        self.0
            .iter()
            .any(|(asked, _)| Some(asked.as_str()) == nonce)
    }

    /// Takes the question that was answered; none when it was not counted before.
    fn take(&mut self, nonce: Option<&str>) -> Option<String> {
        let at = self
            .0
            .iter()
            .position(|(asked, _)| Some(asked.as_str()) == nonce)?;
        self.0.remove(at).map(|(_, question)| question)
    }
}
