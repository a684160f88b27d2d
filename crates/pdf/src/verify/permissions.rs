//! Whether a change may follow what was signed.

use super::difference::Change;
use crate::permissions::{ANNOTATIONS, FORMS, Permissions};

/// What one kind of change asks for.
enum Needs {
    /// Allowed after every signature: it changes nothing that is seen.
    Nothing,
    /// The level of certification that is needed; a file that nobody certified permits
    /// what level 2 does.
    Level(i64),
    /// Allowed by certification of this level alone.
    Certified(i64),
}

/// Annotations that mark or comment what is there. Others, such as free text and stamps,
/// can cover it, and are not accepted at any level.
const MARKS: [&str; 6] = [
    "Text",
    "Popup",
    "Highlight",
    "Underline",
    "Squiggly",
    "StrikeOut",
];

impl Permissions {
    /// Why a change is not permitted, if it is not.
    pub(super) fn refuse(&self, change: &Change) -> Option<String> {
        let needs = match change {
            Change::Fill { field }
            | Change::Signature { field, .. }
            | Change::Timestamp { field, new: false }
                if self.locked(field) =>
            {
                return Some(format!("a signature has locked the field {field:?}"));
            }
            Change::ValidationData | Change::Metadata | Change::Timestamp { .. } => Needs::Nothing,
            Change::Signature { new: true, .. } if self.level().is_some() => {
                return Some("a certified file gets no new visible signature field".to_owned());
            }
            Change::Signature { .. } | Change::Fill { .. } | Change::Resources => {
                Needs::Level(FORMS)
            }
            Change::Annotation { kind, .. } if !MARKS.contains(&kind.as_str()) => {
                return Some(format!(
                    "annotations of the kind {kind:?} may cover content"
                ));
            }
            Change::Annotation { looks: true, .. } => {
                return Some("its own looks may cover content".to_owned());
            }
            Change::Annotation { .. } => Needs::Certified(ANNOTATIONS),
        };
        match (needs, self.level()) {
            (Needs::Nothing, _) | (Needs::Level(FORMS), None) => None,
            (Needs::Level(needed) | Needs::Certified(needed), Some(level)) if level >= needed => {
                None
            }
            (_, Some(level)) => Some(format!("the file is certified with level {level}")),
            (_, None) => Some("no certification permits it".to_owned()),
        }
    }
}
