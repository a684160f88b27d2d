//! Damaged files, and those that are made to keep a reader busy.

use std::fmt::Write;

use pdf::Base;

use super::{catalog, object, refused};
use crate::{
    contract::last,
    paper::{CONTENT, Make, Paper, deflate},
};

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

/// Free entries of `MuPDF` have a generation that none can have; those in use must not.
#[test]
fn a_generation_that_is_too_large() {
    let bytes = Paper::default().bytes();
    assert!(Base::read(&replaced(&bytes, " 65535 f", " 65536 f")).is_ok());
    refused(&replaced(&bytes, " 00000 n", " 65536 n"), "pdf-damaged");
}
