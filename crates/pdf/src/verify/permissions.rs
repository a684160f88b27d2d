//! What earlier signatures permit: certification (`DocMDP`, ISO 32000-2, 12.8.2.2) and
//! locked fields (`FieldMDP`, 12.8.2.4; `Lock`, 12.7.5.5).

use super::{Checked, difference::Change, field::readable};
use crate::{
    object::{Dict, Object},
    reader::File,
};

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

const NO_CHANGES: i64 = 1;
const FORMS: i64 = 2;
const ANNOTATIONS: i64 = 3;
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

/// What all signatures so far permit together.
#[derive(Debug, Clone, Default)]
pub(super) struct Permissions {
    /// The strictest certification.
    level: Option<i64>,
    locks: Vec<Lock>,
}

/// Which fields must not change.
#[derive(Debug, Clone)]
struct Lock {
    /// Whether the names are those that may still change.
    except: bool,
    names: Vec<String>,
}

impl Permissions {
    /// What a signature with this dictionary in this field permits.
    pub fn read(file: &File, signature: &Dict, field: &Dict) -> Checked<Self> {
        let mut permissions = Self::default();
        let references = file.value(signature, "Reference")?;
        for reference in references.as_array().unwrap_or_default() {
            let Some(reference) = file.dict(Some(reference))? else {
                continue;
            };
            let parameters = file.dict(reference.get("TransformParams"))?;
            let parameters = parameters.unwrap_or_default();
            match file.value(&reference, "TransformMethod")?.as_name() {
                Some(b"DocMDP") => permissions.certify(file, &parameters, Some(FORMS))?,
                Some(b"FieldMDP") => permissions.lock(file, &parameters)?,
                _ => {}
            }
        }
        if let Some(lock) = file.dict(field.get("Lock"))? {
            permissions.certify(file, &lock, None)?;
            permissions.lock(file, &lock)?;
        }
        Ok(permissions)
    }

    /// A level that is none permits nothing.
    fn certify(&mut self, file: &File, parameters: &Dict, default: Option<i64>) -> Checked<()> {
        let level = match file.value(parameters, "P")? {
            Object::Null => default,
            Object::Int(level @ NO_CHANGES..=ANNOTATIONS) => Some(level),
            _ => Some(NO_CHANGES),
        };
        self.level = strictest(self.level, level);
        Ok(())
    }

    fn lock(&mut self, file: &File, parameters: &Dict) -> Checked<()> {
        let except = match file.value(parameters, "Action")?.as_name() {
            Some(b"Include") => false,
            Some(b"Exclude") => true,
            // All fields, or what is not understood: no field is left out.
            _ => {
                let (except, names) = (true, Vec::new());
                self.locks.push(Lock { except, names });
                return Ok(());
            }
        };
        let mut names = Vec::new();
        for name in file
            .value(parameters, "Fields")?
            .as_array()
            .unwrap_or_default()
        {
            if let Object::String(name) = file.resolve(name)? {
                names.push(readable(&name));
            }
        }
        self.locks.push(Lock { except, names });
        Ok(())
    }

    /// The certification's level, when there is one.
    pub fn level(&self) -> Option<i64> {
        self.level
    }

    /// Both must permit.
    pub fn and(&mut self, other: &Self) {
        self.level = strictest(self.level, other.level);
        self.locks.extend(other.locks.iter().cloned());
    }

    fn locked(&self, field: &str) -> bool {
        self.locks.iter().any(|lock| {
            let named = lock.names.iter().any(|name| {
                let below = field.strip_prefix(name.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            named != lock.except
        })
    }

    /// Why a change is not permitted, if it is not.
    pub fn refuse(&self, change: &Change) -> Option<String> {
        let needs = match change {
            Change::ValidationData | Change::Metadata | Change::Timestamp { .. } => Needs::Nothing,
            Change::Signature { new: true, .. } if self.level.is_some() => {
                return Some("a certified file gets no new visible signature field".to_owned());
            }
            Change::Fill { field } if self.locked(field) => {
                return Some(format!("a signature has locked the field {field:?}"));
            }
            Change::Signature { .. } | Change::Fill { .. } => Needs::Level(FORMS),
            Change::Annotation { kind, .. } if !MARKS.contains(&kind.as_str()) => {
                return Some(format!(
                    "annotations of the kind {kind:?} may cover content"
                ));
            }
            Change::Annotation { .. } => Needs::Certified(ANNOTATIONS),
        };
        match (needs, self.level) {
            (Needs::Nothing, _) | (Needs::Level(FORMS), None) => None,
            (Needs::Level(needed) | Needs::Certified(needed), Some(level)) if level >= needed => {
                None
            }
            (_, Some(level)) => Some(format!("the file is certified with level {level}")),
            (_, None) => Some("no certification permits it".to_owned()),
        }
    }
}

fn strictest(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}
