//! Laying out an increment: objects, cross-reference, trailer (ISO 32000-2, 7.5.6).
//!
//! ```text
//! increment = LF object+ cross-reference "startxref" LF offset LF "%%EOF" LF
//! object    = number SP generation " obj" LF value LF "endobj" LF
//! ```
//! The line feed at the front ends a last line that has none, and marks where the
//! increment begins. Nothing else is between the parts, so that a verifier can account
//! for every byte.

use crypto::{Hash, digest};

use crate::{
    base::Base,
    object::{Dict, Object, Ref, print},
    reader::Style,
};

/// Bytes that will follow a file.
pub(crate) struct Increment {
    pub(crate) bytes: Vec<u8>,
    /// Length of the file before.
    before: usize,
    /// Object and its offset in the whole file.
    offsets: Vec<(Ref, usize)>,
    next: u32,
}

impl Increment {
    pub(crate) fn after(base: &Base) -> Self {
        Self {
            bytes: vec![b'\n'],
            before: base.length,
            offsets: Vec::new(),
            next: base.next,
        }
    }

    /// A new object number.
    pub(crate) fn allocate(&mut self) -> Ref {
        self.next += 1;
        Ref::new(self.next - 1)
    }

    /// Whether it has the object already.
    pub(crate) fn holds(&self, reference: Ref) -> bool {
        self.offsets.iter().any(|(known, _)| *known == reference)
    }

    /// Begins an object whose value the caller writes to `bytes`.
    pub(crate) fn begin(&mut self, reference: Ref) {
        self.offsets
            .push((reference, self.before + self.bytes.len()));
        write_header(reference, &mut self.bytes);
    }

    pub(crate) fn end(&mut self) {
        self.bytes.extend(END);
    }

    pub(crate) fn object(&mut self, reference: Ref, object: &Object) {
        self.begin(reference);
        object.write(&mut self.bytes);
        self.end();
    }

    pub(crate) fn stream(&mut self, reference: Ref, dict: Dict, data: &[u8]) {
        self.begin(reference);
        let length = i64::try_from(data.len()).unwrap_or(i64::MAX);
        dict.with("Length", length).write(&mut self.bytes);
        self.bytes.extend(STREAM);
        self.bytes.extend(data);
        self.bytes.extend(END_STREAM);
    }

    /// Writes the cross-reference in the style of the file, ends the increment, and tells
    /// `next` where the following one begins. `seed` is what makes this increment another
    /// than all others after the same file.
    pub(crate) fn finish(mut self, base: &Base, next: &mut Base, seed: &[u8]) -> Vec<u8> {
        let id = new_id(base.id.as_ref(), seed);
        let startxref = self.before + self.bytes.len();
        let own = (base.style == Style::Stream).then(|| self.allocate());
        let trailer = Trailer {
            size: self.next,
            root: base.root,
            info: base.info.clone(),
            id: id.clone().map(|id| id.map(Object::String).into()),
            previous: base.startxref,
        };
        self.bytes
            .extend(ending(own, &mut self.offsets, trailer, startxref));
        next.length = base.length + self.bytes.len();
        next.startxref = startxref;
        next.next = self.next;
        next.id = id;
        self.bytes
    }
}

/// What identifies the file after the increment (14.4): what it was before, and the
/// bytes that make this one differ from others.
fn new_id(id: Option<&[Vec<u8>; 2]>, seed: &[u8]) -> Option<[Vec<u8>; 2]> {
    id.map(|[first, second]| {
        let seed = digest(Hash::Sha256, &[second, seed].concat());
        [first.clone(), seed.as_bytes()[..16].to_vec()]
    })
}

/// What is around the value of an object.
pub(crate) const END: &[u8] = b"\nendobj\n";
pub(crate) const STREAM: &[u8] = b"\nstream\n";
pub(crate) const END_STREAM: &[u8] = b"\nendstream\nendobj\n";

pub(crate) fn write_header(Ref { number, generation }: Ref, out: &mut Vec<u8>) {
    print(out, format_args!("{number} {generation} obj\n"));
}

/// All that the trailer of an increment says.
pub(crate) struct Trailer {
    /// One more than the highest object number (7.5.5).
    pub(crate) size: u32,
    pub(crate) root: Ref,
    pub(crate) info: Option<Object>,
    pub(crate) id: Option<Object>,
    /// Offset of the cross-reference before.
    pub(crate) previous: usize,
}

impl Trailer {
    fn dict(self) -> Dict {
        let mut dict = Dict::default()
            .with("Size", i64::from(self.size))
            .with("Root", self.root);
        if let Some(info) = self.info {
            dict.set("Info", info);
        }
        if let Some(id) = self.id {
            dict.set("ID", id);
        }
        dict.with("Prev", i64::try_from(self.previous).unwrap_or(i64::MAX))
    }
}

/// Everything from the cross-reference on, which begins at `startxref`: a table, or a
/// stream that is the object `own`.
pub(crate) fn ending(
    own: Option<Ref>,
    offsets: &mut Vec<(Ref, usize)>,
    trailer: Trailer,
    startxref: usize,
) -> Vec<u8> {
    let mut out = Vec::new();
    match own {
        None => write_table(offsets, &trailer.dict(), &mut out),
        Some(own) => {
            offsets.push((own, startxref));
            write_xref_stream(own, offsets, trailer.dict(), &mut out);
        }
    }
    print(&mut out, format_args!("startxref\n{startxref}\n%%EOF\n"));
    out
}

/// A cross-reference stream (7.5.8).
fn write_xref_stream(own: Ref, offsets: &mut [(Ref, usize)], trailer: Dict, out: &mut Vec<u8>) {
    let mut index = Vec::new();
    let mut data = Vec::new();
    for run in runs(offsets) {
        index.push(Object::Int(i64::from(run[0].0.number)));
        index.push(Object::Int(i64::try_from(run.len()).unwrap_or(0)));
        for (Ref { generation, .. }, offset) in run {
            data.push(1);
            // A file has less than 2^32 bytes: the reader refuses it long before.
            data.extend(u32::try_from(*offset).unwrap_or(u32::MAX).to_be_bytes());
            data.extend(generation.to_be_bytes());
        }
    }
    let mut dict = Dict::default()
        .with("Type", Object::name("XRef"))
        .with("W", [1i64, 4, 2])
        .with("Index", Object::Array(index));
    dict.0.extend(trailer.0);
    let length = i64::try_from(data.len()).unwrap_or(0);
    write_header(own, out);
    dict.with("Length", length).write(out);
    out.extend(STREAM);
    out.extend(&data);
    out.extend(END_STREAM);
}

/// A cross-reference table with its trailer (7.5.4).
fn write_table(offsets: &mut [(Ref, usize)], trailer: &Dict, out: &mut Vec<u8>) {
    out.extend(b"xref\n");
    for run in runs(offsets) {
        print(out, format_args!("{} {}\n", run[0].0.number, run.len()));
        for (Ref { generation, .. }, offset) in run {
            print(out, format_args!("{offset:010} {generation:05} n \n"));
        }
    }
    out.extend(b"trailer\n");
    trailer.write(out);
    out.push(b'\n');
}

/// Objects with consecutive numbers together, in their order.
fn runs(offsets: &mut [(Ref, usize)]) -> impl Iterator<Item = &[(Ref, usize)]> {
    offsets.sort_unstable();
    offsets.chunk_by(|a, b| a.0.number + 1 == b.0.number)
}

/// Blanks that three offsets need at most.
pub(crate) const RANGE_WIDTH: usize = 33;

/// A signature dictionary up to its byte range, which `RANGE_WIDTH` blanks are kept for.
pub(crate) const SIGNATURE_HEAD: &[u8] =
    b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 ";
/// The same of a document timestamp (12.8.5).
pub(crate) const TIMESTAMP_HEAD: &[u8] =
    b"<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161/ByteRange[0 ";
/// What is between byte range and message.
pub(crate) const SIGNATURE_MIDDLE: &[u8] = b"]/Contents";

/// Offset and length of the two parts that are signed, without the zero at the front.
pub(crate) fn byte_range(gap: (usize, usize), end: usize) -> String {
    format!("{} {} {}", gap.0, gap.1, end - gap.1)
}

/// A signature dictionary from its message on: the claimed time, name and reason.
pub(crate) fn write_signature_tail(said: [&Object; 3], out: &mut Vec<u8>) {
    for (key, value) in ["M", "Name", "Reason"].into_iter().zip(said) {
        print(out, format_args!("/{key}"));
        value.write(out);
    }
    out.extend(b">>");
}

/// Widget flags: shown on paper, locked (12.5.3).
pub(crate) const PRINT_LOCKED: i64 = 4 | 128;

/// Widget flags that keep it from being seen (12.5.3, table 167).
pub(crate) const HIDDEN: i64 = 2;
pub(crate) const NO_VIEW: i64 = 32;

/// Signatures are there, and only increments may follow (12.7.3, table 225).
pub(crate) const SIGNATURES_APPEND_ONLY: i64 = 1 | 2;
