//! What a revision changes, as a reader sees it: both files are walked from their
//! catalogs, and whatever is different is either one of the [`Change`]s or not allowed.
//!
//! The walk goes by use and not by object: an object that is used at two places is held
//! to the rules of both, so that a field's new appearance cannot be page content too, and
//! an object that was missing before is a difference where it was spoken of.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, increment::shape, same::Same};
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
    /// A document timestamp, which is not seen; `new` when it brings a field of its own.
    Timestamp { field: String, new: bool },
    /// A signature; `new` when it brings a visible field of its own.
    Signature { field: String, new: bool },
    /// The value of a field that was there.
    Fill { field: String },
    /// Fonts and the like under new names, for the looks of what the form got.
    Resources,
    /// An annotation that was not there; one with `looks` of its own can show anything.
    Annotation {
        kind: String,
        looks: bool,
        object: u32,
    },
}

impl Change {
    /// Whether it is for judging the file later, and changes nothing that is seen.
    pub fn is_for_later(&self) -> bool {
        matches!(
            self,
            Self::ValidationData | Self::Metadata | Self::Timestamp { .. }
        )
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ValidationData => write!(f, "validation data"),
            Self::Metadata => write!(f, "metadata"),
            Self::Timestamp { field, .. } => write!(f, "document timestamp {field:?}"),
            Self::Signature { field, .. } => write!(f, "signature {field:?}"),
            Self::Fill { field } => write!(f, "value of field {field:?}"),
            Self::Resources => write!(f, "resources of the form"),
            Self::Annotation { kind, object, .. } => {
                write!(f, "annotation {kind} (object {object})")
            }
        }
    }
}

/// What filling in a field changes of it.
const FILLED: &[&str] = &["V", "AP", "AS", "I", "M", "RV"];
/// What signing changes of a field that was prepared.
const SIGNED: &[&str] = &["V", "AP", "AS", "M", "F"];
/// Kinds of fields that are filled in.
const FILLABLE: &[&[u8]] = &[b"Tx", b"Btn", b"Ch"];
/// Flags of a widget that is not seen: hidden, and not on the screen (12.5.3).
const UNSEEN: i64 = 1 << 1 | 1 << 5;
/// All that a new signature field may say: no actions.
const SIGNATURE_FIELD: &[&str] = &[
    "Type", "Subtype", "FT", "T", "TU", "TM", "V", "Ff", "F", "Rect", "P", "AP", "AS", "MK", "DA",
    "Q", "Kids", "Parent", "Lock", "SV", "M", "BS", "Border", "NM",
];
/// What a widget says of its looks; the field of a timestamp says nothing of that.
const LOOKS: [&str; 5] = ["AP", "AS", "MK", "BS", "Border"];
/// What a document timestamp changes of a field that was prepared.
const STAMPED: &[&str] = &["V", "M"];
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
    let mut ruled: BTreeSet<Ref> = old_pages.iter().map(|page| page.reference).collect();
    ruled.insert(root);
    let fields = old_nodes.keys().copied().collect();
    let mut walk = Walk {
        old,
        new,
        own,
        new_nodes: nodes(new, &new_form)?,
        old_nodes,
        same: Same::new((old, new), ruled, fields),
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
    // Anybody can get a timestamp, so it vouches for no change.
    let stamped = own.is_some_and(|own| own.timestamp);
    let other = walk.changes.iter().find(|change| !change.is_for_later());
    match other.filter(|_| stamped) {
        Some(change) => Err(shape(format!("{change} under a mere timestamp"))),
        None => Ok(walk.changes),
    }
}

struct Walk<'a> {
    old: &'a File<'a>,
    new: &'a File<'a>,
    own: Option<Own>,
    old_nodes: BTreeMap<Ref, Node>,
    new_nodes: BTreeMap<Ref, Node>,
    same: Same<'a>,
    /// Widgets of the new signature.
    widgets: BTreeSet<Ref>,
    changes: Vec<Change>,
}

impl Walk<'_> {
    fn catalog(&mut self, old: &Dict, new: &Dict) -> Checked<()> {
        for key in keys(old, new) {
            match &key[..] {
                b"AcroForm" => {}
                b"DSS" if self.differ(old, new, &key)? => {
                    self.grown(old.get("DSS"), new.get("DSS"), 8)?;
                    self.changes.push(Change::ValidationData);
                }
                b"Metadata" if self.differ(old, new, &key)? => self.changes.push(Change::Metadata),
                b"Extensions" if self.differ(old, new, &key)? => {
                    self.grown(old.get("Extensions"), new.get("Extensions"), 8)?;
                    self.changes.push(Change::Metadata);
                }
                b"Version" if old.get("Version").is_none() => self.changes.push(Change::Metadata),
                _ => self.equal(old, new, &key, "the catalog")?,
            }
        }
        Ok(())
    }

    /// Entries may be added, and none is lost.
    fn grown(&self, old: Option<&Object>, new: Option<&Object>, depth: usize) -> Checked<()> {
        let lost = || shape("validation data or extensions were taken away");
        let Some(old) = old else {
            return Ok(());
        };
        let new = new.filter(|_| depth > 0).ok_or_else(lost)?;
        // Data that are streams are compared where they are.
        if old.as_ref().is_some() && self.same.value(old, "")?.is_ok() && old == new {
            return Ok(());
        }
        match (self.old.resolve(old)?, self.new.resolve(new)?) {
            (Object::Dict(old), Object::Dict(new)) => old
                .keys()
                .try_for_each(|key| self.grown(old.get(key), new.get(key), depth - 1)),
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
            match &key[..] {
                b"Fields" | b"SigFlags" => {}
                b"DR" if self.differ(old, new, &key)? => self.resources(old, new)?,
                // Said by signers who bring a form along; nothing is drawn by it then.
                b"DA" if old.get("Fields").is_none() => {}
                _ => self.equal(old, new, &key, "the form")?,
            }
        }
        let before = list(self.old, old, "Fields")?;
        let now = list(self.new, new, "Fields")?;
        let added = now.strip_prefix(&before[..]);
        let added = added.ok_or_else(|| shape("the form has lost fields"))?;
        // Those that are no objects have no rules of their own.
        for field in before.iter().filter(|field| field.as_ref().is_none()) {
            let kept = self.same.value(field, "Fields")?;
            kept.map_err(|number| changed(number, "a field"))?;
        }
        for field in added {
            let reference = field.as_ref();
            let reference = reference.ok_or_else(|| shape("the form has got a field"))?;
            self.new_field(reference)?;
        }
        Ok(())
    }

    /// Resources may come under new names. Where readers are to make the looks of fields
    /// anew, a font that was missing would change what old values look like.
    fn resources(&mut self, old: &Dict, new: &Dict) -> Checked<()> {
        let wrong = |what: &str| shape(format!("resources of the form: {what} was changed"));
        if old.get("NeedAppearances").is_some() {
            return Err(wrong("what fields are drawn with"));
        }
        let before = self.old.dict(old.get("DR"))?.unwrap_or_default();
        let now = self.new.dict(new.get("DR"))?.unwrap_or_default();
        for kind in keys(&before, &now) {
            // A list without meaning since PDF 1.4.
            if kind == b"ProcSet" || !self.differ(&before, &now, &kind)? {
                continue;
            }
            let before = self.old.dict(before.get(&kind))?.unwrap_or_default();
            let now = self.new.dict(now.get(&kind))?.unwrap_or_default();
            for name in before.keys() {
                if self.same.entry(&before, &now, name)?.is_err() {
                    return Err(wrong(&format!("{} of {}", shown(name), shown(&kind))));
                }
            }
        }
        self.changes.push(Change::Resources);
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
        let kids = list(self.new, &node.dict, "Kids")?;
        let kids = kids.iter().filter_map(Object::as_ref);
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
            visible |= own.timestamp && LOOKS.iter().any(|key| dict.get(key).is_some());
            self.widgets.insert(reference);
        }
        self.changes.push(if own.timestamp && !visible {
            let (field, new) = (name, true);
            Change::Timestamp { field, new }
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
        let mut looks = BTreeSet::new();
        let signed = self.signed()?;
        for (reference, before) in &self.old_nodes {
            let number = reference.number;
            let lost = || shape(format!("object {number}: a field is gone"));
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
            if touched.iter().any(|key| key == b"AP") {
                looks.extend(before.dict.get("AP").and_then(Object::as_ref));
            }
            let field = before.name.clone();
            let value = now.dict.get("V").and_then(Object::as_ref);
            let signs = before.kind == b"Sig";
            let may = match (signs, before.dict.get("V"), self.own) {
                (false, ..) if FILLABLE.contains(&before.kind.as_slice()) => FILLED,
                (true, None, Some(own)) if value.is_none_or(|value| value == own.object) => SIGNED,
                _ => &[],
            };
            let may = |key: &[u8]| may.iter().any(|name| name.as_bytes() == key);
            if let Some(key) = touched.iter().find(|key| !may(key)) {
                let key = shown(key);
                let reason = format!("object {number}: {key} of field {field:?} was changed");
                return Err(shape(reason));
            }
            // What else is changed for a timestamp is a signature, as to what permits it.
            let stamped = |key: &Vec<u8>| STAMPED.iter().any(|name| name.as_bytes() == key);
            let unseen = |dict: &Dict| dict.int("F").unwrap_or(0) & UNSEEN;
            if unseen(&before.dict) & !unseen(&now.dict) != 0 {
                return Err(shape(format!("the hidden field {field:?} is shown")));
            }
            changes.push(match self.own.filter(|_| signs) {
                None => Change::Fill { field },
                Some(_) if !signed.contains(reference) => {
                    return Err(shape(format!("the empty field {field:?} was changed")));
                }
                Some(own) if own.timestamp && touched.iter().all(stamped) => {
                    let new = false;
                    Change::Timestamp { field, new }
                }
                Some(_) => Change::Signature { field, new: false },
            });
        }
        self.changes.extend(changes);
        self.used_by_fields_alone(&looks)
    }

    /// What a field looked like before may be used by nothing else, which would show it
    /// otherwise from now on.
    fn used_by_fields_alone(&self, looks: &BTreeSet<Ref>) -> Checked<()> {
        if looks.is_empty() {
            return Ok(());
        }
        let mut used = None;
        let mut look = |part: &Object| -> Checked<()> {
            used = used.or(part.as_ref().filter(|part| looks.contains(part)));
            Ok(())
        };
        Object::Dict(self.old.trailer.clone()).each_part(&mut look)?;
        let fields: BTreeSet<u32> = self.old_nodes.keys().map(|node| node.number).collect();
        for (number, _) in self.old.used() {
            if fields.contains(&number) {
                continue;
            }
            match self.old.object(number)? {
                Some(Indirect::Plain(object)) => object.each_part(&mut look)?,
                Some(Indirect::Stream(dict, _)) => Object::Dict(dict).each_part(&mut look)?,
                None => {}
            }
        }
        match used {
            None => Ok(()),
            Some(look) => {
                let number = look.number;
                let reason =
                    format!("object {number}, what a field looked like, is used elsewhere");
                Err(shape(reason))
            }
        }
    }

    /// The field of the signature that ends the revision, with its widgets.
    fn signed(&self) -> Checked<BTreeSet<Ref>> {
        let own = self.own.map(|own| Object::Reference(own.object));
        let is_own = |node: &Node| own.is_some() && node.dict.get("V") == own.as_ref();
        let found = self.new_nodes.iter().filter(|(_, node)| is_own(node));
        let mut open: Vec<Ref> = found.map(|(reference, _)| *reference).collect();
        let mut signed = BTreeSet::new();
        while let Some(next) = open.pop() {
            if signed.insert(next)
                && let Some(node) = self.new_nodes.get(&next)
            {
                let kids = list(self.new, &node.dict, "Kids")?;
                open.extend(kids.iter().filter_map(Object::as_ref));
            }
        }
        Ok(signed)
    }

    fn page(&mut self, page: Ref, old: &Dict, new: &Dict) -> Checked<()> {
        let what = format!("page object {}", page.number);
        for key in keys(old, new) {
            if key != b"Annots" {
                self.equal(old, new, &key, &what)?;
            }
        }
        let before = list(self.old, old, "Annots")?;
        let now = list(self.new, new, "Annots")?;
        let gone = || shape(format!("{what} has lost an annotation"));
        let added = now.strip_prefix(&before[..]).ok_or_else(gone)?;
        for annotation in &before {
            let kept = self.same.value(annotation, "Annots")?;
            kept.map_err(|number| changed(number, &what))?;
        }
        for annotation in added {
            let reference = annotation.as_ref();
            let unseen = || shape(format!("{what} has got an annotation that is no object"));
            let reference = reference.ok_or_else(unseen)?;
            let dict = self.new.dict(Some(annotation))?.unwrap_or_default();
            // Other annotations are drawn by readers, whatever form they are in.
            if dict.is_name("Subtype", "Widget") && self.widgets.remove(&reference) {
                continue;
            }
            let kind = dict.get("Subtype").and_then(Object::as_name);
            let kind = String::from_utf8_lossy(kind.unwrap_or_default()).into_owned();
            let object = reference.number;
            if dict.get("A").is_some() || dict.get("AA").is_some() {
                return Err(shape(format!(
                    "object {object}: an annotation with an action"
                )));
            }
            let looks = dict.get("AP").is_some();
            self.changes.push(Change::Annotation {
                kind,
                looks,
                object,
            });
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
            if !INFO.iter().any(|name| name.as_bytes() == key) {
                let key = shown(&key);
                return Err(shape(format!("{key} of the document's information")));
            }
            self.changes.push(Change::Metadata);
        }
        Ok(())
    }

    /// A value must be the same, with all that it leads to.
    fn equal(&self, old: &Dict, new: &Dict, key: &[u8], what: &str) -> Checked<()> {
        self.same
            .entry(old, new, key)?
            .map_err(|object| match object {
                Some(number) => changed(number, what),
                None => shape(format!("{} of {what} was changed", shown(key))),
            })
    }

    fn differ(&self, old: &Dict, new: &Dict, key: &[u8]) -> Checked<bool> {
        Ok(self.same.entry(old, new, key)?.is_err())
    }
}

fn changed(number: u32, what: &str) -> super::Finding {
    shape(format!("object {number}, which {what} uses, was changed"))
}

/// A key need not be UTF-8.
fn keys(old: &Dict, new: &Dict) -> BTreeSet<Vec<u8>> {
    old.keys().chain(new.keys()).map(<[u8]>::to_vec).collect()
}

fn shown(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

/// An array that may be missing, and must be nothing else.
fn list(file: &File, dict: &Dict, key: &str) -> Checked<Vec<Object>> {
    match file.value(dict, key)? {
        Object::Array(items) => Ok(items),
        Object::Null => Ok(Vec::new()),
        _ => Err(shape(format!("{key} is no list"))),
    }
}
