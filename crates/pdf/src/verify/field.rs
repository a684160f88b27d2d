//! Finds the signatures of a file: the fields of its form that have one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, Finding};
use crate::{
    error::{PdfError, damaged},
    object::{Dict, Object, Ref},
    reader::{File, form::full_name},
};

/// Most fields that are looked at.
const FIELDS: usize = 10_000;
/// Deepest tree of fields.
const DEPTH: usize = 32;

/// A field with a signature.
#[derive(Clone)]
pub(super) struct SignatureField {
    /// Its full name.
    pub name: String,
    /// Where its signature dictionary is; none when it is not an object of its own.
    pub value: Option<Ref>,
    pub dict: Dict,
}

/// The fields of a form.
#[derive(Default)]
pub(super) struct Fields {
    /// All that have a signature, in the order of the form.
    pub signatures: Vec<SignatureField>,
    /// How many fields at the top have a name.
    pub names: BTreeMap<String, usize>,
}

/// Reads the fields of the form.
pub(super) fn fields(file: &File, catalog: &Dict) -> Checked<Fields> {
    let Some(form) = file.dict(catalog.get("AcroForm"))? else {
        return Ok(Fields::default());
    };
    let fields = file.value(&form, "Fields")?;
    let mut walk = Walk {
        file,
        seen: BTreeSet::new(),
        count: 0,
        values: BTreeSet::new(),
        found: Fields::default(),
    };
    for field in fields.as_array().unwrap_or_default() {
        walk.field(field, "", false, DEPTH)?;
    }
    Ok(walk.found)
}

/// Refuses a file whose form could not be judged once it was signed.
pub(crate) fn judgeable(file: &File, catalog: &Dict) -> Result<(), PdfError> {
    match fields(file, catalog) {
        Ok(_) => Ok(()),
        Err(_) => damaged(
            "the fields of the form are no tree, or share a signature",
            0,
        ),
    }
}

struct Walk<'a> {
    file: &'a File<'a>,
    seen: BTreeSet<Ref>,
    count: usize,
    /// Signature dictionaries.
    values: BTreeSet<Ref>,
    found: Fields,
}

impl Walk<'_> {
    fn field(&mut self, field: &Object, above: &str, signs: bool, depth: usize) -> Checked<()> {
        self.count += 1;
        if self.count > FIELDS {
            return Err(PdfError::TooLarge {
                what: "form fields",
                limit: FIELDS,
            }
            .into());
        }
        let again = field
            .as_ref()
            .is_some_and(|reference| !self.seen.insert(reference));
        if depth == 0 || again {
            return Err(Finding::invalid(
                "form-damaged",
                "the fields of the form are no tree",
            ));
        }
        let Some(dict) = self.file.dict(Some(field))? else {
            return Ok(());
        };
        let name = match self.file.value(&dict, "T")? {
            Object::String(text) => full_name(above, &text)?,
            _ => above.to_owned(),
        };
        if above.is_empty() {
            *self.found.names.entry(name.clone()).or_default() += 1;
        }
        let signs = match self.file.value(&dict, "FT")?.as_name() {
            Some(kind) => kind == b"Sig",
            None => signs,
        };
        if signs && let Some(value) = dict.get("V") {
            let value = value.as_ref();
            if value.is_some_and(|value| !self.values.insert(value)) {
                return Err(Finding::invalid(
                    "form-damaged",
                    "two fields have the same signature",
                ));
            }
            self.found.signatures.push(SignatureField {
                name: name.clone(),
                value,
                dict: dict.clone(),
            });
        }
        let kids = self.file.value(&dict, "Kids")?;
        for kid in kids.as_array().unwrap_or_default() {
            self.field(kid, &name, signs && dict.get("V").is_none(), depth - 1)?;
        }
        Ok(())
    }
}
