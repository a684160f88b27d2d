//! What may follow a signature: increments of the shape that signing makes.
//!
//! Every byte of an increment is accounted for, and every object that it holds is one of
//! these: a signature with its field, widgets and appearance, all of them new; and
//! changed only by having these entered, the form, the pages that show a widget, and the
//! catalog when it had no form. Whatever else could change what is seen, from new page
//! content to layers, actions and other fields, has no place in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, Finding, judge::Candidate};
use crate::{
    increment::write_table,
    object::{Dict, Object, Ref, print},
    reader::{CHAIN, Entry, File, Indirect, Section, Style, pages::PageObject},
};

const SIGNATURE: &[&str] = &[
    "Type",
    "Filter",
    "SubFilter",
    "ByteRange",
    "Contents",
    "M",
    "Name",
    "Reason",
];
const FIELD: &[&str] = &["FT", "T", "V", "Kids"];
const WIDGET: &[&str] = &["Type", "Subtype", "Rect", "P", "F", "AP", "Parent"];
const FORM_XOBJECT: &[&str] = &[
    "Type",
    "Subtype",
    "BBox",
    "Matrix",
    "Resources",
    "Filter",
    "Length",
];
const IMAGE: &[&str] = &[
    "Type",
    "Subtype",
    "Width",
    "Height",
    "ColorSpace",
    "BitsPerComponent",
    "Filter",
    "SMask",
    "Length",
];

/// The revisions of a file, and what its form and pages are.
pub(super) struct History<'a> {
    file: &'a File<'a>,
    root: Ref,
    /// The form, when it is an object of its own.
    form: Option<Ref>,
    /// The array of the form's fields, when it is an object of its own.
    fields: Option<Ref>,
    pages: BTreeSet<Ref>,
    /// Arrays of annotations that are objects of their own, with their pages.
    annotations: BTreeMap<Ref, Ref>,
}

/// The objects of one increment.
#[derive(Default)]
struct Content {
    new: BTreeMap<u32, Indirect>,
    changed: BTreeMap<u32, (Indirect, Indirect)>,
    /// Offset of its first byte in the file.
    begin: usize,
}

/// What was entered into form and pages.
#[derive(Default)]
struct Entered {
    fields: Vec<Ref>,
    /// Widget and its page.
    widgets: BTreeMap<Ref, Ref>,
}

impl<'a> History<'a> {
    pub fn new(
        file: &'a File<'a>,
        root: Ref,
        catalog: &Dict,
        pages: &[PageObject],
    ) -> Checked<Self> {
        let form = catalog.get("AcroForm").and_then(Object::as_ref);
        let fields = file.dict(catalog.get("AcroForm"))?;
        let fields = fields.and_then(|form| form.get("Fields").and_then(Object::as_ref));
        let list = |page: &PageObject| {
            Some((
                page.dict.get("Annots").and_then(Object::as_ref)?,
                page.reference,
            ))
        };
        Ok(Self {
            file,
            root,
            form,
            fields,
            annotations: pages.iter().filter_map(list).collect(),
            pages: pages.iter().map(|page| page.reference).collect(),
        })
    }

    /// Matches signatures, in the order of the file, with revisions, and holds each
    /// increment to its shape. What is wrong becomes the finding of the signature whose
    /// increment it is.
    pub fn check(&self, candidates: &mut [Candidate]) {
        let sections = &self.file.sections;
        // The newest section belongs to the last signature, and so on down.
        let acts = candidates
            .iter()
            .rev()
            .take_while(|candidate| candidate.is_act())
            .count();
        let acts = acts.min(sections.len().saturating_sub(1));
        let mut state = BTreeMap::new();
        for section in sections[acts..].iter().rev() {
            state.extend(
                section
                    .entries
                    .iter()
                    .map(|(number, entry)| (*number, *entry)),
            );
        }
        let first = candidates.len() - acts;
        let (others, acts) = candidates.split_at_mut(first);
        let mut end_before = others
            .iter()
            .filter_map(|c| c.coverage)
            .map(|c| c.end)
            .next_back();
        let newest = sections[..acts.len()].iter().rev();
        for (candidate, section) in acts.iter_mut().zip(newest) {
            match self.one(candidate, section, &state, end_before) {
                Ok(begin) => candidate.before = Some(begin),
                Err(finding) => {
                    candidate.finding.get_or_insert(finding);
                }
            }
            end_before = candidate.coverage.map(|coverage| coverage.end);
            state.extend(
                section
                    .entries
                    .iter()
                    .map(|(number, entry)| (*number, *entry)),
            );
        }
    }

    /// Gives the length of the file before the increment.
    fn one(
        &self,
        candidate: &Candidate,
        section: &Section,
        before: &BTreeMap<u32, Entry>,
        end_before: Option<usize>,
    ) -> Checked<usize> {
        let missing = || shape("a revision is not the one of its signature");
        let (signature, coverage) = candidate
            .object
            .zip(candidate.coverage)
            .ok_or_else(missing)?;
        let content = self.content(section, before, coverage.end)?;
        if end_before.is_some_and(|end| end != content.begin) {
            return Err(shape(
                "between two signatures there is a revision without one",
            ));
        }
        let entered = self.entered(&content)?;
        Objects {
            content: &content,
            visited: BTreeSet::new(),
        }
        .belong(signature, &entered, self)?;
        Ok(content.begin)
    }

    /// Reads the objects one after the other and accounts for every byte.
    fn content(
        &self,
        section: &Section,
        before: &BTreeMap<u32, Entry>,
        end: usize,
    ) -> Checked<Content> {
        let mut offsets = Vec::with_capacity(section.entries.len());
        for (number, entry) in &section.entries {
            let Entry::At { offset, generation } = *entry else {
                return Err(shape("an increment frees an object, or packs it"));
            };
            offsets.push((
                offset,
                Ref {
                    number: *number,
                    generation,
                },
            ));
        }
        offsets.sort_unstable();
        let first = offsets.first().map(|(offset, _)| *offset);
        let begin = first.and_then(|offset| offset.checked_sub(1));
        let begin = begin.ok_or_else(|| shape("an increment without objects"))?;
        let mut content = Content {
            begin,
            ..Content::default()
        };
        let bytes = self.file.bytes;
        let mut at = begin;
        for (offset, reference) in &offsets {
            if bytes.get(at) != Some(&b'\n') || at + 1 != *offset {
                return Err(shape("an increment has bytes that belong to no object"));
            }
            let (object, after) = self.file.read_at(*offset, *reference, CHAIN)?;
            at = after;
            let own = section.style == Style::Stream && *offset == section.at;
            let known = before
                .get(&reference.number)
                .filter(|entry| **entry != Entry::Free);
            match known {
                _ if own => {}
                None => drop(content.new.insert(reference.number, object)),
                Some(entry) => {
                    let old = self.file.object_of(reference.number, *entry, CHAIN)?;
                    let old = old.ok_or_else(|| shape("an increment changes nothing"))?;
                    content.changed.insert(reference.number, (old, object));
                }
            }
        }
        self.account_for_end(section, &offsets, at, end)?;
        Ok(content)
    }

    /// The cross-reference and what follows it, byte by byte.
    fn account_for_end(
        &self,
        section: &Section,
        offsets: &[(usize, Ref)],
        at: usize,
        end: usize,
    ) -> Checked<()> {
        let mut expected = vec![b'\n'];
        if section.style == Style::Table {
            if section.at != at + 1 {
                return Err(shape("an increment has bytes that belong to no object"));
            }
            let mut offsets: Vec<_> = offsets.iter().map(|(offset, r)| (*r, *offset)).collect();
            write_table(&mut offsets, &section.trailer, &mut expected);
        }
        print(
            &mut expected,
            format_args!("startxref\n{}\n%%EOF\n", section.at),
        );
        if self.file.bytes.get(at..end) != Some(&expected) {
            return Err(shape("an increment does not end as signing ends it"));
        }
        if section.trailer.get("Root").and_then(Object::as_ref) != Some(self.root) {
            return Err(shape("an increment exchanges the catalog"));
        }
        Ok(())
    }

    /// What the changed objects were changed by; nothing but entries is allowed.
    fn entered(&self, content: &Content) -> Checked<Entered> {
        let mut entered = Entered::default();
        for (number, (old, new)) in &content.changed {
            let reference = Ref::new(*number);
            let changed = || {
                Finding::altered(
                    "object-changed",
                    format!("object {number} was changed after it was signed"),
                )
            };
            match (old, new) {
                (Indirect::Plain(Object::Dict(old)), Indirect::Plain(Object::Dict(new))) => {
                    if reference == self.root {
                        same_but(old, new, &["AcroForm"]).ok_or_else(changed)?;
                        self.catalog(old, new, &mut entered).ok_or_else(changed)?;
                    } else if Some(reference) == self.form {
                        form(Some(old), new, &mut entered).ok_or_else(changed)?;
                    } else if self.pages.contains(&reference) {
                        same_but(old, new, &["Annots"]).ok_or_else(changed)?;
                        let added = added(old.get("Annots"), new.get("Annots"));
                        let added = added.ok_or_else(changed)?;
                        entered
                            .widgets
                            .extend(added.into_iter().map(|w| (w, reference)));
                    } else {
                        return Err(changed());
                    }
                }
                (Indirect::Plain(old), Indirect::Plain(new)) => {
                    let added = added(Some(old), Some(new)).ok_or_else(changed)?;
                    if Some(reference) == self.fields {
                        entered.fields.extend(added);
                    } else {
                        let page = self.annotations.get(&reference).ok_or_else(changed)?;
                        entered
                            .widgets
                            .extend(added.into_iter().map(|w| (w, *page)));
                    }
                }
                _ => return Err(changed()),
            }
        }
        // A form that was not there before is a new object.
        if let Some(reference) = self.form
            && let Some(Indirect::Plain(Object::Dict(new))) = content.new.get(&reference.number)
        {
            let wrong = || shape("the new form is not one of signatures alone");
            form(None, new, &mut entered).ok_or_else(wrong)?;
        }
        Ok(entered)
    }

    fn catalog(&self, old: &Dict, new: &Dict, entered: &mut Entered) -> Option<()> {
        match (old.get("AcroForm"), new.get("AcroForm")) {
            (None, Some(Object::Reference(to))) => (Some(*to) == self.form).then_some(()),
            (Some(Object::Dict(old)), Some(Object::Dict(new))) => form(Some(old), new, entered),
            (old, new) => (old == new).then_some(()),
        }
    }
}

/// The form may get fields and the flags of signatures.
fn form(old: Option<&Dict>, new: &Dict, entered: &mut Entered) -> Option<()> {
    let none = Dict::default();
    let old = old.unwrap_or(&none);
    same_but(old, new, &["Fields", "SigFlags"])?;
    let fields = (old.get("Fields"), new.get("Fields"));
    if fields.0 != fields.1 || fields.0.and_then(Object::as_ref).is_none() {
        entered.fields.extend(added(fields.0, fields.1)?);
    }
    Some(())
}

/// Whether two dictionaries differ in these keys at most.
fn same_but(old: &Dict, new: &Dict, keys: &[&str]) -> Option<()> {
    let but = |dict: &Dict| {
        let mut rest = dict.clone();
        rest.0
            .retain(|(key, _)| !keys.iter().any(|name| name.as_bytes() == key));
        rest
    };
    (but(old) == but(new)).then_some(())
}

/// The references that were appended to an array, which may have been absent.
fn added(old: Option<&Object>, new: Option<&Object>) -> Option<Vec<Ref>> {
    let old = old.map_or(Some(&[][..]), Object::as_array)?;
    let more = new?.as_array()?.strip_prefix(old)?;
    more.iter().map(Object::as_ref).collect()
}

/// The new objects of an increment, each of which must belong to the signature.
struct Objects<'a> {
    content: &'a Content,
    visited: BTreeSet<u32>,
}

impl<'a> Objects<'a> {
    fn belong(mut self, signature: Ref, entered: &Entered, history: &History) -> Checked<()> {
        let [field] = entered.fields[..] else {
            return Err(shape(
                "an increment enters none or several fields into the form",
            ));
        };
        let dict = self.dict(signature, SIGNATURE)?;
        if !dict.is_name("Type", "Sig") {
            return Err(shape("the signature's dictionary is something else"));
        }
        if let Some(form) = history.form {
            // New or changed, it was looked at before.
            self.visited.insert(form.number);
        }
        let mut keys = FIELD.to_vec();
        keys.extend(WIDGET);
        let top = self.dict(field, &keys)?;
        let own = top.get("V").and_then(Object::as_ref) == Some(signature);
        if !own || !top.is_name("FT", "Sig") || top.get("Parent").is_some() {
            return Err(shape("the new field is not the one of the signature"));
        }
        let mut widgets = BTreeSet::new();
        match top.get("Kids") {
            None => {
                self.widget(field, top, entered)?;
                widgets.insert(field);
            }
            Some(kids) => {
                for kid in kids.as_array().unwrap_or_default() {
                    let kid = kid
                        .as_ref()
                        .ok_or_else(|| shape("a widget that is no object"))?;
                    let dict = self.dict(kid, WIDGET)?;
                    if dict.get("Parent").and_then(Object::as_ref) != Some(field) {
                        return Err(shape("a widget of another field"));
                    }
                    self.widget(kid, dict, entered)?;
                    widgets.insert(kid);
                }
            }
        }
        if !entered.widgets.keys().eq(widgets.iter()) {
            return Err(shape(
                "a page has got another annotation than the signature's",
            ));
        }
        match self
            .content
            .new
            .keys()
            .find(|number| !self.visited.contains(number))
        {
            Some(number) => Err(shape(format!(
                "object {number} does not belong to the signature"
            ))),
            None => Ok(()),
        }
    }

    fn widget(&mut self, widget: Ref, dict: &'a Dict, entered: &Entered) -> Checked<()> {
        let page = dict.get("P").and_then(Object::as_ref);
        if !dict.is_name("Subtype", "Widget") || entered.widgets.get(&widget).copied() != page {
            return Err(shape("a widget that is on another page than it says"));
        }
        let Some(appearance) = dict.get("AP") else {
            return Ok(());
        };
        let wrong = || shape("an appearance that is none");
        let appearance = appearance.as_dict().ok_or_else(wrong)?;
        same_but(appearance, &Dict::default(), &["N"]).ok_or_else(wrong)?;
        let drawn = appearance
            .get("N")
            .and_then(Object::as_ref)
            .ok_or_else(wrong)?;
        let drawn = self.xobject(drawn, "Form", FORM_XOBJECT)?;
        let resources = drawn
            .get("Resources")
            .and_then(Object::as_dict)
            .ok_or_else(wrong)?;
        same_but(resources, &Dict::default(), &["XObject"]).ok_or_else(wrong)?;
        let Some(images) = resources.get("XObject") else {
            return Ok(());
        };
        for (_, image) in &images.as_dict().ok_or_else(wrong)?.0 {
            let image = self.xobject(image.as_ref().ok_or_else(wrong)?, "Image", IMAGE)?;
            if let Some(mask) = image.get("SMask") {
                self.xobject(mask.as_ref().ok_or_else(wrong)?, "Image", IMAGE)?;
            }
        }
        Ok(())
    }

    fn dict(&mut self, reference: Ref, keys: &[&str]) -> Checked<&'a Dict> {
        match self.content.new.get(&reference.number) {
            Some(Indirect::Plain(Object::Dict(dict))) => {
                self.visited.insert(reference.number);
                same_but(dict, &Dict::default(), keys)
                    .ok_or_else(|| shape(format!("object {} says too much", reference.number)))?;
                Ok(dict)
            }
            _ => Err(shape(format!(
                "object {} is not a new dictionary",
                reference.number
            ))),
        }
    }

    fn xobject(&mut self, reference: Ref, kind: &str, keys: &[&str]) -> Checked<&'a Dict> {
        match self.content.new.get(&reference.number) {
            Some(Indirect::Stream(dict, _)) if dict.is_name("Subtype", kind) => {
                self.visited.insert(reference.number);
                same_but(dict, &Dict::default(), keys)
                    .ok_or_else(|| shape(format!("object {} says too much", reference.number)))?;
                Ok(dict)
            }
            _ => Err(shape(format!(
                "object {} is not a new drawing",
                reference.number
            ))),
        }
    }
}

fn shape(reason: impl std::fmt::Display) -> Finding {
    Finding::altered("revision-not-allowed", reason)
}
