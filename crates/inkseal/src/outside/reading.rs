//! What an answer has at a place that the configuration names.

use serde_json::Value;

/// Longest text that is taken from an answer, in characters.
const TEXT: usize = 256;

/// What a JSON pointer (RFC 6901) leads to; null when it is empty or leads nowhere.
pub fn at<'a>(answer: &'a Value, pointer: &str) -> &'a Value {
    let found = answer.pointer(pointer).filter(|_| !pointer.is_empty());
    found.unwrap_or(&Value::Null)
}

/// Whether this is a pointer, or empty.
///
/// # Errors
/// The setting that is none.
pub fn is_pointer(name: &str, pointer: &str) -> Result<(), String> {
    let good = pointer.is_empty() || pointer.starts_with('/');
    good.then_some(())
        .ok_or_else(|| format!("{name}: {pointer:?} is no JSON pointer"))
}

/// A word: a string, a number, or a truth.
pub fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A short text that can be shown; none where there is nothing or an empty one.
///
/// # Errors
/// In words that repeat nothing of it.
pub fn text(value: &Value) -> Result<Option<String>, &'static str> {
    if value.is_null() {
        return Ok(None);
    }
    let text = word(value).ok_or("a text in it is none")?;
    let good = text.chars().count() <= TEXT && !text.chars().any(char::is_control);
    if !good {
        return Err("a text in it is too long or cannot be shown");
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}
