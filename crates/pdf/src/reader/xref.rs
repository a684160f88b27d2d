//! Cross-reference tables and streams (ISO 32000-2, 7.5.4 and 7.5.8), newest first.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object, is_space},
    parse::Parser,
    reader::{Style, filter},
};

/// Most sections of a file: each signature adds one.
const SECTIONS: usize = 4096;
/// Largest object number (annex C).
const NUMBERS: u64 = 8_388_607;
/// Most bytes that the cross-reference streams of a file may have and decode to.
const DECODED: usize = 32 << 20;
/// How many entries all sections together may have, and how many more for each of so
/// many bytes of the file: what is not in the file takes no room.
const ENTRIES: usize = 1 << 16;
const BYTES: usize = 32;
/// How far from the end `startxref` may be.
const TAIL: usize = 2048;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    At {
        offset: usize,
        generation: u16,
    },
    /// In the object stream with this number.
    In {
        pack: u32,
        index: usize,
    },
}

/// One section: what a revision says about its objects.
pub(crate) struct Section {
    /// Offset of the section.
    pub(crate) at: usize,
    pub(crate) trailer: Dict,
    pub(crate) style: Style,
    pub(crate) entries: BTreeMap<u32, Entry>,
}

/// The offset after the last `startxref`, which `%%EOF` must follow.
pub(crate) fn find_start(bytes: &[u8]) -> Result<usize> {
    const WORD: &[u8] = b"startxref";
    let tail = bytes.len().saturating_sub(TAIL);
    let found = bytes[tail..]
        .windows(WORD.len())
        .rposition(|window| window == WORD);
    let Some(at) = found.map(|at| tail + at) else {
        return damaged(
            "the file does not say where its cross-reference is",
            bytes.len(),
        );
    };
    let mut parser = Parser::new(bytes, at + WORD.len());
    let offset = parser
        .unsigned()
        .and_then(|offset| usize::try_from(offset).ok());
    while parser.bytes.get(parser.at).copied().is_some_and(is_space) {
        parser.at += 1;
    }
    match offset {
        Some(offset) if offset < bytes.len() && parser.take(b"%%EOF") => Ok(offset),
        _ => damaged("the file does not end as it must", at),
    }
}

/// Reads the newest section and all that it leads to, the newest first; there is one
/// at least.
pub(super) fn chain(bytes: &[u8], start: usize) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = Some(start);
    let mut decoded = 0;
    let limit = ENTRIES + bytes.len() / BYTES;
    let mut count = 0;
    while let Some(at) = next {
        if !seen.insert(at) {
            return damaged("the cross-reference sections form a circle", at);
        }
        if seen.len() > SECTIONS {
            return Err(PdfError::TooLarge {
                what: "revisions",
                limit: SECTIONS,
            });
        }
        let section = section(bytes, at, limit - count, &mut decoded)?;
        count = limit.min(count + section.entries.len());
        next = offset(&section.trailer, "Prev", at)?;
        sections.push(section);
    }
    Ok(sections)
}

fn offset(trailer: &Dict, key: &str, at: usize) -> Result<Option<usize>> {
    match trailer.get(key) {
        None => Ok(None),
        Some(Object::Int(value)) if *value >= 0 => Ok(usize::try_from(*value).ok()),
        Some(_) => damaged("a cross-reference without the offset of the one before", at),
    }
}

fn section(bytes: &[u8], at: usize, limit: usize, decoded: &mut usize) -> Result<Section> {
    let mut parser = Parser::new(bytes, at);
    let mut entries = Entries::new(limit);
    let (trailer, style) = if parser.keyword(b"xref") {
        let (trailer, free) = table(&mut parser, &mut entries)?;
        // A hybrid file: what its table calls free may be in a stream (7.5.8.4).
        if let Some(hidden) = offset(&trailer, "XRefStm", at)? {
            let mut more = Entries::new(limit);
            stream(Parser::new(bytes, hidden), &mut more, decoded)?;
            // What comes first counts.
            more.found.append(&mut entries.found);
            entries = more;
        }
        for number in free {
            entries.found.entry(number).or_insert(Entry::Free);
        }
        (trailer, Style::Table)
    } else {
        (stream(parser, &mut entries, decoded)?, Style::Stream)
    };
    Ok(Section {
        at,
        trailer,
        style,
        entries: entries.found,
    })
}

/// What one table or stream says.
struct Entries {
    found: BTreeMap<u32, Entry>,
    limit: usize,
}

impl Entries {
    fn new(limit: usize) -> Self {
        let found = BTreeMap::new();
        Self { found, limit }
    }

    /// Readers disagree about which of two entries counts, so each object has one.
    fn insert(&mut self, number: u64, entry: Entry, at: usize) -> Result<()> {
        let number = self.number(number, 0, at)?;
        let known = self.found.insert(number, entry);
        if known.is_some_and(|known| known != entry) {
            return damaged("an object is twice in one cross-reference", at);
        }
        Ok(())
    }

    /// A number of an object, for which there is room beside so many others.
    fn number(&self, number: u64, others: usize, at: usize) -> Result<u32> {
        if self.found.len() + others >= self.limit {
            let (what, limit) = ("objects for its length", self.limit);
            return Err(PdfError::TooLarge { what, limit });
        }
        match u32::try_from(number) {
            Ok(key) if number <= NUMBERS => Ok(key),
            _ => damaged("an object number that is too large", at),
        }
    }
}

/// Enters the objects of a table; gives the trailer and the numbers that are free.
fn table(parser: &mut Parser, entries: &mut Entries) -> Result<(Dict, Vec<u32>)> {
    let mut free = Vec::new();
    while !parser.keyword(b"trailer") {
        let at = parser.at;
        let (Some(first), Some(count)) = (parser.unsigned(), parser.unsigned()) else {
            return damaged("expected a part of the cross-reference table", at);
        };
        for number in first..first.saturating_add(count) {
            let at = parser.at;
            let offset = parser.unsigned().and_then(|n| usize::try_from(n).ok());
            let generation = parser.unsigned();
            let (Some(offset), Some(generation)) = (offset, generation) else {
                return damaged("expected a line of the cross-reference table", at);
            };
            // Of what is free nothing is read: MuPDF gives it the generation 65536.
            if parser.keyword(b"f") {
                free.push(entries.number(number, free.len(), at)?);
                continue;
            }
            match u16::try_from(generation) {
                Ok(generation) if parser.keyword(b"n") => {
                    entries.insert(number, Entry::At { offset, generation }, at)?;
                }
                _ => return damaged("expected a line of the cross-reference table", at),
            }
        }
    }
    match parser.object()? {
        Object::Dict(dict) => Ok((dict, free)),
        _ => damaged("expected a trailer", parser.at),
    }
}

fn stream(mut parser: Parser, entries: &mut Entries, decoded: &mut usize) -> Result<Dict> {
    let at = parser.at;
    parser.header()?;
    let dict = match parser.object()? {
        Object::Dict(dict) if dict.is_name("Type", "XRef") => dict,
        _ => return damaged("expected a cross-reference", at),
    };
    let data = stream_data(&dict, &mut parser)?;
    // Data that decode to nothing take time as well, and many tables may lead to them.
    *decoded += data.len();
    let data = filter::decode(&dict, data)?;
    *decoded += data.len();
    if *decoded > DECODED {
        return Err(PdfError::TooLarge {
            what: "bytes in cross-reference streams",
            limit: DECODED,
        });
    }
    let widths = widths(&dict, at)?;
    let mut rows = data.chunks_exact(widths.iter().sum());
    for (first, count) in parts(&dict, at)? {
        for number in first..first.saturating_add(count) {
            let Some(row) = rows.next() else {
                return damaged("the cross-reference stream is too short", at);
            };
            entries.insert(number, entry(row, widths, at)?, at)?;
        }
    }
    Ok(dict)
}

fn stream_data<'a>(dict: &Dict, parser: &mut Parser<'a>) -> Result<&'a [u8]> {
    let at = parser.at;
    let begins = parser.keyword(b"stream") && (parser.take(b"\r\n") || parser.take(b"\n"));
    let length = dict
        .int("Length")
        .and_then(|length| usize::try_from(length).ok());
    let end = length.and_then(|length| parser.at.checked_add(length));
    let data = end.and_then(|end| parser.bytes.get(parser.at..end));
    match data {
        Some(data) if begins => Ok(data),
        _ => damaged("expected a cross-reference stream", at),
    }
}

fn widths(dict: &Dict, at: usize) -> Result<[usize; 3]> {
    let width = |item: Option<&Object>| {
        let width = item
            .and_then(Object::as_int)
            .and_then(|n| usize::try_from(n).ok());
        width.filter(|width| *width <= 8)
    };
    let items = dict.get("W").and_then(Object::as_array).unwrap_or_default();
    match (
        width(items.first()),
        width(items.get(1)),
        width(items.get(2)),
    ) {
        (Some(a), Some(b), Some(c)) if a + b + c > 0 => Ok([a, b, c]),
        _ => damaged("a cross-reference stream without its widths", at),
    }
}

/// First number and count of each part; all numbers when nothing is said.
fn parts(dict: &Dict, at: usize) -> Result<Vec<(u64, u64)>> {
    let count = |item: &Object| item.as_int().and_then(|n| u64::try_from(n).ok());
    let numbers: Option<Vec<u64>> = match dict.get("Index") {
        None => dict.get("Size").and_then(count).map(|size| vec![0, size]),
        Some(index) => index
            .as_array()
            .and_then(|items| items.iter().map(count).collect()),
    };
    match numbers {
        Some(numbers) if numbers.len() % 2 == 0 => Ok(numbers
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect()),
        _ => damaged("a cross-reference stream without its parts", at),
    }
}

fn entry(row: &[u8], widths: [usize; 3], at: usize) -> Result<Entry> {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, b| sum << 8 | u64::from(*b));
    let (kind, rest) = row.split_at(widths[0]);
    let (second, third) = rest.split_at(widths[1]);
    let kind = if kind.is_empty() { 1 } else { number(kind) };
    let (second, third) = (number(second), number(third));
    let entry = match kind {
        0 => Some(Entry::Free),
        1 => usize::try_from(second)
            .ok()
            .zip(u16::try_from(third).ok())
            .map(|(offset, generation)| Entry::At { offset, generation }),
        2 => u32::try_from(second)
            .ok()
            .zip(usize::try_from(third).ok())
            .map(|(pack, index)| Entry::In { pack, index }),
        _ => None,
    };
    entry.map_or_else(
        || damaged("an entry of the cross-reference that is none", at),
        Ok,
    )
}
