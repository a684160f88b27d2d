//! Which bytes a signature covers, and their digests.

use std::{collections::HashMap, ops::Range};

use crypto::{Digest, Digester, Hash};

use super::{Checked, Finding};
use crate::{
    object::{Dict, Object, Ref},
    parse::Parser,
    reader::{CHAIN, Entry, File, Indirect},
};

/// The two ranges that a signature covers: everything up to `end` but the gap, which
/// holds `<…>`, the message in hexadecimal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coverage {
    pub gap: (usize, usize),
    pub end: usize,
}

/// The signature dictionary of an object, and where its `/Contents` lies in the file.
pub(super) fn dictionary(file: &File, signature: Ref) -> Checked<(Dict, Range<usize>)> {
    let Some(Entry::At { offset, .. }) = file.entry(signature.number) else {
        let reason = "the signature is not an object of its own in the file";
        return Err(Finding::invalid("signature-misplaced", reason));
    };
    let Indirect::Plain(Object::Dict(dict)) = file.read_at(offset, signature, CHAIN)?.0 else {
        return Err(Finding::invalid(
            "signature-misplaced",
            "the signature is no dictionary",
        ));
    };
    let mut parser = Parser::new(file.bytes, offset);
    parser.header()?;
    let gap = parser.span(b"Contents")?;
    let missing = || Finding::invalid("contents-missing", "the signature has no message");
    Ok((dict, gap.ok_or_else(missing)?))
}

/// Reads `/ByteRange` and demands that it leaves out the message and nothing else.
pub(super) fn coverage(file: &File, dict: &Dict, gap: &Range<usize>) -> Checked<Coverage> {
    let wrong = |reason: &str| Finding::invalid("byte-range-wrong", reason);
    let range = file.value(dict, "ByteRange")?;
    let numbers: Option<Vec<usize>> = range.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| item.as_int().and_then(|n| usize::try_from(n).ok()))
            .collect()
    });
    let Some([begin, first, second, rest]) = numbers.as_deref() else {
        return Err(wrong("its byte range is not four numbers"));
    };
    let end = second
        .checked_add(*rest)
        .filter(|end| *end <= file.bytes.len());
    let end = end.ok_or_else(|| wrong("its byte range ends after the file"))?;
    if *begin != 0 || *first != gap.start || *second != gap.end {
        return Err(wrong(
            "its byte range leaves out something else than its message",
        ));
    }
    if file.bytes.get(gap.start) != Some(&b'<') {
        return Err(wrong("its message is not written in hexadecimal"));
    }
    Ok(Coverage {
        gap: (gap.start, gap.end),
        end,
    })
}

/// Digests of a file's beginnings. Asked in ascending order, each byte is taken in once
/// for each hash.
pub(super) struct Hashes<'a> {
    bytes: &'a [u8],
    states: HashMap<Hash, (usize, Digester)>,
}

impl<'a> Hashes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            states: HashMap::new(),
        }
    }

    /// The state after the first `length` bytes.
    fn upto(&mut self, hash: Hash, length: usize) -> Digester {
        let state = self
            .states
            .entry(hash)
            .or_insert_with(|| (0, Digester::new(hash)));
        if state.0 > length {
            *state = (0, Digester::new(hash));
        }
        state.1.update(&self.bytes[state.0..length]);
        state.0 = length;
        state.1.clone()
    }

    /// Digest of the first `length` bytes.
    pub fn beginning(&mut self, hash: Hash, length: usize) -> Digest {
        self.upto(hash, length).finish()
    }

    /// Digest of what a signature covers.
    pub fn covered(&mut self, hash: Hash, coverage: Coverage) -> Digest {
        let mut digester = self.upto(hash, coverage.gap.0);
        digester.update(&self.bytes[coverage.gap.1..coverage.end]);
        digester.finish()
    }
}
