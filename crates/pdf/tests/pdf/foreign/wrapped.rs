//! The signature dictionary of a foreign file under attack: universal forgery and
//! wrapping, and kinds that are not checked here.

use pdf::verify::Verdict;

use super::{file, judged};
use crate::contract::{last, last_gap, over};

const FILES: [&str; 3] = [
    "accepted/table-pkcs7-b",
    "accepted/stream-p256-cades-b",
    "unsigned/timestamp-alone",
];

/// `/ByteRange […]` with the blanks after it.
fn range(bytes: &[u8]) -> std::ops::Range<usize> {
    let begin = last(bytes, "/ByteRange");
    let length = bytes[begin..].iter().position(|byte| *byte == b']');
    begin..begin + length.unwrap() + 1
}

pub fn gap(bytes: &[u8]) -> std::ops::Range<usize> {
    let mut plain = bytes.to_vec();
    let at = last(bytes, "/Contents <");
    // The helper knows our own way of writing.
    plain.splice(at..at + "/Contents <".len(), b"/Contents<".iter().copied());
    let found = last_gap(&plain);
    found.start + 1..found.end + 1
}

#[test]
fn a_byte_range_that_is_none_is_refused() {
    for name in FILES {
        let bytes = file(name);
        let (gap, length) = (gap(&bytes), bytes.len());
        let (a, b, rest) = (gap.start, gap.end, length - gap.end);
        for text in [
            String::new(),
            "/ByteRange null".to_owned(),
            "/ByteRange[]".to_owned(),
            "/ByteRange[0 0 0 0]".to_owned(),
            format!("/ByteRange[0 {a} {b}]"),
            format!("/ByteRange[0 {a} {b} -{rest}]"),
            format!("/ByteRange[0 {a} {b} {}]", rest + 1),
            format!("/ByteRange[0 {a} {b} {}]", rest - 1),
            format!("/ByteRange[0 {a} {} {}]", b + 1, rest - 1),
            format!("/ByteRange[0 {} {b} {rest}]", a - 1),
            format!("/ByteRange[1 {a} {b} {rest}]"),
            format!("/ByteRange[0 {length} 0 0]"),
        ] {
            let mut changed = bytes.clone();
            over(&mut changed, range(&bytes), &text);
            let report = judged(&changed);
            assert_ne!(report.verdict, Verdict::Valid, "{name} {text}");
        }
    }
}

#[test]
fn a_message_that_is_none_is_refused() {
    for name in FILES {
        let bytes = file(name);
        let gap = gap(&bytes);
        let zeros = format!("<{}>", "0".repeat(gap.len() - 2));
        for text in [
            "null",
            "<>",
            "<00>",
            "()",
            "0",
            "<3003020101>",
            "<3080>",
            &zeros,
        ] {
            let mut changed = bytes.clone();
            over(&mut changed, gap.clone(), text);
            assert_ne!(judged(&changed).verdict, Verdict::Valid, "{name} {text}");
        }
    }
}

/// Bytes that fill up the gap could be a second message to somebody.
#[test]
fn nothing_but_zeros_fills_up_the_gap() {
    for name in FILES {
        let mut bytes = file(name);
        let end = gap(&bytes).end - 2;
        assert_eq!(bytes[end], b'0');
        bytes[end] = b'1';
        assert_eq!(judged(&bytes).verdict, Verdict::Unknown, "{name}");
    }
}

/// What was signed is moved to the end, and other bytes stand in its place.
#[test]
fn signed_bytes_that_were_moved_are_not_signed() {
    for name in FILES {
        let bytes = file(name);
        let gap = gap(&bytes);
        let (a, b, rest) = (gap.start, gap.end, bytes.len() - gap.end);
        for filler in [0, 1, 100] {
            let (head, tail) = bytes.split_at(b);
            let mut changed = [head, &vec![b' '; filler], tail, tail].concat();
            let moved = b + filler + rest;
            let text = format!("/ByteRange[0 {a} {moved} {rest}]");
            over(&mut changed, range(&bytes), &text);
            assert_ne!(judged(&changed).verdict, Verdict::Valid, "{name} {filler}");
        }
        for filler in ["00", "\n", ">/X<"] {
            let mut changed = bytes.clone();
            changed.splice(b - 1..b - 1, filler.bytes());
            assert_ne!(
                judged(&changed).verdict,
                Verdict::Valid,
                "{name} {filler:?}"
            );
        }
    }
}

#[test]
fn kinds_that_are_not_checked_are_told_by_name() {
    let bytes = file("accepted/table-pkcs7-b");
    let begin = last(&bytes, "/adbe.pkcs7.detached");
    let place = begin..begin + "/adbe.pkcs7.detached".len();
    for kind in ["GM.sm2seal", "adbe.pkcs7.sha1", "adbe.x509.rsa_sha1", "x"] {
        let mut changed = bytes.clone();
        over(&mut changed, place.clone(), &format!("/{kind}"));
        let report = judged(&changed);
        let said = (report.verdict, report.code);
        assert_eq!(said, (Verdict::Unknown, "signature-kind-unknown"), "{kind}");
        assert!(report.reason.contains(kind), "{}", report.reason);
        assert_eq!(report.signatures[0].kind, kind);
    }
}
