//! Bytes that were appended: each belongs to an object or a cross-reference section.
//! Others could be found by readers that repair files.

use super::{Checked, increment::shape};
use crate::{
    error::Result,
    object::{Ref, is_space},
    parse::Parser,
    reader::{CHAIN, Entry, File, Section, Style},
};

/// Holds the bytes of `new` after the end of `old` to their objects, and the chain of
/// sections to the one that ended the file before. Comments are for those who sign.
pub(super) fn accounted(old: &File, new: &File, signed: bool) -> Checked<()> {
    let from = old.bytes.len();
    let sections: Vec<&Section> = new.sections.iter().take_while(|s| s.at >= from).collect();
    let before = new.sections.get(sections.len()).map(|section| section.at);
    if before != Some(old.startxref) {
        return Err(shape("it does not continue the file before it"));
    }
    let mut parts = Vec::new();
    for section in sections {
        // Readers of streams and readers of tables would see two files.
        if section.style == Style::Table && section.trailer.get("XRefStm").is_some() {
            return Err(shape("it has two cross-references in one"));
        }
        parts.push((section.at, section_end(new, section)?));
        for (number, entry) in &section.entries {
            let Entry::At { offset, generation } = *entry else {
                continue;
            };
            if offset >= from && offset != section.at {
                let number = *number;
                let (_, end) = new.read_at(offset, Ref { number, generation }, CHAIN)?;
                parts.push((offset, end));
            }
        }
    }
    parts.sort_unstable();
    parts.dedup();
    let mut at = from;
    for (begin, end) in parts
        .into_iter()
        .chain([(new.bytes.len(), new.bytes.len())])
    {
        let mut parser = Parser::new(new.bytes, at);
        if signed {
            parser.skip_space();
        } else {
            let blank = new.bytes[at..].iter().take_while(|byte| is_space(**byte));
            parser.at += blank.count();
        }
        if parser.at != begin {
            return Err(shape(format!("the bytes from {at} belong to no object")));
        }
        at = end;
    }
    Ok(())
}

/// Where a section ends, its `%%EOF` included.
pub(super) fn section_end(file: &File, section: &Section) -> Checked<usize> {
    let mut parser = Parser::new(file.bytes, section.at);
    match section.style {
        Style::Table => table(&mut parser)?,
        Style::Stream => {
            let own = parser.header()?;
            parser.at = file.read_at(section.at, own, CHAIN)?.1;
        }
    }
    let ends = parser.keyword(b"startxref") && parser.unsigned().is_some();
    while parser
        .bytes
        .get(parser.at)
        .is_some_and(u8::is_ascii_whitespace)
    {
        parser.at += 1;
    }
    if ends && parser.take(b"%%EOF") {
        Ok(parser.at)
    } else {
        Err(shape("a revision does not end as it must"))
    }
}

/// Passes a table and its trailer, which were read before.
fn table(parser: &mut Parser) -> Result<()> {
    parser.keyword(b"xref");
    while !parser.keyword(b"trailer") {
        let before = parser.at;
        parser.unsigned();
        let _ = parser.keyword(b"n") || parser.keyword(b"f");
        if parser.at == before {
            break;
        }
    }
    parser.object().map(|_| ())
}
