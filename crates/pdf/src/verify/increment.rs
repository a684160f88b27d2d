//! What may follow a signature: increments of the shape that signing makes.
//!
//! Every byte of an increment is accounted for (`layout`), and every object that it
//! holds is one of these (`objects`): a signature with its field, widgets and
//! appearance, all of them new; and changed only by having these entered, the form, the
//! pages that show a widget, and the catalog when it had no form. Whatever else could
//! change what is seen, from new page content to layers, actions and other fields, has
//! no place in it.
//!
//! New objects have numbers that nothing before them uses or speaks of, so that they
//! cannot appear in old content.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, Finding, judge::Candidate, layout::Content, objects::Objects};
use crate::{
    increment::SIGNATURES_APPEND_ONLY,
    object::{Dict, Object, Ref},
    reader::{CHAIN, Entry, File, Indirect, Section, Style, pages::PageObject, survey},
};

/// The revisions of a file, and what its form and pages are.
pub(super) struct History<'a> {
    pub(super) file: &'a File<'a>,
    /// How many fields at the top of the form have a name.
    pub(super) names: &'a BTreeMap<String, usize>,
    root: Ref,
    /// The form, when it is an object of its own.
    pub(super) form: Option<Ref>,
    /// The array of the form's fields, when it is an object of its own.
    fields: Option<Ref>,
    pages: BTreeSet<Ref>,
    /// Arrays of annotations that are objects of their own, with their pages.
    annotations: BTreeMap<Ref, Ref>,
}

/// What must be known of the file before an increment.
pub(super) struct Revision {
    /// What the cross-reference says of each number.
    pub(super) entries: BTreeMap<u32, Entry>,
    /// The first number that nothing uses or speaks of.
    pub(super) next: u32,
    /// Length of the file.
    pub(super) end: usize,
    pub(super) startxref: usize,
    pub(super) style: Style,
    pub(super) trailer: Dict,
}

/// What was entered into form and pages.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) fields: Vec<Ref>,
    /// Widgets, each with its page.
    pub(super) widgets: Vec<(Ref, Ref)>,
}

impl<'a> History<'a> {
    pub fn new(
        file: &'a File<'a>,
        root: Ref,
        catalog: &Dict,
        pages: &[PageObject],
        names: &'a BTreeMap<String, usize>,
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
            names,
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
        let (others, acts) = candidates.split_at_mut(candidates.len() - acts);
        let end_of_others = others
            .iter()
            .filter_map(|c| c.coverage)
            .map(|c| c.end)
            .next_back();
        let newest = sections[..acts.len()].iter().rev();
        let Some(first) = newest.clone().next() else {
            return;
        };
        let mut before = self.original(first, end_of_others);
        for (candidate, section) in acts.iter_mut().zip(newest) {
            let after = before.and_then(|before| {
                let after = self.one(candidate, section, before)?;
                candidate.before = Some(after.0);
                Ok(after.1)
            });
            before = after.map_err(|finding| {
                candidate.finding.get_or_insert(finding);
                shape("the revision before it is not one that signing makes")
            });
        }
    }

    /// The file before the first act, read as if nothing followed it: what it says of
    /// its objects must lie in it.
    fn original(&self, first: &Section, end_of_others: Option<usize>) -> Checked<Revision> {
        let end = Content::begin(first)?;
        if end_of_others.is_some_and(|others| others != end) {
            return Err(shape(
                "between two signatures there is a revision without one",
            ));
        }
        let unread = |error| shape(format!("the file before it cannot be read: {error}"));
        let file = File::open(&self.file.bytes[..end]).map_err(unread)?;
        let lists = self.annotations.keys().chain(&self.fields).copied();
        // Later arrays are new; those that are missing here are looked at as such.
        let lists = lists.filter(|list| present(file.entries(), list.number).is_some());
        let next = survey(&file, lists, |_, _| Ok(())).map_err(unread)?;
        Ok(Revision {
            entries: file.entries().clone(),
            next,
            end,
            startxref: file.startxref,
            style: file.style,
            trailer: file.trailer,
        })
    }

    /// Gives the length of the file before the increment, and the revision after it.
    fn one(
        &self,
        candidate: &Candidate,
        section: &Section,
        before: Revision,
    ) -> Checked<(usize, Revision)> {
        let missing = || shape("a revision is not the one of its signature");
        let (signature, coverage) = candidate
            .object
            .zip(candidate.coverage)
            .ok_or_else(missing)?;
        let content = Content::read(self, section, &before, signature, coverage)?;
        let entered = self.entered(&content, &before)?;
        Objects::new(&content).belong(signature, &entered, self)?;
        let mut entries = before.entries;
        entries.extend(
            section
                .entries
                .iter()
                .map(|(number, entry)| (*number, *entry)),
        );
        let after = Revision {
            entries,
            next: content.next,
            end: coverage.end,
            startxref: section.at,
            style: section.style,
            trailer: section.trailer.clone(),
        };
        Ok((before.end, after))
    }

    /// What the changed objects were changed by; nothing but entries is allowed.
    fn entered(&self, content: &Content, before: &Revision) -> Checked<Entered> {
        let mut entered = Entered::default();
        for (reference, (old, new)) in &content.changed {
            let reference = *reference;
            let number = reference.number;
            let changed = || shape(format!("object {number} was changed after it was signed"));
            match (old, new) {
                (Indirect::Plain(Object::Dict(old)), Indirect::Plain(Object::Dict(new))) => {
                    if reference == self.root {
                        same_but(old, new, &["AcroForm"]).ok_or_else(changed)?;
                        let is_new = |form: Ref| content.new.contains_key(&form.number);
                        self.catalog(old, new, (before, &is_new), &mut entered)?
                            .ok_or_else(changed)?;
                    } else if Some(reference) == self.form {
                        self.grown(old, new, before, &mut entered)?
                            .ok_or_else(changed)?;
                    } else if self.pages.contains(&reference) {
                        same_but(old, new, &["Annots"]).ok_or_else(changed)?;
                        let old = self.there(old.get("Annots"), before)?;
                        let added = added(old, new.get("Annots"));
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
            form(None, None, new, &mut entered).ok_or_else(wrong)?;
        }
        Ok(entered)
    }

    /// The catalog may get a form when it had none, and a new one: what was there
    /// already, and was no form, might have other fields than people saw.
    fn catalog(
        &self,
        old: &Dict,
        new: &Dict,
        (before, is_new): (&Revision, &impl Fn(Ref) -> bool),
        entered: &mut Entered,
    ) -> Checked<Option<()>> {
        let old = self.there(old.get("AcroForm"), before)?;
        Ok(match (old, new.get("AcroForm")) {
            (None, Some(Object::Reference(to))) => {
                (Some(*to) == self.form && is_new(*to)).then_some(())
            }
            (Some(Object::Dict(old)), Some(Object::Dict(new))) => {
                self.grown(old, new, before, entered)?
            }
            (old, new) => (old == new).then_some(()),
        })
    }

    fn grown(
        &self,
        old: &Dict,
        new: &Dict,
        before: &Revision,
        entered: &mut Entered,
    ) -> Checked<Option<()>> {
        let fields = self.there(old.get("Fields"), before)?;
        Ok(form(Some(old), fields, new, entered))
    }

    /// A value, unless it is a reference to nothing (7.3.10).
    fn there<'o>(
        &self,
        value: Option<&'o Object>,
        before: &Revision,
    ) -> Checked<Option<&'o Object>> {
        let Some(Object::Reference(to)) = value else {
            return Ok(value);
        };
        let Some(entry) = present(&before.entries, to.number) else {
            return Ok(None);
        };
        let object = self.file.object_of(to.number, entry, CHAIN)?;
        Ok(value.filter(|_| object != Some(Indirect::Plain(Object::Null))))
    }
}

/// What the cross-reference says of an object that is in use.
pub(super) fn present(entries: &BTreeMap<u32, Entry>, number: u32) -> Option<Entry> {
    let entry = entries.get(&number).copied();
    entry.filter(|entry| *entry != Entry::Free)
}

/// The form may get fields and the flags of signatures.
fn form(
    old: Option<&Dict>,
    fields: Option<&Object>,
    new: &Dict,
    entered: &mut Entered,
) -> Option<()> {
    let none = Dict::default();
    let old = old.unwrap_or(&none);
    same_but(old, new, &["Fields", "SigFlags"])?;
    let flags = old.int("SigFlags").unwrap_or(0) | SIGNATURES_APPEND_ONLY;
    (new.int("SigFlags") == Some(flags)).then_some(())?;
    // An array of its own is looked at by itself.
    if fields != new.get("Fields") || fields.and_then(Object::as_ref).is_none() {
        entered.fields.extend(added(fields, new.get("Fields"))?);
    }
    Some(())
}

/// Whether two dictionaries differ in these keys at most.
pub(super) fn same_but(old: &Dict, new: &Dict, keys: &[&str]) -> Option<()> {
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

pub(super) fn shape(reason: impl std::fmt::Display) -> Finding {
    Finding::altered("revision-not-allowed", reason)
}
