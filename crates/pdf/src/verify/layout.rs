//! The bytes of an increment: each is where signing puts it.

use std::collections::BTreeMap;

use super::{
    Checked,
    coverage::Coverage,
    increment::{History, Revision, present, shape},
};
use crate::{
    increment::{
        END, END_STREAM, RANGE_WIDTH, SIGNATURE_HEAD, SIGNATURE_MIDDLE, STREAM, Trailer,
        byte_range, ending, write_header, write_signature_tail,
    },
    object::{Dict, Object, Ref},
    reader::{CHAIN, Entry, File, Indirect, Section, Style, find_start},
};

/// The objects of one increment.
#[derive(Default)]
pub(super) struct Content {
    pub new: BTreeMap<u32, Indirect>,
    /// With what they were before.
    pub changed: BTreeMap<Ref, (Indirect, Indirect)>,
    /// The first number that nothing uses after it.
    pub next: u32,
}

impl Content {
    /// Length of the file before the increment: a line feed, then the first object.
    pub fn begin(section: &Section) -> Checked<usize> {
        let offsets = section.entries.values().filter_map(|entry| match entry {
            Entry::At { offset, .. } => offset.checked_sub(1),
            _ => None,
        });
        offsets
            .min()
            .ok_or_else(|| shape("an increment without objects"))
    }

    /// Reads the objects one after the other and accounts for every byte.
    pub fn read(
        history: &History,
        section: &Section,
        before: &Revision,
        signature: Ref,
        coverage: Coverage,
    ) -> Checked<Self> {
        let file = history.file;
        let mut offsets = offsets(section)?;
        let own = offsets.pop_if(|(reference, offset)| {
            section.style == Style::Stream && *offset == section.at && reference.generation == 0
        });
        let mut content = Self {
            next: before.next,
            ..Self::default()
        };
        let mut at = before.end + 1;
        if file.bytes.get(before.end) != Some(&b'\n') {
            return Err(shape("an increment has bytes that belong to no object"));
        }
        for (reference, offset) in &offsets {
            if *offset != at {
                return Err(shape("an increment has bytes that belong to no object"));
            }
            let (object, _) = file.read_at(at, *reference, CHAIN)?;
            at = written(file, at, *reference, &object, (signature, coverage))?;
            content.enter(file, before, *reference, object)?;
        }
        if section.at != at || section.style != before.style {
            return Err(shape("an increment has bytes that belong to no object"));
        }
        if let Some((own, _)) = own {
            content.number(own.number, before)?;
        }
        content.contiguous(before, own.is_some())?;
        let trailer = trailer(file, section, before, content.next)?;
        let expected = ending(own.map(|(own, _)| own), &mut offsets, trailer, at);
        if file.bytes.get(at..coverage.end) != Some(&expected) {
            return Err(shape("an increment does not end as signing ends it"));
        }
        Ok(content)
    }

    /// Enters an object as new or as changed.
    fn enter(
        &mut self,
        file: &File,
        before: &Revision,
        reference: Ref,
        object: Indirect,
    ) -> Checked<()> {
        let Ref { number, generation } = reference;
        let Some(entry) = present(&before.entries, number) else {
            if generation != 0 {
                return Err(shape("a new object has an old generation"));
            }
            self.new.insert(number, object);
            return self.number(number, before);
        };
        let old = match entry {
            Entry::At { generation, .. } => generation,
            _ => 0,
        };
        if old != generation {
            return Err(shape("an object has got another generation"));
        }
        let old = file.object_of(number, entry, CHAIN)?;
        let old = old.ok_or_else(|| shape("an increment changes nothing"))?;
        self.changed.insert(reference, (old, object));
        Ok(())
    }

    /// A new number must be one that nothing before uses or speaks of.
    fn number(&mut self, number: u32, before: &Revision) -> Checked<()> {
        if number < before.next {
            return Err(shape(format!(
                "the file spoke of object {number} before it was there"
            )));
        }
        self.next = self.next.max(number.saturating_add(1));
        Ok(())
    }

    /// The new numbers follow each other, so that none is left that could be spoken of
    /// now and appear later; and nothing new speaks of what is not there.
    fn contiguous(&self, before: &Revision, own: bool) -> Checked<()> {
        let count = self.new.len() + usize::from(own);
        if usize::try_from(self.next - before.next) != Ok(count) {
            return Err(shape("an increment leaves out numbers of objects"));
        }
        let mut known = |part: &Object| match part {
            Object::Reference(to) if to.number >= self.next => {
                Err(shape("an increment speaks of objects that are not there"))
            }
            _ => Ok(()),
        };
        self.new.values().try_for_each(|object| match object {
            Indirect::Plain(object) => object.each_part(&mut known),
            Indirect::Stream(dict, _) => dict
                .0
                .iter()
                .try_for_each(|(_, value)| value.each_part(&mut known)),
        })
    }
}

/// Objects of a section in the order of the file.
fn offsets(section: &Section) -> Checked<Vec<(Ref, usize)>> {
    let mut offsets = Vec::with_capacity(section.entries.len());
    for (number, entry) in &section.entries {
        let Entry::At { offset, generation } = *entry else {
            return Err(shape("an increment frees an object, or packs it"));
        };
        let number = *number;
        offsets.push((Ref { number, generation }, offset));
    }
    offsets.sort_unstable_by_key(|(_, offset)| *offset);
    Ok(offsets)
}

/// Holds the object at an offset against the one way of writing it, and says where it
/// ends. A comment or blank within could be something else to another reader.
fn written(
    file: &File,
    at: usize,
    reference: Ref,
    object: &Indirect,
    (signature, coverage): (Ref, Coverage),
) -> Checked<usize> {
    let mut expected = Vec::new();
    write_header(reference, &mut expected);
    let skipped = match object {
        Indirect::Plain(Object::Dict(dict)) if reference == signature => {
            signature_head(coverage, &mut expected);
            Some((coverage.gap, signature_tail(dict)?))
        }
        Indirect::Plain(object) => {
            object.write(&mut expected);
            expected.extend(END);
            None
        }
        Indirect::Stream(dict, data) => {
            dict.write(&mut expected);
            expected.extend(STREAM);
            Some(((data.start, data.end), END_STREAM.to_vec()))
        }
    };
    let wrong = || {
        let number = reference.number;
        shape(format!("object {number} is not written as signing writes"))
    };
    let mut end = at + expected.len();
    if file.bytes.get(at..end) != Some(&expected) {
        return Err(wrong());
    }
    if let Some(((begin, after), tail)) = skipped {
        if begin != end || file.bytes.get(after..after + tail.len()) != Some(&tail) {
            return Err(wrong());
        }
        end = after + tail.len();
    }
    Ok(end)
}

fn signature_head(coverage: Coverage, out: &mut Vec<u8>) {
    out.extend(SIGNATURE_HEAD);
    let begin = out.len();
    out.extend(byte_range(coverage.gap, coverage.end).as_bytes());
    out.resize(out.len().max(begin + RANGE_WIDTH), b' ');
    out.extend(SIGNATURE_MIDDLE);
}

fn signature_tail(dict: &Dict) -> Checked<Vec<u8>> {
    let (Some(time), Some(name), Some(reason)) =
        (dict.get("M"), dict.get("Name"), dict.get("Reason"))
    else {
        return Err(shape("a signature lacks its time, name or reason"));
    };
    let mut tail = Vec::new();
    write_signature_tail([time, name, reason], &mut tail);
    tail.extend(END);
    Ok(tail)
}

/// The trailer that must be there: all of it follows from the file before but the
/// second half of the identifier, which is new with each revision.
fn trailer(file: &File, section: &Section, before: &Revision, size: u32) -> Checked<Trailer> {
    let root = before.trailer.get("Root").and_then(Object::as_ref);
    let root = root.ok_or_else(|| shape("the file before has no catalog"))?;
    let id = match file.value(&before.trailer, "ID")?.as_array() {
        None => None,
        Some(old) => {
            let new = section.trailer.get("ID").and_then(Object::as_array);
            let new = new.and_then(|new| new.get(1)?.as_string());
            match (old.first(), new) {
                (Some(first), Some(new)) => Some(Object::Array(vec![
                    first.clone(),
                    Object::String(new.to_vec()),
                ])),
                _ => return Err(shape("an increment without the file's identifier")),
            }
        }
    };
    // The end of the file before leads to its cross-reference, not past it.
    if find_start(&file.bytes[..before.end])? != before.startxref {
        return Err(shape("the file before it ends otherwise"));
    }
    Ok(Trailer {
        size,
        root,
        info: before.trailer.get("Info").cloned(),
        id,
        previous: before.startxref,
    })
}
