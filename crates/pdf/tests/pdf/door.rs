//! What cannot be signed safely is refused, each by its own code.

use std::fmt::Write;

use crypto::Suite;
use pdf::{Base, verify::Verdict};

use crate::{
    contract::{Contract, judged, last},
    paper::{CONTENT, FORM, MORE, Make, Paper, Place, deflate, stream},
};

#[track_caller]
fn refused(bytes: &[u8], code: &str) {
    assert_eq!(Base::read(bytes).unwrap_err().code(), code);
    assert_ne!(judged(bytes).verdict, Verdict::Valid);
}

fn catalog(more: &str) -> Paper {
    Paper {
        catalog: more.to_owned(),
        ..Paper::default()
    }
}

fn object(body: &str) -> Vec<u8> {
    Paper::default().with(MORE, body).bytes()
}

/// The file with one text replaced by another of the same length.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

#[test]
fn an_encrypted_file() {
    for make in [Make::Table, Make::Stream] {
        let trailer = "/Encrypt 20 0 R".to_owned();
        let paper = Paper {
            make,
            trailer,
            ..Paper::default()
        };
        refused(
            &paper.with(MORE, "<</Filter/Standard/V 1>>").bytes(),
            "pdf-encrypted",
        );
    }
}

#[test]
fn an_xfa_form() {
    let paper = Paper {
        form: Place::Apart,
        ..Paper::default()
    };
    let paper = paper
        .with(FORM, "<</Fields[]/XFA 20 0 R>>")
        .with(MORE, stream("", "<xdp/>"));
    refused(&paper.bytes(), "pdf-xfa");
}

#[test]
fn a_script() {
    refused(
        &catalog("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>").bytes(),
        "pdf-javascript",
    );
    refused(&object("<</S/JavaScript/JS 21 0 R>>"), "pdf-javascript");
    refused(&object("[[<</A<</S/JavaScript>>>>]]"), "pdf-javascript");
    refused(&object("<</S/Rendition/JS(1)>>"), "pdf-javascript");
    refused(&object("<</S/J#61vaScript>>"), "pdf-javascript");
}

#[test]
fn a_script_whose_kind_is_an_object_of_its_own() {
    let paper = Paper::default().with(MORE, "<</S 21 0 R/Next 22 0 R>>");
    refused(
        &paper.clone().with(MORE + 1, "/JavaScript").bytes(),
        "pdf-javascript",
    );
    refused(
        &paper.with(MORE + 1, "/Launch").bytes(),
        "pdf-launch-action",
    );
}

#[test]
fn an_action_that_starts_a_program() {
    refused(&object("<</S/Launch/F(a.exe)>>"), "pdf-launch-action");
    let paper = Paper {
        make: Make::Packed,
        ..Paper::default()
    };
    refused(
        &paper.with(MORE, "<</A<</S/Launch>>>>").bytes(),
        "pdf-launch-action",
    );
}

#[test]
fn hidden_layers() {
    let layers = |more: &str| catalog(&format!("/OCProperties<</OCGs[20 0 R]/D<<{more}>>>>"));
    let group = "<</Type/OCG/Name(a)>>";
    refused(
        &layers("/OFF[20 0 R]").with(MORE, group).bytes(),
        "pdf-hidden-layers",
    );
    refused(
        &layers("/BaseState/OFF").with(MORE, group).bytes(),
        "pdf-hidden-layers",
    );
    let apart = layers("/BaseState 21 0 R")
        .with(MORE, group)
        .with(MORE + 1, "/OFF");
    refused(&apart.bytes(), "pdf-hidden-layers");
    assert!(Base::read(&layers("/OFF[]").with(MORE, group).bytes()).is_ok());
}

#[test]
fn a_font_that_is_not_embedded() {
    let font = |more: &str| format!("<</Type/Font/BaseFont/SimSun{more}>>");
    refused(&object(&font("/Subtype/TrueType")), "pdf-font-not-embedded");
    refused(
        &object(&font("/Subtype/CIDFontType2/FontDescriptor 21 0 R")),
        "pdf-font-not-embedded",
    );
    refused(
        &object("<</Type/Font/BaseFont/Helvetica/Subtype/TrueType>>"),
        "pdf-font-not-embedded",
    );
    let with = |descriptor: &str| {
        let font = font("/Subtype/CIDFontType2/FontDescriptor 21 0 R");
        let paper = Paper::default().with(MORE, font).with(MORE + 1, descriptor);
        paper.with(MORE + 2, stream("", "font")).bytes()
    };
    refused(&with("<</Type/FontDescriptor>>"), "pdf-font-not-embedded");
    assert!(Base::read(&with("<</Type/FontDescriptor/FontFile2 22 0 R>>")).is_ok());
    // Every reader has it.
    assert!(Base::read(&object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")).is_ok());
}

#[test]
fn a_certified_file() {
    let paper = |p: &str| {
        let transform = format!("/TransformMethod/DocMDP/TransformParams<</P {p}/V/1.2>>");
        let signature = format!("<</Type/Sig/Reference[<<{transform}>>]>>");
        catalog("/Perms<</DocMDP 20 0 R>>")
            .with(MORE, signature)
            .with(MORE + 1, "1")
            .bytes()
    };
    refused(&paper("1"), "pdf-certified");
    refused(&paper("21 0 R"), "pdf-certified");
    assert!(Base::read(&paper("2")).is_ok());
}

/// Any part of it; without an end a file is no file.
#[test]
fn a_truncated_file() {
    for make in [Make::Table, Make::Stream, Make::Packed] {
        let bytes = Paper {
            make,
            ..Paper::default()
        }
        .bytes();
        for length in 0..bytes.len() - 1 {
            refused(&bytes[..length], "pdf-damaged");
        }
        refused(&bytes[1..], "pdf-damaged");
    }
}

#[test]
fn a_cross_reference_that_points_elsewhere() {
    let bytes = Paper::default().bytes();
    let start = bytes.windows(9).rposition(|w| w == b"startxref").unwrap();
    for offset in ["0", "9", "99999999", "18446744073709551616", "-1", ""] {
        let tail = format!("startxref\n{offset}\n%%EOF\n");
        refused(&[&bytes[..start], tail.as_bytes()].concat(), "pdf-damaged");
    }
    // One entry that points to another object.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let entry = |line: usize| {
        let table = text.find("xref\n0 ").unwrap();
        text[table..].lines().nth(line).unwrap().to_owned()
    };
    refused(&replaced(&bytes, &entry(4), &entry(5)), "pdf-damaged");
}

#[test]
fn a_circle_of_revisions() {
    let at = |trailer: &str| Paper {
        trailer: trailer.to_owned(),
        ..Paper::default()
    };
    let bytes = at("/Prev 00000").bytes();
    let table = bytes.windows(5).position(|w| w == b"xref\n").unwrap();
    refused(&at(&format!("/Prev {table:05}")).bytes(), "pdf-damaged");
    refused(&at("/Prev 99999").bytes(), "pdf-damaged");
    refused(&at("/Prev -1").bytes(), "pdf-damaged");
    refused(&at("/Prev(1)").bytes(), "pdf-damaged");
}

#[test]
fn a_dictionary_with_a_key_twice() {
    refused(&object("<</A 1/B 2/A 3>>"), "pdf-damaged");
    refused(&object("<</A 1/#41 3>>"), "pdf-damaged");
}

#[test]
fn endless_nesting_and_circles() {
    refused(&object(&"[".repeat(100_000)), "pdf-damaged");
    refused(&object(&"<</A".repeat(100_000)), "pdf-damaged");
    refused(
        &catalog("").with(2, "<</Type/Pages/Kids[2 0 R]>>").bytes(),
        "pdf-damaged",
    );
    refused(&catalog("").with(2, "2 0 R").bytes(), "pdf-damaged");
    refused(
        &catalog("")
            .with(CONTENT, "<</Length 5 0 R>>\nstream\n\nendstream")
            .bytes(),
        "pdf-damaged",
    );
}

/// A few kilobytes that unpack to gigabytes.
#[test]
fn a_bomb_of_objects() {
    let bomb = |size: usize, kind: &str| {
        let data = deflate(&vec![b' '; size]);
        let head = format!(
            "%PDF-1.7\n1 0 obj\n<</Type/{kind}/W[1 4 2]/Size 2/Root 1 0 R/Filter/FlateDecode/Length {}>>\nstream\n",
            data.len()
        );
        [
            head.as_bytes(),
            &data,
            b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n",
        ]
        .concat()
    };
    refused(&bomb(65 << 20, "XRef"), "pdf-too-large");
}

/// Many revisions whose cross-references each unpack to what one may.
#[test]
fn a_chain_of_bombs() {
    let data = deflate(&vec![0; 60 << 20]);
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut prev = String::new();
    let mut at = 0;
    for _ in 0..8 {
        at = file.len();
        let head = format!(
            "1 0 obj\n<</Type/XRef/W[1 4 2]/Index[0 1]/Size 2/Root 1 0 R{prev}/Filter/FlateDecode/Length {}>>\nstream\n",
            data.len()
        );
        file.extend(head.as_bytes());
        file.extend(&data);
        file.extend(b"\nendstream\nendobj\n");
        prev = format!("/Prev {at}");
    }
    file.extend(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    refused(&file, "pdf-too-large");
}

/// Objects within objects: each a few bytes longer than the one before, together as
/// long as the square of the file.
#[test]
fn objects_that_overlap() {
    let count = 3000;
    let mut file = Paper::default().bytes();
    // A revision after a sound file.
    let prev = last(&file, "xref\n0");
    let mut rows = String::new();
    for number in 100..count {
        writeln!(rows, "{:010} 00000 n ", file.len()).unwrap();
        file.extend(format!("{number} 0 obj (").as_bytes());
    }
    file.extend(b") endobj ".repeat(count - 100));
    let at = file.len();
    let tail = format!(
        "\nxref\n100 {}\n{rows}trailer\n<</Size {count}/Root 1 0 R/Prev {prev}>>\nstartxref\n{}\n%%EOF\n",
        count - 100,
        at + 1
    );
    file.extend(tail.as_bytes());
    refused(&file, "pdf-too-large");
}

/// To some readers the object is there, to others it is not.
#[test]
fn a_reference_with_another_generation() {
    refused(&object("[5 1 R]"), "pdf-damaged");
    assert!(Base::read(&object("[900 1 R]")).is_ok());
}

/// A page that is signed twice in one increment would be written twice.
#[test]
fn files_without_pages_or_with_one_page_twice() {
    refused(
        &catalog("").with(2, "<</Type/Pages/Kids[]>>").bytes(),
        "pdf-damaged",
    );
    refused(
        &catalog("")
            .with(2, "<</Type/Pages/Kids[3 0 R 3 0 R]>>")
            .bytes(),
        "pdf-damaged",
    );
    refused(
        &catalog("").with(2, "<</Type/Pages/Kids[900 0 R]>>").bytes(),
        "pdf-damaged",
    );
}

#[test]
fn a_signed_file_is_let_in_again() {
    let bytes = Contract::signed(&Paper::default(), Suite::Sm2Sm3).bytes;
    assert!(Base::read(&bytes).is_ok());
}
