//! What earlier signatures permit: certification (`DocMDP`, ISO 32000-2, 12.8.2.2) and
//! locked fields (`FieldMDP`, 12.8.2.4; `Lock`, 12.7.5.5).

use crate::{
    error::Result,
    object::{Dict, Object, readable},
    reader::File,
};

/// Levels of certification.
pub(crate) const NO_CHANGES: i64 = 1;
pub(crate) const FORMS: i64 = 2;
pub(crate) const ANNOTATIONS: i64 = 3;

/// What all signatures so far permit together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Permissions {
    /// The strictest certification.
    level: Option<i64>,
    locks: Vec<Lock>,
}

/// Which fields must not change.
#[derive(Debug, Clone, PartialEq)]
struct Lock {
    /// Whether the names are those that may still change.
    except: bool,
    names: Vec<String>,
}

impl Permissions {
    /// What a signature with this dictionary in this field permits.
    pub(crate) fn read(file: &File, signature: &Dict, field: &Dict) -> Result<Self> {
        let mut permissions = Self::default();
        let references = file.value(signature, "Reference")?;
        for reference in references.as_array().unwrap_or_default() {
            let Some(reference) = file.dict(Some(reference))? else {
                continue;
            };
            let parameters = file.dict(reference.get("TransformParams"))?;
            let parameters = parameters.unwrap_or_default();
            match file.value(&reference, "TransformMethod")?.as_name() {
                Some(b"DocMDP") => {
                    let level = level(file, Some(&parameters))?;
                    permissions.certify_by(level.unwrap_or(FORMS));
                }
                Some(b"FieldMDP") => permissions.lock_by(&resolved(file, &parameters)?),
                _ => {}
            }
        }
        if let Some(lock) = file.dict(field.get("Lock"))? {
            permissions.level = strictest(permissions.level, level(file, Some(&lock))?);
            permissions.lock_by(&resolved(file, &lock)?);
        }
        Ok(permissions)
    }

    /// Takes in a certification that is being made.
    pub(crate) fn certify_by(&mut self, level: i64) {
        self.level = strictest(self.level, Some(level));
    }

    /// Takes in a lock with its values in it.
    pub(crate) fn lock_by(&mut self, lock: &Dict) {
        let names = || {
            let names = lock.get("Fields").and_then(Object::as_array);
            let names = names.unwrap_or_default().iter();
            let names = names.filter_map(Object::as_string).map(readable);
            names.collect()
        };
        let (except, names) = match lock.get("Action").and_then(Object::as_name) {
            Some(b"Include") => (false, names()),
            Some(b"Exclude") => (true, names()),
            // All fields, or what is not understood: no field is left out.
            _ => (true, Vec::new()),
        };
        let lock = Lock { except, names };
        // A signature says what its field says.
        if !self.locks.contains(&lock) {
            self.locks.push(lock);
        }
    }

    /// The certification's level, when there is one.
    pub(crate) fn level(&self) -> Option<i64> {
        self.level
    }

    /// Both must permit.
    pub(crate) fn and(&mut self, other: &Self) {
        self.level = strictest(self.level, other.level);
        self.locks.extend(other.locks.iter().cloned());
    }

    pub(crate) fn locked(&self, field: &str) -> bool {
        self.locks.iter().any(|lock| {
            let named = lock.names.iter().any(|name| {
                let below = field.strip_prefix(name.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            named != lock.except
        })
    }
}

/// The level that a lock or parameters say. One that is none permits nothing.
pub(crate) fn level(file: &File, parameters: Option<&Dict>) -> Result<Option<i64>> {
    let level = parameters.map(|parameters| file.value(parameters, "P"));
    Ok(match level.transpose()? {
        None | Some(Object::Null) => None,
        Some(Object::Int(level @ NO_CHANGES..=ANNOTATIONS)) => Some(level),
        Some(_) => Some(NO_CHANGES),
    })
}

/// A lock, or the parameters of `FieldMDP`, with the values in it that it refers to.
pub(crate) fn resolved(file: &File, lock: &Dict) -> Result<Dict> {
    let mut out = Dict::default();
    for key in ["Action", "Fields"] {
        let mut value = file.value(lock, key)?;
        if let Object::Array(items) = &mut value {
            for item in items {
                *item = file.resolve(item)?;
            }
        }
        if value != Object::Null {
            out.set(key, value);
        }
    }
    Ok(out)
}

fn strictest(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}
