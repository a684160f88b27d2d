//! What can be wrong with an answer.

use serde::Deserialize;
use serde_json::{Value, json};

/// What the simulator does wrong when it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// It is signed by somebody else.
    Signature,
    /// It has no signature.
    Unsigned,
    /// It was changed after it was signed.
    Changed,
    /// It is rightly signed, for another nonce.
    Nonce,
    /// It is the one before, byte for byte.
    Replay,
    /// It is an hour old.
    Old,
    /// It is an hour early.
    Early,
    /// Its verdict is a word of its own.
    Word,
    /// It has no receipt.
    Receipt,
}

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;

impl Wrong {
    /// Changes an answer before it is signed.
    pub fn spoil(self, answer: &mut Value) {
        let at = answer["time"].as_i64().unwrap_or_default();
        match self {
            Self::Old => answer["time"] = json!(at - HOUR),
            Self::Early => answer["time"] = json!(at + HOUR),
            Self::Word => answer["verdict"] = json!("perhaps"),
            Self::Receipt => answer["receipt"] = Value::Null,
            Self::Nonce => answer["nonce"] = json!(crypto::random_id()),
            Self::Signature | Self::Unsigned | Self::Changed | Self::Replay => {}
        }
    }
}
