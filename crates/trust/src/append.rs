//! Entries of other services: what is let into the ledger, and where it lies then.

use std::str::FromStr;

use crypto::Digest;
use serde_json::{Map, Value};
use store::Change;

use crate::{Trust, TrustError, journal};

/// Entries that are taken at once.
pub const MOST_ENTRIES: usize = 1024;
/// The longest entry, in bytes.
pub const LONGEST_ENTRY: usize = 16 * 1024;
/// Facts in one entry, those of its lists included.
const MOST_FACTS: usize = 256;
/// The largest number that every reader of JSON has exactly (RFC 8785, 3.2.2.3).
const LARGEST: i64 = (1 << 53) - 1;
/// Digits of an identifier: 128 to 512 bits.
const IDENTIFIER: std::ops::RangeInclusive<usize> = 32..=128;
/// The longest word.
const WORD: usize = 32;

/// Why an entry is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryRefusal {
    /// Too many at once.
    #[error("more than {MOST_ENTRIES} came at once; send them in parts")]
    Many,
    /// Too long.
    #[error("it has more than {LONGEST_ENTRY} bytes; put a digest in the place of what is long")]
    Long,
    /// Not canonical JSON.
    #[error("it is not an object in canonical JSON (RFC 8785)")]
    Form,
    /// No kind or version, or a kind that is the trust service's own.
    #[error("its kind is missing or this service's own, or its version is missing")]
    Kind,
    /// Something that is neither a digest nor a public fact.
    #[error(
        "it has more than digests, identifiers, numbers and short words; what else it says \
         belongs into a blob, and its digest here"
    )]
    Facts,
}

impl Trust {
    /// Takes entries of another service into the ledger, durably, and tells the index of
    /// each. One that is there keeps the index that it has, so that a caller may send
    /// again what was not answered.
    ///
    /// An entry is an object in canonical JSON of at most 16 KiB, with a `kind` that is
    /// not the trust service's own and a `version`. All that it says are digests
    /// (`sm3:…`), identifiers of 32 to 128 hexadecimal digits, whole numbers, truth
    /// values, words of at most 32 small letters, digits and hyphens, and lists of these:
    /// there is no place for a name or a text.
    ///
    /// # Errors
    /// [`TrustError::Entry`] names the first entry that is not let in; none is then.
    pub async fn append(
        &self,
        tenant: &str,
        entries: Vec<Vec<u8>>,
    ) -> Result<Vec<u64>, TrustError> {
        if entries.len() > MOST_ENTRIES {
            let refusal = EntryRefusal::Many;
            return Err(TrustError::Entry { place: 0, refusal });
        }
        for (place, entry) in entries.iter().enumerate() {
            check(entry).map_err(|refusal| TrustError::Entry { place, refusal })?;
        }
        let change = Change {
            tenant: tenant.to_owned(),
            ledger: entries.into_iter().map(Into::into).collect(),
            ..Change::default()
        };
        Ok(self.0.store.commit(change).await?.entries)
    }
}

/// Whether an entry of another service may be in the ledger.
fn check(entry: &[u8]) -> Result<(), EntryRefusal> {
    if entry.len() > LONGEST_ENTRY {
        return Err(EntryRefusal::Long);
    }
    let said: Map<String, Value> = serde_json::from_slice(entry).map_err(|_| EntryRefusal::Form)?;
    let canonical = serde_json_canonicalizer::to_vec(&said).map_err(|_| EntryRefusal::Form)?;
    if canonical != entry {
        return Err(EntryRefusal::Form);
    }
    let kind = said.get("kind").and_then(Value::as_str);
    let others = kind.is_some_and(|kind| is_word(kind) && !journal::KINDS.contains(&kind));
    if !others || !said.get("version").is_some_and(Value::is_u64) {
        return Err(EntryRefusal::Kind);
    }
    let mut facts = 0;
    let public = said.iter().all(|(name, value)| {
        let list = std::slice::from_ref(value);
        let list = value.as_array().map_or(list, Vec::as_slice);
        facts += list.len();
        is_name(name) && list.iter().all(is_fact)
    });
    if public && facts <= MOST_FACTS {
        Ok(())
    } else {
        Err(EntryRefusal::Facts)
    }
}

fn is_fact(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::Number(number) => number
            .as_i64()
            .is_some_and(|number| (-LARGEST..=LARGEST).contains(&number)),
        Value::String(text) => {
            is_word(text) || is_identifier(text) || Digest::from_str(text).is_ok()
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// A word begins with a letter: numbers that name a person do not.
fn is_word(text: &str) -> bool {
    text.len() <= WORD
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The name of a field is a word, or several joined by `_`.
fn is_name(text: &str) -> bool {
    is_word(&text.replace('_', "-"))
}

fn is_identifier(text: &str) -> bool {
    IDENTIFIER.contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
