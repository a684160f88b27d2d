//! One look at every object of a file: what it speaks of, and whether readers agree.

use std::collections::BTreeMap;

use crate::{
    error::{PdfError, Result, damaged},
    object::{Object, Ref},
    reader::{Entry, File, Indirect},
};

/// Most objects of a file.
const OBJECTS: u32 = 8_000_000;

/// Visits all parts of all objects that are in use, with the number of the object, and
/// returns the first number that nothing in the file uses or speaks of: whatever gets
/// this number or a higher one cannot be in the old content.
///
/// `lists` are arrays that will grow; each may be spoken of once, or what is entered
/// into it would appear somewhere else too. Refused as damaged is what readers disagree
/// about: objects above the size, references with another generation than the object,
/// objects that are nothing but a reference.
pub(crate) fn survey(
    file: &File,
    lists: impl IntoIterator<Item = Ref>,
    mut visit: impl FnMut(u32, &Object) -> Result<()>,
) -> Result<u32> {
    let size = file.trailer.int("Size").and_then(|n| u32::try_from(n).ok());
    let Some(size) = size else {
        return damaged("a trailer without the number of objects", file.startxref);
    };
    let mut spoken = Spoken {
        file,
        next: size,
        lists: BTreeMap::new(),
    };
    for list in lists {
        if spoken.lists.insert(list.number, 0).is_some() {
            return damaged("annotations or fields share an array", 0);
        }
    }
    file.trailer
        .0
        .iter()
        .try_for_each(|(_, value)| value.each_part(&mut |part| spoken.hear(part)))?;
    for (number, entry) in file.used() {
        if number >= size {
            return damaged("an object with a number above the size", file.startxref);
        }
        if let Entry::In { pack, .. } = entry {
            spoken.number(pack);
        }
        let object = match file.object(number)? {
            Some(Indirect::Plain(Object::Reference(_))) => {
                return damaged("an object that is nothing but a reference", 0);
            }
            Some(Indirect::Plain(object)) => object,
            Some(Indirect::Stream(dict, _)) => Object::Dict(dict),
            None => continue,
        };
        object.each_part(&mut |part| {
            spoken.hear(part)?;
            visit(number, part)
        })?;
    }
    if spoken.next > OBJECTS {
        return Err(PdfError::TooLarge {
            what: "objects",
            limit: 8_000_000,
        });
    }
    Ok(spoken.next)
}

struct Spoken<'a> {
    file: &'a File<'a>,
    next: u32,
    /// How often each of the arrays was spoken of.
    lists: BTreeMap<u32, u32>,
}

impl Spoken<'_> {
    fn number(&mut self, number: u32) {
        self.next = self.next.max(number.saturating_add(1));
    }

    fn hear(&mut self, part: &Object) -> Result<()> {
        let Object::Reference(to) = part else {
            return Ok(());
        };
        self.number(to.number);
        let generation = match self.file.entry(to.number) {
            Some(Entry::At { generation, .. }) => generation,
            Some(Entry::In { .. }) => 0,
            Some(Entry::Free) | None => to.generation,
        };
        if generation != to.generation {
            return damaged("a reference with another generation than its object", 0);
        }
        if let Some(count) = self.lists.get_mut(&to.number) {
            *count += 1;
            if *count > 1 {
                return damaged("an array of annotations or fields has another use too", 0);
            }
        }
        Ok(())
    }
}
