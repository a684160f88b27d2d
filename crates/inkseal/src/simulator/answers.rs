//! What was answered under which idempotency key.

use std::collections::{BTreeMap, VecDeque};

use crypto::{Digest, Hash, digest};
use serde_json::Value;

/// Most answers that are kept; the oldest are forgotten.
const KEPT: usize = 100_000;

/// Answers by idempotency key, with the digest of what was asked.
#[derive(Default)]
pub struct Answers {
    by_key: BTreeMap<String, (Digest, Value)>,
    order: VecDeque<String>,
}

/// What an idempotency key meant before.
pub enum Before {
    /// Nothing.
    Fresh,
    /// The same: this was answered.
    Same(Value),
    /// Something else.
    Other,
}

impl Answers {
    /// What this key meant before.
    pub fn before(&self, key: &str, body: &[u8]) -> Before {
        match self.by_key.get(key) {
            None => Before::Fresh,
            Some((asked, answer)) if *asked == digest(Hash::Sha256, body) => {
                Before::Same(answer.clone())
            }
            Some(_) => Before::Other,
        }
    }

    /// Keeps an answer to a key that is fresh.
    pub fn keep(&mut self, key: String, body: &[u8], answer: Value) {
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_key.remove(&oldest);
        }
        self.order.push_back(key.clone());
        let asked = digest(Hash::Sha256, body);
        self.by_key.insert(key, (asked, answer));
    }
}
