//! The fields of a form with all their widgets, by their objects.

use std::collections::BTreeMap;

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object, Ref, readable},
    reader::File,
};

/// Most fields that are looked at.
const FIELDS: usize = 10_000;
/// Longest full name, which each field below has anew.
const NAME: usize = 4096;
/// Deepest tree of fields.
const DEPTH: usize = 32;

/// A field, or one of its widgets.
pub(crate) struct Node {
    /// Full name.
    pub(crate) name: String,
    /// The kind of field, which may be inherited.
    pub(crate) kind: Vec<u8>,
    pub(crate) dict: Dict,
}

/// All fields that are objects of their own.
pub(crate) fn nodes(file: &File, form: &Dict) -> Result<BTreeMap<Ref, Node>> {
    let mut found = BTreeMap::new();
    let fields = file.value(form, "Fields")?;
    // Own stack: field, name and kind above, depth.
    let mut open: Vec<(Ref, String, Vec<u8>, usize)> = Vec::new();
    let push = |open: &mut Vec<_>, list: &Object, name: &str, kind: &[u8], depth| {
        let list = list.as_array().unwrap_or_default().iter();
        let fields = list.filter_map(Object::as_ref).take(FIELDS + 1);
        open.extend(fields.map(|field| (field, name.to_owned(), kind.to_vec(), depth)));
    };
    push(&mut open, &fields, "", b"", DEPTH);
    while let Some((field, above, kind, depth)) = open.pop() {
        if found.len() + open.len() > FIELDS {
            let (what, limit) = ("form fields", FIELDS);
            return Err(PdfError::TooLarge { what, limit });
        }
        let Some(dict) = file.dict(Some(&Object::Reference(field)))? else {
            continue;
        };
        let name = match file.value(&dict, "T")? {
            Object::String(text) => full_name(&above, &text)?,
            _ => above,
        };
        let own = file.value(&dict, "FT")?;
        let kind = own.as_name().map_or(kind, <[u8]>::to_vec);
        let kids = file.value(&dict, "Kids")?;
        let again = found.contains_key(&field);
        if depth == 0 || again {
            return damaged("the fields of the form are no tree", 0);
        }
        push(&mut open, &kids, &name, &kind, depth - 1);
        found.insert(field, Node { name, kind, dict });
    }
    Ok(found)
}

/// The name of a field below others (12.7.4.2).
pub(crate) fn full_name(above: &str, own: &[u8]) -> Result<String> {
    if above.len() + own.len() > NAME {
        return damaged("a field whose name is too long", 0);
    }
    Ok(match above {
        "" => readable(own),
        _ => format!("{above}.{}", readable(own)),
    })
}
