//! A trusted party with tools of its own: takes the increment that signing would make
//! apart, changes it, and signs the result with a true certificate and timestamp.

use std::io::Write;

use crypto::{Digester, Suite};

use crate::{
    contract::{Contract, last, last_gap},
    house::{Act, HOUSE, act},
};

/// An increment in its parts.
pub struct Forgery {
    pub objects: Vec<Object>,
    /// The entries of the trailer, without brackets.
    pub trailer: String,
    /// Number of the cross-reference stream, when there is one.
    pub xref: Option<u32>,
    /// Goes between the objects and the cross-reference.
    pub between: String,
    /// Goes at the end of the cross-reference table.
    pub rows: String,
    /// Goes after the end of the file.
    pub tail: String,
}

pub struct Object {
    pub number: u32,
    pub generation: u16,
    pub body: String,
}

/// The act of the forger.
pub fn next() -> Act {
    act(Suite::P256Sha256, "next")
}

impl Forgery {
    /// What signing would append now, without its message.
    pub fn next(contract: &Contract) -> Self {
        let (increment, _) = contract.prepare(&next(), None).embed(&[]).unwrap();
        let mut forgery = Self {
            objects: Vec::new(),
            trailer: String::new(),
            xref: None,
            between: String::new(),
            rows: String::new(),
            tail: String::new(),
        };
        // One character a byte, so that streams survive.
        let text: String = increment.iter().map(|byte| char::from(*byte)).collect();
        let mut rest = &text[1..];
        while let Some((line, after)) = rest.split_once('\n') {
            if line == "xref" {
                let (_, trailer) = after.split_once("trailer\n<<").unwrap();
                forgery.trailer = trailer.split_once(">>\nstartxref").unwrap().0.into();
                break;
            }
            let Some(head) = line.strip_suffix(" obj") else {
                break;
            };
            let (number, generation) = head.split_once(' ').unwrap();
            let (body, after) = after.split_once("\nendobj\n").unwrap();
            rest = after;
            let number = number.parse().unwrap();
            if let Some((_, dict)) = body.split_once("/Index[") {
                let (_, trailer) = dict.split_once(']').unwrap();
                forgery.trailer = trailer.split_once("/Length").unwrap().0.into();
                forgery.xref = Some(number);
            } else {
                let generation = generation.parse().unwrap();
                let body = body.to_owned();
                forgery.objects.push(Object {
                    number,
                    generation,
                    body,
                });
            }
        }
        forgery
    }

    /// The object whose body has this in it.
    pub fn find(&mut self, needle: &str) -> &mut Object {
        let found = self
            .objects
            .iter_mut()
            .find(|object| object.body.contains(needle));
        found.unwrap_or_else(|| panic!("no object has {needle}"))
    }

    pub fn object(&mut self, number: u32) -> &mut Object {
        self.objects
            .iter_mut()
            .find(|object| object.number == number)
            .unwrap()
    }

    pub fn add(&mut self, number: u32, body: impl Into<String>) {
        let (generation, body) = (0, body.into());
        self.objects.push(Object {
            number,
            generation,
            body,
        });
    }

    /// Replaces a text in all objects and the trailer.
    pub fn rename(&mut self, from: &str, to: &str) {
        for object in &mut self.objects {
            object.body = object.body.replace(from, to);
        }
    }

    /// Gives an object another number, and all that refer to it.
    pub fn renumber(&mut self, from: u32, to: u32) {
        self.object(from).number = to;
        for lead in [" ", "[", "P", "N", "V"] {
            self.rename(&format!("{lead}{from} 0 R"), &format!("{lead}{to} 0 R"));
        }
    }

    /// The whole file after it, signed.
    pub fn sign(&self, before: &[u8]) -> Vec<u8> {
        let mut file = self.lay_out(before);
        let gap = last_gap(&file);
        let range = last(&file, "/ByteRange[0 ") + "/ByteRange[0 ".len();
        let numbers = format!("{} {} {}", gap.start, gap.end, file.len() - gap.end);
        file[range..range + 33].fill(b' ');
        file[range..range + numbers.len()].copy_from_slice(numbers.as_bytes());
        let act = next();
        let mut digester = Digester::new(act.suite.hash());
        digester.update(&file[..gap.start]);
        digester.update(&file[gap.end..]);
        let message = HOUSE.message(&act, before, &digester.finish());
        for (at, byte) in message.iter().enumerate() {
            let digits = format!("{byte:02x}");
            let at = gap.start + 1 + 2 * at;
            file[at..at + 2].copy_from_slice(digits.as_bytes());
        }
        file
    }

    /// The whole file after it, without a signature.
    pub fn append(&self, before: &[u8]) -> Vec<u8> {
        self.lay_out(before)
    }

    fn lay_out(&self, before: &[u8]) -> Vec<u8> {
        let mut file = before.to_vec();
        file.push(b'\n');
        let mut entries = Vec::new();
        for Object {
            number,
            generation,
            body,
        } in &self.objects
        {
            entries.push((*number, *generation, file.len()));
            writeln!(file, "{number} {generation} obj").unwrap();
            // Characters were bytes.
            file.extend(body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()));
            file.extend(b"\nendobj\n");
        }
        file.extend(self.between.as_bytes());
        let at = file.len();
        entries.extend(self.xref.map(|number| (number, 0, at)));
        entries.sort_unstable();
        let runs = || entries.chunk_by(|a, b| a.0 + 1 == b.0);
        if let Some(number) = self.xref {
            let index: Vec<_> = runs()
                .map(|run| format!("{} {}", run[0].0, run.len()))
                .collect();
            let dict = format!(
                "<</Type/XRef/W[1 4 2]/Index[{}]{}",
                index.join(" "),
                self.trailer
            );
            let length = entries.len() * 7;
            write!(file, "{number} 0 obj\n{dict}/Length {length}>>\nstream\n").unwrap();
            for (_, generation, offset) in &entries {
                file.push(1);
                file.extend(u32::try_from(*offset).unwrap().to_be_bytes());
                file.extend(generation.to_be_bytes());
            }
            file.extend(b"\nendstream\nendobj\n");
        } else {
            file.extend(b"xref\n");
            for run in runs() {
                writeln!(file, "{} {}", run[0].0, run.len()).unwrap();
                for (_, generation, offset) in run {
                    writeln!(file, "{offset:010} {generation:05} n ").unwrap();
                }
            }
            write!(file, "{}trailer\n<<{}>>\n", self.rows, self.trailer).unwrap();
        }
        write!(file, "startxref\n{at}\n%%EOF\n{}", self.tail).unwrap();
        file
    }
}
