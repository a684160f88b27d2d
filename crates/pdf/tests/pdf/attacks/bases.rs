//! The files that are attacked, and how other people's programs write into files.
//!
//! Nothing of the crate's signing is used but for [`act`]: increments are text, put
//! together by hand, so that they can be as wrong as an attacker likes.

use std::{fmt::Write as _, ops::Range, sync::LazyLock};

use crypto::{Digest, Digester, Hash, Signer as _, Suite, digest, random};
use pki::{
    signed_attributes, signed_data,
    timestamp::{Request, Tsa},
};

use crate::{
    contract::{Contract, last, over},
    house::{HOUSE, NOW_MS},
    paper::{CONTENT, FORM, Make, Paper, stream},
};

pub const SUITE: Suite = Suite::P256Sha256;
/// Numbers of what is in [`form`].
pub const AMOUNT: u32 = 30;
pub const REMARK: u32 = 31;
pub const EMPTY: u32 = 32;
pub const FONT: u32 = 40;
pub const DRAWING: u32 = 41;
/// The first signature, with its field behind it.
pub const FIRST: u32 = 100;
/// What an attacker adds.
pub const EXTRA: u32 = 300;

/// Red over the whole page.
pub const RED: &str = "1 0 0 rg 0 0 400 300 re f";

/// A contract of ours with two parties and the closing seal.
pub fn act() -> Vec<u8> {
    static FILE: LazyLock<Vec<u8>> =
        LazyLock::new(|| Contract::signed(&Paper::default(), SUITE).bytes);
    FILE.clone()
}

/// A file of one page more than enough: a form with two fields of text and an empty one
/// for a signature, a note, a font and a drawing.
pub fn form() -> Paper {
    let widget = |kind: &str, name: &str, rect: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/{kind}/T({name})/F 4/Rect[{rect}]/P 3 0 R/DA(/F 9 Tf)>>"
        )
    };
    let content = "0 0 1 rg 20 20 60 10 re f BT/F 12 Tf 20 60 Td(100)Tj ET q 1 0 0 1 0 0 cm/X Do Q";
    Paper {
        catalog: format!("/AcroForm {FORM} 0 R"),
        page: format!(
            "/Annots[{AMOUNT} 0 R {REMARK} 0 R {EMPTY} 0 R]/Resources<</Font<</F {FONT} 0 R>>/XObject<</X {DRAWING} 0 R>>>>"
        ),
        content: content.to_owned(),
        ..Paper::default()
    }
    .with(
        FORM,
        format!(
            "<</Fields[{AMOUNT} 0 R {REMARK} 0 R {EMPTY} 0 R]/DA(/F 0 Tf)/DR<</Font<</F {FONT} 0 R>>>>>>"
        ),
    )
    .with(AMOUNT, widget("Tx", "amount", "200 100 300 120"))
    .with(REMARK, widget("Tx", "remark", "0 0 400 300"))
    .with(EMPTY, widget("Sig", "second", "200 50 300 80"))
    .with(FONT, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    .with(
        DRAWING,
        stream("/Type/XObject/Subtype/Form/BBox[0 0 400 300]", "0 g 20 200 9 9 re f"),
    )
}

/// The body of an object in a file that has it in clear, as it is now.
pub fn body(file: &[u8], number: u32) -> String {
    let begin = last(file, &format!("\n{number} 0 obj\n"));
    let text: String = file[begin + 1..].iter().map(|b| char::from(*b)).collect();
    let (_, text) = text.split_once('\n').unwrap();
    text.split_once("\nendobj").unwrap().0.to_owned()
}

/// The body with something put in at its beginning, or at the end of a list in it.
pub fn with(body: &str, more: &str) -> String {
    body.replacen("<<", &format!("<<{more}"), 1)
}

pub fn listed(body: &str, list: &str, more: &str) -> String {
    let Some(begin) = body.find(&format!("/{list}[")) else {
        return with(body, &format!("/{list}[{more}]"));
    };
    let end = begin + body[begin..].find(']').unwrap();
    format!("{} {more}{}", &body[..end], &body[end..])
}

/// An increment as an editor saves it.
#[derive(Clone, Default)]
pub struct Update {
    pub objects: Vec<(u32, String)>,
    /// Goes into the trailer.
    pub trailer: String,
    /// Goes before the cross-reference.
    pub between: String,
    /// Goes into the cross-reference table.
    pub rows: String,
    /// In place of the catalog of the file.
    pub root: Option<u32>,
    /// In place of the offset of the cross-reference before.
    pub previous: Option<usize>,
    /// Generation of an object, when it is not 0.
    pub generation: Option<(u32, u16)>,
}

impl Update {
    pub fn add(mut self, number: u32, body: impl Into<String>) -> Self {
        self.objects.retain(|(known, _)| *known != number);
        self.objects.push((number, body.into()));
        self
    }

    /// The file with it.
    pub fn save(&self, file: &[u8]) -> Vec<u8> {
        self.save_as(file, 999)
    }

    /// The same, with this number of objects in the trailer.
    pub fn save_as(&self, file: &[u8], size: u32) -> Vec<u8> {
        let mut out = file.to_vec();
        let mut rows = self.rows.clone();
        for (number, body) in &self.objects {
            let own = self.generation.filter(|(of, _)| of == number);
            let generation = own.map_or(0, |(_, generation)| generation);
            writeln!(rows, "{number} 1\n{:010} {generation:05} n ", out.len()).unwrap();
            out.extend(format!("{number} {generation} obj\n").bytes());
            out.extend(bytes(body));
            out.extend(b"\nendobj\n");
        }
        out.extend(bytes(&self.between));
        let at = out.len();
        let root = self.root.unwrap_or(1);
        let previous = self.previous.unwrap_or_else(|| startxref(file));
        let trailer = format!(
            "<</Size {size}/Root {root} 0 R/Prev {previous}{}>>",
            self.trailer
        );
        let rows = if rows.is_empty() { "0 0\n" } else { &rows };
        out.extend(format!("xref\n{rows}trailer\n{trailer}\nstartxref\n{at}\n%%EOF\n").bytes());
        out
    }
}

/// Characters are bytes.
fn bytes(text: &str) -> impl Iterator<Item = u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap())
}

pub fn startxref(file: &[u8]) -> usize {
    let text = String::from_utf8_lossy(&file[last(file, "startxref")..]).into_owned();
    text.split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

/// How somebody signs with another program.
#[derive(Clone)]
pub struct Hand {
    pub kind: &'static str,
    /// Number of the signature's dictionary; a new field gets the next one.
    pub number: u32,
    pub name: &'static str,
    /// Rectangle of the new field; none makes it invisible.
    pub rect: Option<&'static str>,
    /// A field that was prepared.
    pub into: Option<u32>,
    pub certify: Option<u8>,
    /// Goes into the signature's dictionary.
    pub more: String,
    /// Goes into the new field.
    pub field: String,
    pub message: fn(&Digest) -> Vec<u8>,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            kind: "adbe.pkcs7.detached",
            number: FIRST,
            name: "first",
            rect: None,
            into: None,
            certify: None,
            more: String::new(),
            field: String::new(),
            message: plain,
        }
    }
}

impl Hand {
    /// What this signature writes into a file, without its message.
    pub fn update(&self, file: &[u8]) -> Update {
        let number = self.number;
        let field = number + 1;
        let zeros = "0".repeat(12_000);
        let reference = self.certify.map_or_else(String::new, |level| {
            format!("/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P {level}/V/1.2>>>>]")
        });
        let mut update = Update::default().add(
            number,
            format!(
                "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/{}/ByteRange[0 0000000000 0000000000 0000000000]        /Contents<{zeros}>{reference}{}>>",
                self.kind, self.more
            ),
        );
        if let Some(into) = self.into {
            update = update.add(
                into,
                with(&body(file, into), &format!("/V {number} 0 R{}", self.field)),
            );
        } else {
            let rect = self.rect.unwrap_or("0 0 0 0");
            let text = format!(
                "<</Type/Annot/Subtype/Widget/FT/Sig/T({})/F 132/Rect[{rect}]/P 3 0 R/V {number} 0 R{}>>",
                self.name, self.field
            );
            let form = listed(&body(file, FORM), "Fields", &format!("{field} 0 R"));
            let form = if form.contains("/SigFlags") {
                form
            } else {
                with(&form, "/SigFlags 3")
            };
            update = update.add(field, text).add(FORM, form);
        }
        if self.rect.is_some() {
            let page = listed(&body(file, 3), "Annots", &format!("{field} 0 R"));
            update = update.add(3, page);
        }
        if self.certify.is_some() {
            let perms = format!("/Perms<</DocMDP {number} 0 R>>");
            update = update.add(1, with(&body(file, 1), &perms));
        }
        update
    }

    pub fn sign(&self, file: &[u8]) -> Vec<u8> {
        self.sign_with(file, |update| update)
    }

    /// Signs, and does something else in the same increment.
    pub fn sign_with(&self, file: &[u8], change: impl Fn(Update) -> Update) -> Vec<u8> {
        seal(change(self.update(file)).save(file), self.message)
    }
}

/// Fills in the last byte range that is still to be filled in, and its message.
pub fn seal(mut file: Vec<u8>, message: impl Fn(&Digest) -> Vec<u8>) -> Vec<u8> {
    const BLANK: &str = "[0 0000000000 0000000000 0000000000";
    let range = last(&file, BLANK);
    let gap = gap_after(&file, range);
    let text = format!("[0 {} {} {}", gap.start, gap.end, file.len() - gap.end);
    over(&mut file, range..range + BLANK.len(), &text);
    let message = message(&covered(&file, &gap));
    let digits = hexadecimal(&message);
    file[gap.start + 1..][..digits.len()].copy_from_slice(digits.as_bytes());
    file
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The next message after an offset, with its brackets.
pub fn gap_after(file: &[u8], at: usize) -> Range<usize> {
    let needle = b"/Contents<";
    let found = file[at..].windows(needle.len()).position(|w| w == needle);
    let begin = at + found.unwrap() + needle.len() - 1;
    let length = file[begin..].iter().position(|byte| *byte == b'>').unwrap();
    begin..begin + length + 1
}

/// The last signature's message, and its `/ByteRange […]` with the blanks behind it.
pub fn gap(file: &[u8]) -> Range<usize> {
    gap_after(file, last(file, "/ByteRange"))
}

pub fn range(file: &[u8]) -> Range<usize> {
    let begin = last(file, "/ByteRange");
    let length = file[begin..].iter().position(|byte| *byte == b']').unwrap();
    let end = begin + length + 1;
    let blanks = file[end..].iter().take_while(|byte| **byte == b' ');
    begin..end + blanks.count()
}

fn covered(file: &[u8], gap: &Range<usize>) -> Digest {
    let mut digester = Digester::new(Hash::Sha256);
    digester.update(&file[..gap.start]);
    digester.update(&file[gap.end..]);
    digester.finish()
}

/// The company's message, that speaks of no act.
pub fn plain(content: &Digest) -> Vec<u8> {
    let (leaf, key) = &HOUSE.branch(SUITE).seal;
    let attributes = signed_attributes(content, leaf, None);
    let signature = key.sign(&attributes).unwrap();
    signed_data(SUITE, &attributes, &signature, &chain(), None).unwrap()
}

/// The same with a timestamp.
pub fn stamped(content: &Digest) -> Vec<u8> {
    stamped_by(&HOUSE.branch(SUITE).tsa, content, None)
}

/// With a timestamp of this authority, over another signature when one is given.
pub fn stamped_by(tsa: &Tsa, content: &Digest, over: Option<&[u8]>) -> Vec<u8> {
    let (leaf, key) = &HOUSE.branch(SUITE).seal;
    let attributes = signed_attributes(content, leaf, None);
    let signature = key.sign(&attributes).unwrap();
    let imprint = digest(SUITE.hash(), over.unwrap_or(&signature));
    let token = token(tsa, &imprint);
    signed_data(SUITE, &attributes, &signature, &chain(), Some(&token)).unwrap()
}

fn chain() -> [pki::Certificate; 2] {
    let branch = HOUSE.branch(SUITE);
    [branch.seal.0.clone(), branch.issuing.0.clone()]
}

bases! {
    /// Signed by a company with another program, invisibly.
    other = Hand::default().sign(&form().bytes());
    /// As `PAdES` has it.
    cades = Hand { kind: "ETSI.CAdES.detached", ..Hand::default() }.sign(&form().bytes());
    /// With a timestamp.
    timed = Hand { message: stamped, ..Hand::default() }.sign(&form().bytes());
    /// In object streams.
    packed = {
        let paper = Paper { make: Make::Packed, ..form() };
        // The increment of the same file in clear.
        let update = Hand::default().update(&form().bytes());
        seal(update.save(&paper.bytes()), plain)
    };
    /// Certified: nothing may change.
    certified_1 = Hand { certify: Some(1), ..Hand::default() }.sign(&form().bytes());
    /// Certified: fields may be filled in, and signatures follow.
    certified_2 = Hand { certify: Some(2), ..Hand::default() }.sign(&form().bytes());
    /// Certified: also annotations.
    certified_3 = Hand { certify: Some(3), ..Hand::default() }.sign(&form().bytes());
}

/// A document timestamp, as anybody can get one.
pub fn timestamp() -> Hand {
    Hand {
        kind: "ETSI.RFC3161",
        number: 200,
        name: "time",
        message: |content| token(&HOUSE.branch(SUITE).tsa, content),
        ..Hand::default()
    }
}

pub fn token(tsa: &Tsa, imprint: &Digest) -> Vec<u8> {
    let request = Request::new(imprint.clone(), Some(7), true);
    tsa.token(&request, NOW_MS, random()).unwrap()
}

/// The page's content is red.
pub fn repainted() -> Update {
    Update::default().add(CONTENT, stream("", RED))
}
