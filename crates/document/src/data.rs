//! What may go into a template: JSON of the schema's form, in characters that print.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;
use typst::text::is_default_ignorable;

use crate::Fonts;

/// Longest data of a document, as canonical JSON.
pub const MAX_DATA_BYTES: usize = 1 << 20;

/// Why data cannot become a document. Pointers are JSON pointers (RFC 6901).
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// Longer than [`MAX_DATA_BYTES`].
    #[error("the data has {0} bytes; at most {MAX_DATA_BYTES} are accepted")]
    TooLong(usize),
    /// A required field is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A field that the template does not know.
    #[error("{0} is not a field of this template")]
    Unknown(String),
    /// A string where a number belongs, and the like.
    #[error("{pointer} has the wrong type: {problem}")]
    Type {
        /// The field.
        pointer: String,
        /// What the schema wants.
        problem: String,
    },
    /// The right type, but not a value that the schema accepts.
    #[error("{pointer} is not accepted: {problem}")]
    Value {
        /// The field.
        pointer: String,
        /// What the schema wants.
        problem: String,
    },
    /// No font has a glyph for it.
    #[error("{pointer} holds {character:?} (U+{:04X}), which the fonts cannot print", u32::from(*.character))]
    Glyph {
        /// The field.
        pointer: String,
        /// The character.
        character: char,
    },
    /// It would not be seen, or would hide or reorder what is seen.
    #[error("{pointer} holds the invisible character U+{:04X}", u32::from(*.character))]
    Invisible {
        /// The field.
        pointer: String,
        /// The character.
        character: char,
    },
}

impl DataError {
    /// Stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "data-too-long",
            Self::Missing(_) => "field-missing",
            Self::Unknown(_) => "field-unknown",
            Self::Type { .. } => "field-type",
            Self::Value { .. } => "field-value",
            Self::Glyph { .. } => "glyph-missing",
            Self::Invisible { .. } => "character-invisible",
        }
    }
}

/// Canonical JSON (RFC 8785) of data that passed every check.
pub fn admit(data: &Value, schema: &Validator, fonts: &Fonts) -> Result<Vec<u8>, DataError> {
    let bytes = serde_json_canonicalizer::to_vec(data).map_err(|e| DataError::Value {
        pointer: "/".into(),
        problem: e.to_string(),
    })?;
    if bytes.len() > MAX_DATA_BYTES {
        return Err(DataError::TooLong(bytes.len()));
    }
    schema.validate(data).map_err(|e| refusal(&e))?;
    printable(data, &mut String::new(), fonts)?;
    Ok(bytes)
}

fn refusal(error: &ValidationError<'_>) -> DataError {
    let at = error.instance_path().as_str().to_owned();
    let below = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            DataError::Missing(below(property.as_str().unwrap_or_default()))
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            DataError::Unknown(below(unexpected.first().map_or("", String::as_str)))
        }
        ValidationErrorKind::Type { .. } => DataError::Type {
            pointer: at,
            problem: said(error),
        },
        _ => DataError::Value {
            pointer: at,
            problem: said(error),
        },
    }
}

/// The validator's words without the value, which may be personal.
fn said(error: &ValidationError<'_>) -> String {
    error.masked_with("the value").to_string()
}

fn printable(value: &Value, pointer: &mut String, fonts: &Fonts) -> Result<(), DataError> {
    let length = pointer.len();
    match value {
        Value::String(text) => {
            for character in text.chars() {
                if character.is_control() || is_default_ignorable(character) {
                    return Err(DataError::Invisible {
                        pointer: pointer.clone(),
                        character,
                    });
                }
                if !fonts.covers(character) {
                    return Err(DataError::Glyph {
                        pointer: pointer.clone(),
                        character,
                    });
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&i.to_string());
                printable(item, pointer, fonts)?;
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                printable(field, pointer, fonts)?;
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
