//! Whether a value is the same in two revisions, with all that it leads to.
//!
//! Pages, fields and the catalog have rules of their own for what may change of them, so
//! the way does not go through them, but only where they are what they seem: whatever is
//! *drawn* with must be the same, be it a field, a page or the catalog that serves as a
//! dictionary of drawings; and a field is one where forms and pages list it.

use std::{cell::RefCell, collections::BTreeSet};

use super::Checked;
use crate::{
    object::{Dict, Object, Ref},
    reader::{Entry, File, Indirect},
};

/// What is reached by these is drawn with.
const DRAWN: &[&str] = &["Resources", "Contents", "AP", "DR"];
/// What is reached by these are fields and their widgets.
const LISTED: &[&str] = &["Annots", "Fields", "Kids", "Parent", "Obj", "CO", "T"];

/// By which way an object was reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Drawn,
    Listed,
    Other,
}

impl Way {
    /// The way on through the value of this key.
    fn through(self, key: &[u8]) -> Self {
        let among = |names: &[&str]| names.iter().any(|name| name.as_bytes() == key);
        match self {
            Self::Drawn => Self::Drawn,
            _ if among(DRAWN) => Self::Drawn,
            _ if among(LISTED) => Self::Listed,
            _ => Self::Other,
        }
    }
}

/// Compares an old revision with a new one.
pub(super) struct Same<'a> {
    old: &'a File<'a>,
    new: &'a File<'a>,
    /// Pages and the catalog.
    pages: BTreeSet<Ref>,
    fields: BTreeSet<Ref>,
    /// Objects that are the same, with all that they lead to.
    known: RefCell<BTreeSet<(Ref, Way)>>,
}

impl<'a> Same<'a> {
    pub fn new(
        (old, new): (&'a File<'a>, &'a File<'a>),
        pages: BTreeSet<Ref>,
        fields: BTreeSet<Ref>,
    ) -> Self {
        let known = RefCell::default();
        Self {
            old,
            new,
            pages,
            fields,
            known,
        }
    }

    /// Whether both have this key, with the same value.
    pub fn entry(&self, old: &Dict, new: &Dict, key: &[u8]) -> Checked<Result<(), Option<u32>>> {
        Ok(match (old.get(key), new.get(key)) {
            (Some(before), Some(now)) if before == now => {
                let way = Way::Other.through(key);
                self.lead(before, way)?.map_err(Some)
            }
            _ => Err(None),
        })
    }

    /// Whether a value of this key is the same, or which object is not.
    pub fn value(&self, value: &Object, key: &str) -> Checked<Result<(), u32>> {
        self.lead(value, Way::Other.through(key.as_bytes()))
    }

    fn lead(&self, value: &Object, way: Way) -> Checked<Result<(), u32>> {
        let mut found = BTreeSet::new();
        let mut open = Vec::new();
        references(value, way, &mut open);
        while let Some((next, way)) = open.pop() {
            if self.known.borrow().contains(&(next, way)) || !found.insert((next, way)) {
                continue;
            }
            // A reference that led nowhere for some readers still must.
            if there(self.old, next) != there(self.new, next) {
                return Ok(Err(next.number));
            }
            let ruled = match way {
                Way::Drawn => false,
                Way::Listed => self.pages.contains(&next) || self.fields.contains(&next),
                Way::Other => self.pages.contains(&next),
            };
            if ruled {
                continue;
            }
            let old = self.old.object(next.number)?;
            if !self.untouched(next.number) && !self.equal(old.as_ref(), next.number)? {
                return Ok(Err(next.number));
            }
            match old {
                Some(Indirect::Plain(object)) => references(&object, way, &mut open),
                Some(Indirect::Stream(dict, _)) => {
                    references(&Object::Dict(dict), way, &mut open);
                }
                None => {}
            }
        }
        self.known.borrow_mut().extend(found);
        Ok(Ok(()))
    }

    /// Whether an object lies where it did: in the same bytes of the file, or in the same
    /// object stream that lies in the same bytes.
    fn untouched(&self, number: u32) -> bool {
        let entry = self.old.entry(number);
        let pack = match entry {
            Some(Entry::In { pack, .. }) => Some(pack),
            _ => None,
        };
        entry == self.new.entry(number)
            && pack.is_none_or(|pack| self.old.entry(pack) == self.new.entry(pack))
    }

    fn equal(&self, old: Option<&Indirect>, number: u32) -> Checked<bool> {
        let new = self.new.object(number)?;
        Ok(match (old, new.as_ref()) {
            (Some(Indirect::Stream(a, from)), Some(Indirect::Stream(b, to))) => {
                a == b && self.old.bytes[from.clone()] == self.new.bytes[to.clone()]
            }
            (a, b) => a == b,
        })
    }
}

/// Whether a reference leads to an object for every reader: it is in use, has this
/// generation, and a number below the size that the trailer tells (7.5.5).
fn there(file: &File, to: Ref) -> bool {
    let generation = match file.entry(to.number) {
        Some(Entry::At { generation, .. }) => Some(generation),
        Some(Entry::In { .. }) => Some(0),
        Some(Entry::Free) | None => None,
    };
    let below = |size| i64::from(to.number) < size;
    generation == Some(to.generation) && file.trailer.int("Size").is_none_or(below)
}

/// All references in an object, each with the way that leads to it.
fn references(object: &Object, way: Way, into: &mut Vec<(Ref, Way)>) {
    match object {
        Object::Reference(to) => into.push((*to, way)),
        Object::Array(items) => items.iter().for_each(|item| references(item, way, into)),
        Object::Dict(dict) => {
            for (key, value) in &dict.0 {
                references(value, way.through(key), into);
            }
        }
        _ => {}
    }
}
