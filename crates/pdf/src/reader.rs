//! The file as a reader of today sees it: the newest object of each number.
//!
//! Nothing is repaired: a file that readers would have to guess about can be shown in
//! two ways, and is refused. Everything is bounded: nesting, sections, decoded bytes.

pub(crate) mod filter;
pub(crate) mod form;
pub(crate) mod pages;
mod survey;
mod xref;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    ops::Range,
    rc::Rc,
};

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object, Ref},
    parse::Parser,
};
pub(crate) use survey::survey;
pub(crate) use xref::{Entry, Section, find_start};

/// Largest file that is read.
const FILE: usize = 256 << 20;
/// Most bytes that object streams of one file may decode to, beside twice its length.
const DECODED: usize = 20 << 20;
/// How often the bytes of a file may be parsed, all objects together: files whose
/// objects overlap, or are read again for each of many others, take no longer.
const TIMES: usize = 8;
/// And what small files may take.
const ALWAYS: usize = 1 << 20;
/// How far an indirect object may point to another one.
pub(crate) const CHAIN: usize = 16;

/// How the cross-reference section of a file is written; an increment follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Table,
    Stream,
}

/// A file whose cross-reference sections were read; objects are read when asked for.
pub(crate) struct File<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) style: Style,
    /// Offset of the newest cross-reference section.
    pub(crate) startxref: usize,
    /// The newest trailer dictionary.
    pub(crate) trailer: Dict,
    /// All cross-reference sections, the newest first.
    pub(crate) sections: Vec<Section>,
    /// What they say together.
    entries: BTreeMap<u32, Entry>,
    packs: RefCell<HashMap<u32, Rc<Pack>>>,
    decoded: Cell<usize>,
    /// Bytes that were parsed.
    parsed: Cell<usize>,
}

/// An indirect object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Indirect {
    Plain(Object),
    /// Dictionary and where the encoded data lie.
    Stream(Dict, Range<usize>),
}

/// A decoded object stream (7.5.7).
struct Pack {
    bytes: Vec<u8>,
    /// Object number and offset into `bytes`.
    objects: Vec<(u32, usize)>,
}

impl<'a> File<'a> {
    /// Reads the chain of cross-reference sections.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > FILE {
            return Err(PdfError::TooLarge {
                what: "bytes",
                limit: FILE,
            });
        }
        if !bytes.starts_with(b"%PDF-") {
            return damaged("the file does not begin with %PDF-", 0);
        }
        let startxref = find_start(bytes)?;
        let sections = xref::chain(bytes, startxref)?;
        let encrypted = |section: &Section| section.trailer.get("Encrypt").is_some();
        if sections.iter().any(encrypted) {
            return Err(PdfError::Encrypted);
        }
        let newest = &sections[0];
        let (style, trailer) = (newest.style, newest.trailer.clone());
        let mut entries = BTreeMap::new();
        for section in sections.iter().rev() {
            entries.extend(
                section
                    .entries
                    .iter()
                    .map(|(number, entry)| (*number, *entry)),
            );
        }
        Ok(Self {
            bytes,
            style,
            startxref,
            trailer,
            sections,
            entries,
            packs: RefCell::default(),
            decoded: Cell::new(0),
            parsed: Cell::new(0),
        })
    }

    /// What the cross-reference says about a number.
    pub(crate) fn entry(&self, number: u32) -> Option<Entry> {
        self.entries.get(&number).copied()
    }

    /// What the cross-reference says about all numbers.
    pub(crate) fn entries(&self) -> &BTreeMap<u32, Entry> {
        &self.entries
    }

    /// The objects that are in use.
    pub(crate) fn used(&self) -> impl Iterator<Item = (u32, Entry)> {
        let used = self
            .entries
            .iter()
            .filter(|(_, entry)| **entry != Entry::Free);
        used.map(|(number, entry)| (*number, *entry))
    }

    /// The newest object with this number; none when it is free or was never written.
    pub(crate) fn object(&self, number: u32) -> Result<Option<Indirect>> {
        self.object_within(number, CHAIN)
    }

    fn object_within(&self, number: u32, chain: usize) -> Result<Option<Indirect>> {
        match self.entry(number) {
            None => Ok(None),
            Some(entry) => self.object_of(number, entry, chain),
        }
    }

    /// The object that an entry of any section speaks of; none when it is free.
    pub(crate) fn object_of(
        &self,
        number: u32,
        entry: Entry,
        chain: usize,
    ) -> Result<Option<Indirect>> {
        match entry {
            Entry::Free => Ok(None),
            Entry::At { offset, generation } => {
                let (object, _) = self.read_at(offset, Ref { number, generation }, chain)?;
                Ok(Some(object))
            }
            Entry::In { pack, index } => self.packed(number, pack, index).map(Some),
        }
    }

    /// Reads the object that must be at this offset, and says where it ends.
    pub(crate) fn read_at(
        &self,
        offset: usize,
        expected: Ref,
        chain: usize,
    ) -> Result<(Indirect, usize)> {
        let mut parser = Parser::new(self.bytes, offset);
        let object = value_of(&mut parser, expected);
        self.spend(parser.at.saturating_sub(offset))?;
        let object = object?;
        if parser.keyword(b"endobj") {
            return Ok((Indirect::Plain(object), parser.at));
        }
        let Object::Dict(dict) = object else {
            return damaged("an object does not end", parser.at);
        };
        if !parser.keyword(b"stream") {
            return damaged("an object does not end", parser.at);
        }
        let range = self.stream_range(&dict, &mut parser, chain)?;
        Ok((Indirect::Stream(dict, range), parser.at))
    }

    /// Bytes that were decoded and parsed so far.
    pub(crate) fn work(&self) -> usize {
        self.decoded.get().saturating_add(self.parsed.get())
    }

    /// Forgets what was decoded; it is decoded again when it is asked for.
    pub(crate) fn forget(&self) {
        self.packs.borrow_mut().clear();
        self.decoded.set(0);
    }

    /// Counts work, so that all of it is linear in the length of the file.
    fn spend(&self, bytes: usize) -> Result<()> {
        let parsed = self.parsed.get().saturating_add(bytes);
        self.parsed.set(parsed);
        let limit = ALWAYS + TIMES * (self.bytes.len() + self.decoded.get());
        if parsed > limit {
            return Err(PdfError::TooLarge {
                what: "bytes in objects that overlap or are read again and again",
                limit,
            });
        }
        Ok(())
    }

    fn stream_range(&self, dict: &Dict, parser: &mut Parser, chain: usize) -> Result<Range<usize>> {
        if !parser.take(b"\r\n") && !parser.take(b"\n") {
            return damaged("a stream without an end of line before it", parser.at);
        }
        let begin = parser.at;
        let length = match dict.get("Length") {
            Some(Object::Int(length)) => Some(*length),
            Some(Object::Reference(to)) if chain > 0 => {
                match self.object_within(to.number, chain - 1)? {
                    Some(Indirect::Plain(Object::Int(length))) => Some(length),
                    _ => None,
                }
            }
            _ => None,
        };
        let end = length
            .and_then(|length| usize::try_from(length).ok())
            .and_then(|length| begin.checked_add(length))
            .filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            return damaged("a stream without its length", begin);
        };
        parser.at = end;
        if parser.keyword(b"endstream") && parser.keyword(b"endobj") {
            return Ok(begin..end);
        }
        damaged("a stream that is longer or shorter than it says", begin)
    }

    fn packed(&self, number: u32, pack: u32, index: usize) -> Result<Indirect> {
        let pack = self.pack(pack)?;
        match pack.objects.get(index) {
            Some((found, offset)) if *found == number => {
                let mut parser = Parser::new(&pack.bytes, *offset);
                let object = parser.object();
                self.spend(parser.at.saturating_sub(*offset))?;
                object.map(Indirect::Plain)
            }
            _ => damaged("the cross-reference points to another object", index),
        }
    }

    fn pack(&self, number: u32) -> Result<Rc<Pack>> {
        if let Some(pack) = self.packs.borrow().get(&number) {
            return Ok(pack.clone());
        }
        let Some(Entry::At { offset, generation }) = self.entry(number) else {
            return damaged("an object stream that is not there", 0);
        };
        let (object, _) = self.read_at(offset, Ref { number, generation }, 1)?;
        let Indirect::Stream(dict, range) = object else {
            return damaged("expected an object stream", offset);
        };
        if !dict.is_name("Type", "ObjStm") {
            return damaged("expected an object stream", offset);
        }
        let bytes = filter::decode(&dict, &self.bytes[range])?;
        self.decoded.set(self.decoded.get() + bytes.len());
        let limit = DECODED + 2 * self.bytes.len();
        if self.decoded.get() > limit {
            let what = "bytes in object streams";
            return Err(PdfError::TooLarge { what, limit });
        }
        let pack = Rc::new(Pack {
            objects: pack_index(&dict, &bytes, offset)?,
            bytes,
        });
        self.packs.borrow_mut().insert(number, pack.clone());
        Ok(pack)
    }

    /// Follows references; a reference to nothing is null (7.3.10).
    pub(crate) fn resolve(&self, object: &Object) -> Result<Object> {
        let mut object = object.clone();
        for _ in 0..CHAIN {
            let Object::Reference(to) = object else {
                return Ok(object);
            };
            object = match self.object(to.number)? {
                Some(Indirect::Plain(object)) => object,
                Some(Indirect::Stream(..)) => return damaged("a stream in place of an object", 0),
                None => Object::Null,
            };
        }
        damaged("references that point in a circle", 0)
    }

    /// The value of a key, with references followed; null when it is not there.
    pub(crate) fn value(&self, dict: &Dict, key: &str) -> Result<Object> {
        dict.get(key)
            .map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The dictionary behind a reference or in place; empty when there is none.
    pub(crate) fn dict(&self, object: Option<&Object>) -> Result<Option<Dict>> {
        let Some(object) = object else {
            return Ok(None);
        };
        match self.resolve(object)? {
            Object::Dict(dict) => Ok(Some(dict)),
            Object::Null => Ok(None),
            _ => damaged("expected a dictionary", 0),
        }
    }

    /// The catalog with its reference.
    pub(crate) fn catalog(&self) -> Result<(Ref, Dict)> {
        let root = self.trailer.get("Root");
        match (root.and_then(Object::as_ref), self.dict(root)?) {
            (Some(reference), Some(dict)) => Ok((reference, dict)),
            _ => damaged("the file has no catalog", self.startxref),
        }
    }
}

/// The value of the object that must come next.
fn value_of(parser: &mut Parser, expected: Ref) -> Result<Object> {
    let at = parser.at;
    if parser.header()? != expected {
        return damaged("the cross-reference points to another object", at);
    }
    parser.object()
}

/// The pairs at the beginning of an object stream.
fn pack_index(dict: &Dict, bytes: &[u8], offset: usize) -> Result<Vec<(u32, usize)>> {
    let first = dict.int("First").and_then(|n| usize::try_from(n).ok());
    let count = dict.int("N").and_then(|n| usize::try_from(n).ok());
    let (Some(first), Some(count)) = (first, count) else {
        return damaged("an object stream without its numbers", offset);
    };
    let mut parser = Parser::new(bytes, 0);
    let mut objects = Vec::new();
    for _ in 0..count {
        let number = parser.unsigned().and_then(|n| u32::try_from(n).ok());
        let at = parser.unsigned().and_then(|n| usize::try_from(n).ok());
        let at = at.and_then(|at| at.checked_add(first));
        match (number, at) {
            (Some(number), Some(at)) if at <= bytes.len() => objects.push((number, at)),
            _ => return damaged("an object stream without its numbers", offset),
        }
    }
    Ok(objects)
}
