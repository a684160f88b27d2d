//! Laying out an increment: objects, cross-reference, trailer (ISO 32000-2, 7.5.6).
//!
//! ```text
//! increment = LF object+ cross-reference "startxref" LF offset LF "%%EOF" LF
//! object    = number SP generation " obj" LF value LF "endobj" LF
//! ```
//! The line feed at the front ends a last line that has none, and marks where the
//! increment begins. Nothing else is between the parts, so that a verifier can account
//! for every byte.

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

    /// Begins an object whose value the caller writes to `bytes`.
    pub(crate) fn begin(&mut self, reference: Ref) {
        self.offsets
            .push((reference, self.before + self.bytes.len()));
        let Ref { number, generation } = reference;
        print(&mut self.bytes, format_args!("{number} {generation} obj\n"));
    }

    pub(crate) fn end(&mut self) {
        self.bytes.extend(b"\nendobj\n");
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
        self.bytes.extend(b"\nstream\n");
        self.bytes.extend(data);
        self.bytes.extend(b"\nendstream");
        self.end();
    }

    /// Writes the cross-reference in the style of the file and ends the increment.
    /// Gives the offset for the next increment's `/Prev` and the next free number.
    pub(crate) fn finish(&mut self, base: &Base, id: Option<[Vec<u8>; 2]>) -> (usize, u32) {
        let startxref = self.before + self.bytes.len();
        let own = (base.style == Style::Stream).then(|| self.allocate());
        let mut trailer = Dict::default()
            .with("Size", i64::from(self.next))
            .with("Root", base.root);
        if let Some(info) = &base.info {
            trailer.set("Info", info.clone());
        }
        if let Some(id) = id {
            trailer.set("ID", id.map(Object::String));
        }
        trailer.set("Prev", i64::try_from(base.startxref).unwrap_or(i64::MAX));
        match own {
            None => write_table(&mut self.offsets, &trailer, &mut self.bytes),
            Some(own) => self.xref_stream(own, trailer),
        }
        print(
            &mut self.bytes,
            format_args!("startxref\n{startxref}\n%%EOF\n"),
        );
        (startxref, self.next)
    }

    fn xref_stream(&mut self, own: Ref, trailer: Dict) {
        self.offsets.push((own, self.before + self.bytes.len()));
        let mut index = Vec::new();
        let mut data = Vec::new();
        for run in runs(&mut self.offsets) {
            index.push(Object::Int(i64::from(run[0].0.number)));
            index.push(Object::Int(i64::try_from(run.len()).unwrap_or(0)));
            for (Ref { generation, .. }, offset) in run {
                data.push(1);
                // A file has less than 2^32 bytes: the reader refuses it long before.
                data.extend(u32::try_from(*offset).unwrap_or(u32::MAX).to_be_bytes());
                data.extend(generation.to_be_bytes());
            }
        }
        let dict = Dict::default()
            .with("Type", Object::name("XRef"))
            .with("W", [1i64, 4, 2])
            .with("Index", Object::Array(index));
        let dict = trailer.0.into_iter().fold(dict, |mut dict, entry| {
            dict.0.push(entry);
            dict
        });
        // Its offset is known already and must not be entered twice.
        let length = i64::try_from(data.len()).unwrap_or(0);
        print(&mut self.bytes, format_args!("{} 0 obj\n", own.number));
        dict.with("Length", length).write(&mut self.bytes);
        self.bytes.extend(b"\nstream\n");
        self.bytes.extend(&data);
        self.bytes.extend(b"\nendstream");
        self.end();
    }
}

/// A cross-reference table with its trailer (7.5.4).
pub(crate) fn write_table(offsets: &mut [(Ref, usize)], trailer: &Dict, out: &mut Vec<u8>) {
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
