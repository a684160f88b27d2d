//! What a revision changes, as a reader sees it: both files are walked from their
//! catalogs, and whatever is different is either one of the [`Change`]s or not allowed.
//!
//! The walk goes by use and not by object: an object that is used at two places is held
//! to the rules of both, so that a field's new appearance cannot be page content too, and
//! an object that was missing before is a difference where it was spoken of.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, increment::shape};
use crate::{
    object::{Dict, Object, Ref},
    reader::{
        File, Indirect,
        form::{Node, nodes},
        pages,
    },
};

/// A change that some policy can permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Certificates and revocation data for later (`DSS`).
    ValidationData,
    /// Time and program of the last change; XMP.
    Metadata,
    /// A document timestamp, which is not seen.
    Timestamp { field: String },
    /// A signature; `new` when it brings a visible field of its own.
    Signature { field: String, new: bool },
    /// The value of a field that was there.
    Fill { field: String },
    /// An annotation that was not there.
    Annotation { kind: String, object: u32 },
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ValidationData => write!(f, "validation data"),
            Self::Metadata => write!(f, "metadata"),
            Self::Timestamp { field } => write!(f, "document timestamp {field:?}"),
            Self::Signature { field, .. } => write!(f, "signature {field:?}"),
            Self::Fill { field } => write!(f, "value of field {field:?}"),
            Self::Annotation { kind, object } => write!(f, "annotation {kind} (object {object})"),
        }
    }
}

/// What filling in a field changes of it.
const FILLED: &[&str] = &["V", "AP", "AS", "I", "M", "RV"];
/// What signing changes of a field that was prepared.
const SIGNED: &[&str] = &["V", "AP", "AS", "M", "F"];
/// All that a new signature field may say: no actions.
const SIGNATURE_FIELD: &[&str] = &[
    "Type", "Subtype", "FT", "T", "TU", "TM", "V", "Ff", "F", "Rect", "P", "AP", "AS", "MK", "DA",
    "Q", "Kids", "Parent", "Lock", "SV", "M", "BS", "Border", "NM",
];
const INFO: &[&str] = &["ModDate", "Producer"];

/// The signature that ends a revision.
#[derive(Clone, Copy)]
pub(super) struct Own {
    pub object: Ref,
    pub timestamp: bool,
}

/// Everything that `new` changes of `old`.
pub(super) fn difference(old: &File, new: &File, own: Option<Own>) -> Checked<Vec<Change>> {
    let (root, old_catalog) = old.catalog()?;
    let (new_root, new_catalog) = new.catalog()?;
    if root != new_root {
        return Err(shape("another catalog"));
    }
    let old_form = old.dict(old_catalog.get("AcroForm"))?.unwrap_or_default();
    let new_form = new.dict(new_catalog.get("AcroForm"))?.unwrap_or_default();
    let old_pages = pages::pages(old, &old_catalog)?;
    let old_nodes = nodes(old, &old_form)?;
    let mut roles: BTreeSet<Ref> = old_pages.iter().map(|page| page.reference).collect();
    roles.extend(old_nodes.keys());
    roles.insert(root);
    let mut walk = Walk {
        old,
        new,
        own,
        new_nodes: nodes(new, &new_form)?,
        old_nodes,
        roles,
        same: BTreeSet::new(),
        widgets: BTreeSet::new(),
        changes: Vec::new(),
    };
    walk.catalog(&old_catalog, &new_catalog)?;
    walk.form(&old_form, &new_form)?;
    walk.fields()?;
    for page in &old_pages {
        let now = new.dict(Some(&Object::Reference(page.reference)))?;
        walk.page(page.reference, &page.dict, &now.unwrap_or_default())?;
    }
    walk.info()?;
    walk.changes.dedup();
    Ok(walk.changes)
}

struct Walk<'a> {
    old: &'a File<'a>,
    new: &'a File<'a>,
    own: Option<Own>,
    old_nodes: BTreeMap<Ref, Node>,
    new_nodes: BTreeMap<Ref, Node>,
    /// Objects that have rules of their own, and are looked at by these.
    roles: BTreeSet<Ref>,
    /// Objects that are the same, with all that they lead to.
    same: BTreeSet<Ref>,
    /// Widgets of the new signature.
    widgets: BTreeSet<Ref>,
    changes: Vec<Change>,
}

impl Walk<'_> {
    fn catalog(&mut self, old: &Dict, new: &Dict) -> Checked<()> {
        for key in keys(old, new) {
            match key.as_str() {
                "AcroForm" => {}
                "DSS" if self.differ(old, new, &key)? => {
                    self.grown(old.get("DSS"), new.get("DSS"), 8)?;
                    self.changes.push(Change::ValidationData);
                }
                "Metadata" if self.differ(old, new, &key)? => self.changes.push(Change::Metadata),
                "Extensions" if self.differ(old, new, &key)? => {
                    self.grown(old.get("Extensions"), new.get("Extensions"), 8)?;
                    self.changes.push(Change::Metadata);
                }
                "Version" if old.get("Version").is_none() => self.changes.push(Change::Metadata),
                _ => self.equal(old, new, &key, "the catalog")?,
            }
        }
        Ok(())
    }

    /// Entries may be added, and none is lost.
    fn grown(&self, old: Option<&Object>, new: Option<&Object>, depth: usize) -> Checked<()> {
        let lost = || shape("validation data, extensions or resources were taken away");
        let Some(old) = old else {
            return Ok(());
        };
        let new = new.filter(|_| depth > 0).ok_or_else(lost)?;
        // Data that are streams are compared where they are.
        if old.as_ref().is_some() && self.unchanged(old)?.is_ok() && old == new {
            return Ok(());
        }
        match (self.old.resolve(old)?, self.new.resolve(new)?) {
            (Object::Dict(old), Object::Dict(new)) => old.keys().try_for_each(|key| {
                let key = String::from_utf8_lossy(key);
                self.grown(old.get(&key), new.get(&key), depth - 1)
            }),
            (Object::Array(old), Object::Array(new)) => {
                let new: Vec<_> = new.iter().filter_map(Object::as_ref).collect();
                let new: BTreeSet<_> = new.into_iter().collect();
                let kept = |item: &Object| item.as_ref().is_none_or(|item| new.contains(&item));
                old.iter().all(kept).then_some(()).ok_or_else(lost)
            }
            (old, new) if old == new => Ok(()),
            _ => Err(lost()),
        }
    }

    fn form(&mut self, old: &Dict, new: &Dict) -> Checked<()> {
        for key in keys(old, new) {
            match key.as_str() {
                "Fields" | "SigFlags" => {}
                "DR" => self.grown(old.get("DR"), new.get("DR"), 8)?,
                // Said by signers who bring a form along; nothing is drawn by it then.
                "DA" if old.get("Fields").is_none() => {}
                _ => self.equal(old, new, &key, "the form")?,
            }
        }
        let before = self.old.value(old, "Fields")?;
        let now = self.new.value(new, "Fields")?;
        let added = added(&before, &now).ok_or_else(|| shape("the form has lost fields"))?;
        for field in added {
            let reference = field.as_ref();
            let reference = reference.ok_or_else(|| shape("the form has got a field"))?;
            self.new_field(reference)?;
        }
        Ok(())
    }

    /// A new field must be the one of the signature that ends the revision.
    fn new_field(&mut self, field: Ref) -> Checked<()> {
        let wrong = |what: &str| {
            let number = field.number;
            shape(format!("object {number}: the form has got a field {what}"))
        };
        let node = self
            .new_nodes
            .get(&field)
            .ok_or_else(|| wrong("that is none"))?;
        let value = node.dict.get("V").and_then(Object::as_ref);
        let own = self.own.filter(|own| Some(own.object) == value);
        let own = own.ok_or_else(|| wrong("that is not the one of its signature"))?;
        if node.kind != b"Sig" {
            return Err(wrong("of another kind"));
        }
        let name = node.name.clone();
        if name.is_empty() || self.old_nodes.values().any(|old| old.name == name) {
            return Err(wrong("with a name that is taken"));
        }
        let kids = node.dict.get("Kids").and_then(Object::as_array);
        let kids = kids.unwrap_or_default().iter().filter_map(Object::as_ref);
        let mut visible = false;
        for reference in [field].into_iter().chain(kids) {
            let known = self.new_nodes.get(&reference);
            let dict = known
                .map(|node| &node.dict)
                .ok_or_else(|| wrong("with a hole"))?;
            let says = |key: &[u8]| SIGNATURE_FIELD.iter().any(|name| name.as_bytes() == key);
            if let Some(key) = dict.keys().find(|key| !says(key)) {
                let key = String::from_utf8_lossy(key);
                return Err(wrong(&format!("with the entry {key}")));
            }
            visible |= self.visible(dict)?;
            self.widgets.insert(reference);
        }
        self.changes.push(if own.timestamp && !visible {
            Change::Timestamp { field: name }
        } else {
            Change::Signature {
                field: name,
                new: visible,
            }
        });
        Ok(())
    }

    /// Whether a widget has an area and something to show in it.
    fn visible(&self, dict: &Dict) -> Checked<bool> {
        let rect = self.new.value(dict, "Rect")?;
        let sides: Vec<f64> = rect
            .as_array()
            .unwrap_or_default()
            .iter()
            .filter_map(Object::as_number)
            .collect();
        let flat = |a: f64, b: f64| (a - b).abs() < 1e-3;
        Ok(match sides[..] {
            [a, b, c, d] => !flat(a, c) && !flat(b, d),
            _ => dict.get("AP").is_some(),
        })
    }

    /// Each field that was there, and each of its widgets.
    fn fields(&mut self) -> Checked<()> {
        let mut changes = Vec::new();
        let own = self.own.map(|own| Object::Reference(own.object));
        let signed = self
            .new_nodes
            .values()
            .find(|node| own.is_some() && node.dict.get("V") == own.as_ref());
        let signed = signed.map(|node| &node.name);
        for (reference, before) in &self.old_nodes {
            let lost = || shape(format!("object {}: a field is gone", reference.number));
            let now = self.new_nodes.get(reference).ok_or_else(lost)?;
            let mut touched = Vec::new();
            for key in keys(&before.dict, &now.dict) {
                if self.differ(&before.dict, &now.dict, &key)? {
                    touched.push(key);
                }
            }
            if touched.is_empty() {
                continue;
            }
            let field = before.name.clone();
            let value = now.dict.get("V").and_then(Object::as_ref);
            let signs = before.kind == b"Sig";
            let may = match (signs, before.dict.get("V"), self.own) {
                (false, ..) => FILLED,
                (true, None, Some(own)) if value.is_none_or(|value| value == own.object) => SIGNED,
                _ => &[],
            };
            if let Some(key) = touched.iter().find(|key| !may.contains(&key.as_str())) {
                let number = reference.number;
                let reason = format!("object {number}: {key} of field {field:?} was changed");
                return Err(shape(reason));
            }
            changes.push(match self.own.filter(|_| signs) {
                None => Change::Fill { field },
                Some(_) if signed != Some(&field) => {
                    return Err(shape(format!("the empty field {field:?} was changed")));
                }
                // What is seen of a timestamp is a signature.
                Some(own) if own.timestamp && !touched.iter().any(|key| key == "AP") => {
                    Change::Timestamp { field }
                }
                Some(_) => Change::Signature { field, new: false },
            });
        }
        self.changes.extend(changes);
        Ok(())
    }

    fn page(&mut self, page: Ref, old: &Dict, new: &Dict) -> Checked<()> {
        let what = format!("page object {}", page.number);
        for key in keys(old, new) {
            if key != "Annots" {
                self.equal(old, new, &key, &what)?;
            }
        }
        let before = self.old.value(old, "Annots")?;
        let now = self.new.value(new, "Annots")?;
        let gone = || shape(format!("{what} has lost an annotation"));
        let added = added(&before, &now).ok_or_else(gone)?;
        for annotation in before.as_array().unwrap_or_default() {
            self.unchanged(annotation)?
                .map_err(|number| changed(number, &what))?;
        }
        for annotation in added {
            let reference = annotation.as_ref();
            let unseen = || shape(format!("{what} has got an annotation that is no object"));
            let reference = reference.ok_or_else(unseen)?;
            if self.widgets.remove(&reference) {
                continue;
            }
            let dict = self.new.dict(Some(annotation))?.unwrap_or_default();
            let kind = dict.get("Subtype").and_then(Object::as_name);
            let kind = String::from_utf8_lossy(kind.unwrap_or_default()).into_owned();
            let object = reference.number;
            if dict.get("A").is_some() || dict.get("AA").is_some() {
                return Err(shape(format!(
                    "object {object}: an annotation with an action"
                )));
            }
            self.changes.push(Change::Annotation { kind, object });
        }
        Ok(())
    }

    fn info(&mut self) -> Checked<()> {
        let before = self
            .old
            .dict(self.old.trailer.get("Info"))?
            .unwrap_or_default();
        let now = self
            .new
            .dict(self.new.trailer.get("Info"))?
            .unwrap_or_default();
        for key in keys(&before, &now) {
            if !self.differ(&before, &now, &key)? {
                continue;
            }
            if !INFO.contains(&key.as_str()) {
                return Err(shape(format!("{key} of the document's information")));
            }
            self.changes.push(Change::Metadata);
        }
        Ok(())
    }

    /// A value must be the same, with all that it leads to.
    fn equal(&mut self, old: &Dict, new: &Dict, key: &str, what: &str) -> Checked<()> {
        let (before, now) = (old.get(key), new.get(key));
        let (Some(before), true) = (before, before == now) else {
            return Err(shape(format!("{key} of {what} was changed")));
        };
        let found = self.lead(before)?;
        let found = found.map_err(|number| changed(number, what))?;
        self.same.extend(found);
        Ok(())
    }

    fn differ(&self, old: &Dict, new: &Dict, key: &str) -> Checked<bool> {
        Ok(match (old.get(key), new.get(key)) {
            (Some(before), Some(now)) if before == now => self.unchanged(before)?.is_err(),
            _ => true,
        })
    }

    fn unchanged(&self, value: &Object) -> Checked<Result<(), u32>> {
        Ok(self.lead(value)?.map(|_| ()))
    }

    /// All objects that a value leads to, or the first that is not the same.
    fn lead(&self, value: &Object) -> Checked<Result<BTreeSet<Ref>, u32>> {
        let mut found = BTreeSet::new();
        let mut open = Vec::new();
        references(value, &mut open);
        while let Some(next) = open.pop() {
            let known = self.roles.contains(&next) || self.same.contains(&next);
            if known || !found.insert(next) {
                continue;
            }
            let number = next.number;
            let old = self.old.object(number)?;
            if self.old.entry(number) != self.new.entry(number) {
                let new = self.new.object(number)?;
                let same = match (&old, &new) {
                    (Some(Indirect::Stream(a, from)), Some(Indirect::Stream(b, to))) => {
                        a == b && self.old.bytes[from.clone()] == self.new.bytes[to.clone()]
                    }
                    (a, b) => a == b,
                };
                if !same {
                    return Ok(Err(number));
                }
            }
            match old {
                Some(Indirect::Plain(object)) => references(&object, &mut open),
                Some(Indirect::Stream(dict, _)) => references(&Object::Dict(dict), &mut open),
                None => {}
            }
        }
        Ok(Ok(found))
    }
}

fn changed(number: u32, what: &str) -> super::Finding {
    shape(format!("object {number}, which {what} uses, was changed"))
}

fn references(object: &Object, into: &mut Vec<Ref>) {
    let _ = object.each_part::<()>(&mut |part| {
        into.extend(part.as_ref());
        Ok(())
    });
}

fn keys(old: &Dict, new: &Dict) -> BTreeSet<String> {
    let all = old.keys().chain(new.keys());
    all.map(|key| String::from_utf8_lossy(key).into_owned())
        .collect()
}

/// What an array has got at its end; none when it lost or changed something.
fn added<'n>(old: &Object, new: &'n Object) -> Option<&'n [Object]> {
    let old = old.as_array().unwrap_or_default();
    new.as_array().unwrap_or_default().strip_prefix(old)
}
