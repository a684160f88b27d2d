//! Small files that would take long or much room, if nobody counted.

use super::{catalog, refused};
use crate::paper::{MORE, Paper, deflate, stream};

/// References to as many objects from here on.
fn references(first: u32, count: u32) -> String {
    let all: Vec<String> = (first..first + count).map(|n| format!("{n} 0 R")).collect();
    all.join(" ")
}

/// Each of many fields would have the long name of the one above it as well.
#[test]
fn a_long_name_above_many_fields() {
    let count = 9000;
    let name = "a".repeat(400_000);
    let kids = references(MORE + 1, count);
    let mut paper =
        catalog("/AcroForm<</Fields[20 0 R]>>").with(MORE, format!("<</T({name})/Kids[{kids}]>>"));
    for number in MORE + 1..=MORE + count {
        paper = paper.with(number, "<</T(b)/FT/Sig>>");
    }
    refused(&paper.bytes(), "pdf-damaged");
}

/// Each of many pages would inherit a copy.
#[test]
fn a_long_turn_above_many_pages() {
    let count = 9000;
    let kids = references(MORE, count);
    let turn = "0 ".repeat(300_000);
    let tree = format!("<</Type/Pages/Kids[{kids}]/MediaBox[0 0 9 9]/Rotate[{turn}]>>");
    let mut paper = Paper::default().with(2, tree);
    for number in MORE..MORE + count {
        paper = paper.with(number, "<</Type/Page>>");
    }
    refused(&paper.bytes(), "pdf-damaged");
}

/// Thousands of tables lead to one stream, which is long and holds nothing.
#[test]
fn a_stream_of_nothing_that_is_read_again_and_again() {
    let mut nothing = deflate(b"");
    let end = nothing.split_off(2);
    nothing.extend([0, 0, 0, 0xff, 0xff].repeat(600_000));
    nothing.extend(end);
    let mut file = b"%PDF-1.7\n".to_vec();
    let head = "<</Type/XRef/W[1 4 2]/Index[]/Filter/FlateDecode";
    file.extend(format!("1 0 obj\n{head}/Length {}>>\nstream\n", nothing.len()).bytes());
    file.extend(nothing);
    file.extend(b"\nendstream\nendobj\n");
    let mut previous = String::new();
    let mut at = 0;
    for _ in 0..4000 {
        at = file.len();
        let trailer = format!("<</Size 9/Root 1 0 R/XRefStm 9{previous}>>");
        file.extend(format!("xref\ntrailer\n{trailer}\n").bytes());
        previous = format!("/Prev {at}");
    }
    file.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
    refused(&file, "pdf-too-large");
}

/// A font that gives billions of characters a width, each of which takes room when the
/// page is drawn.
#[test]
fn widths_of_characters_that_cannot_be() {
    let font = |widths: &str| {
        let font = format!("<</Type/Font/Subtype/CIDFontType2/W[{widths}]>>");
        Paper::default().with(MORE, font).bytes()
    };
    for widths in ["0 4294967295 500", "1[500]3 65536 500", "-1[500]"] {
        refused(&font(widths), "pdf-damaged");
    }
    refused(&font(&"0 65535 500 ".repeat(65)), "pdf-too-large");
    // Others have other things under this key.
    let other = stream("/W[/A 99999 -5]", "");
    assert!(pdf::Base::read(&Paper::default().with(MORE, other).bytes()).is_ok());
}

/// Ten forms, each of which draws the next one ten times.
#[test]
fn forms_within_forms() {
    let form = |next: u32, content: &str| {
        let head = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]";
        stream(
            &format!("{head}/Resources<</XObject<</X {next} 0 R>>>>"),
            content,
        )
    };
    let mut paper = Paper {
        page: "/Resources<</XObject<</X 20 0 R>>>>".to_owned(),
        content: "/X Do".to_owned(),
        ..Paper::default()
    };
    for number in MORE..MORE + 10 {
        paper = paper.with(number, form(number + 1, &"/X Do ".repeat(10)));
    }
    let bytes = paper.with(MORE + 10, form(MORE, "0 0 5 5 re f")).bytes();
    assert!(pdf::Base::read(&bytes).is_ok());
    assert_eq!(pdf::page_text(&bytes, 0).unwrap_err().code(), "pdf-damaged");
    assert_eq!(
        pdf::page_png(&bytes, 0, 40).unwrap_err().code(),
        "pdf-damaged"
    );
}
