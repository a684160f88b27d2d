//! The signature dictionary itself under attack: universal forgery and wrapping.

use crypto::Suite;
use pdf::verify::Verdict;

use crate::contract::{Contract, assert_refused, assert_valid, judged, last, last_gap, over};
use crate::paper::Paper;

/// The last signature is invalid for this reason; what it covered is not covered then.
#[track_caller]
fn assert_invalid(bytes: &[u8], code: &str) {
    let report = judged(bytes);
    let last = report.signatures.last().unwrap();
    assert_eq!(
        (last.verdict, last.code),
        (Verdict::Invalid, code),
        "{}",
        last.reason
    );
    assert_ne!(report.verdict, Verdict::Valid);
}

fn signed() -> Vec<u8> {
    let bytes = Contract::signed(&Paper::default(), Suite::P256Sha256).bytes;
    assert_valid(&bytes);
    bytes
}

/// `/ByteRange[…]` of the last signature.
fn range(bytes: &[u8]) -> std::ops::Range<usize> {
    let begin = last(bytes, "/ByteRange[");
    let length = bytes[begin..]
        .iter()
        .position(|byte| *byte == b']')
        .unwrap();
    begin..begin + length + 1
}

#[test]
fn a_byte_range_that_is_none_is_invalid() {
    let bytes = signed();
    let (gap, length) = (last_gap(&bytes), bytes.len());
    let rest = length - gap.end;
    let (a, b) = (gap.start, gap.end);
    for text in [
        String::new(),
        "/ByteRange null".to_owned(),
        "/ByteRange[]".to_owned(),
        "/ByteRange 0".to_owned(),
        "/ByteRange(0)".to_owned(),
        "/ByteRange 1 0 R".to_owned(),
        "/ByteRange[0 0 0 0]".to_owned(),
        format!("/ByteRange[0 {a} {b}]"),
        format!("/ByteRange[0 {a} {b} {rest} 0]"),
        format!("/ByteRange[0 -{a} {b} {rest}]"),
        format!("/ByteRange[0 {a} {b} -{rest}]"),
        format!("/ByteRange[-1 {a} {b} {rest}]"),
        format!("/ByteRange[1 {a} {b} {rest}]"),
        format!("/ByteRange[0 {a} {b} {}]", rest + 1),
        format!("/ByteRange[0 {a} {b} {}]", u64::MAX),
        format!("/ByteRange[0 {a} {} 9]", i64::MAX),
        format!("/ByteRange[0 {} {b} {rest}]", a - 1),
        format!("/ByteRange[0 {a} {} {}]", b + 1, rest - 1),
        format!("/ByteRange[0 {} {b} {rest}]", a + 1),
        format!("/ByteRange[0 {length} 0 0]"),
        format!("/ByteRange[{b} {rest} 0 {a}]"),
        format!("/ByteRange[0 {a}.5 {b} {rest}]"),
    ] {
        let mut changed = bytes.clone();
        let range = range(&bytes);
        over(&mut changed, range, &text);
        assert_invalid(&changed, "byte-range-wrong");
    }
}

/// A range that ends early leaves bytes that nothing covers.
#[test]
fn a_byte_range_that_ends_early_is_seen() {
    let mut bytes = signed();
    let gap = last_gap(&bytes);
    let text = format!(
        "/ByteRange[0 {} {} {}]",
        gap.start,
        gap.end,
        bytes.len() - gap.end - 1
    );
    let range = range(&bytes);
    over(&mut bytes, range, &text);
    assert_refused(&bytes, Verdict::Altered, "bytes-after-signature");
}

#[test]
fn a_message_that_is_none_is_invalid() {
    let bytes = signed();
    let gap = last_gap(&bytes);
    let zeros = format!("<{}>", "0".repeat(gap.len() - 2));
    for (text, code) in [
        (" null", "byte-range-wrong"),
        ("<>", "contents-wrong"),
        ("<00>", "contents-wrong"),
        ("()", "byte-range-wrong"),
        (" 0", "byte-range-wrong"),
        ("[<00>]", "byte-range-wrong"),
        ("<<>>", "contents-wrong"),
        (" 1 0 R", "byte-range-wrong"),
        (&*zeros, "der-malformed"),
        ("<3080>", "contents-wrong"),
        ("<30ffffffffff>", "contents-wrong"),
        ("<3003020101>", "der-malformed"),
    ] {
        let mut changed = bytes.clone();
        over(&mut changed, gap.clone(), text);
        // The value ends earlier, and the range must follow it to be understood.
        let end = gap.start + text.len();
        let begin = end - text.trim_start().len();
        let numbers = format!("/ByteRange[0 {begin} {end} {}]", bytes.len() - end);
        let range = range(&bytes);
        over(&mut changed, range, &numbers);
        assert_invalid(&changed, code);
    }
    let mut changed = bytes.clone();
    over(&mut changed, gap.start - 9..gap.end, "");
    assert_invalid(&changed, "contents-missing");
}

#[test]
fn a_second_message_or_range_is_refused() {
    let bytes = signed();
    let reason = last(&bytes, "/Reason(");
    let place = reason..reason + "/Reason(closing-0123456789abcdef)".len();
    for text in ["/Contents<00>", "/ByteRange[0 1 2 3]", "/#43ontents<00>"] {
        let mut changed = bytes.clone();
        over(&mut changed, place.clone(), text);
        assert_invalid(&changed, "pdf-damaged");
    }
}

/// Wrapping: what was signed is moved to the end, the range points there, and other
/// bytes stand in its old place.
#[test]
fn signed_bytes_that_were_moved_are_not_signed() {
    let bytes = signed();
    let gap = last_gap(&bytes);
    let (a, b, rest) = (gap.start, gap.end, bytes.len() - gap.end);
    for filler in [0, 1, 100] {
        let (head, tail) = bytes.split_at(b);
        let mut changed = [head, &vec![b' '; filler], tail, tail].concat();
        let moved = b + filler + rest;
        let range = range(&bytes);
        over(
            &mut changed,
            range,
            &format!("/ByteRange[0 {a} {moved} {rest}]"),
        );
        assert_ne!(judged(&changed).verdict, Verdict::Valid);
    }
    // Without touching the range: a gap that became larger.
    for filler in ["00", "\n", ">/X<"] {
        let mut changed = bytes.clone();
        changed.splice(b - 1..b - 1, filler.bytes());
        assert_ne!(judged(&changed).verdict, Verdict::Valid);
    }
}

/// The gap takes nothing but the one way of writing the message down.
#[test]
fn the_message_is_written_in_one_way() {
    let bytes = signed();
    let gap = last_gap(&bytes);
    let letter = gap.start
        + 1
        + bytes[gap.start + 1..]
            .iter()
            .position(u8::is_ascii_lowercase)
            .unwrap();
    for (at, byte) in [
        (letter, bytes[letter].to_ascii_uppercase()),
        (gap.end - 2, b' '),
        (gap.end - 2, b'1'),
    ] {
        let mut changed = bytes.clone();
        changed[at] = byte;
        assert_refused(&changed, Verdict::Altered, "message-changed");
    }
}

#[test]
fn a_kind_of_signature_that_is_not_checked_is_unknown() {
    for kind in [
        "/SubFilter/GM.sm2seal",
        "/SubFilter/adbe.x509.rsa_sha1",
        "/SubFilter 1",
        "",
    ] {
        let mut bytes = signed();
        let begin = last(&bytes, "/SubFilter");
        let end = begin + "/SubFilter/ETSI.CAdES.detached".len();
        over(&mut bytes, begin..end, kind);
        let report = judged(&bytes);
        let closing = report.signatures.last().unwrap();
        assert_eq!(closing.verdict, Verdict::Unknown);
        assert_eq!(closing.code, "signature-kind-unknown");
        assert_ne!(report.verdict, Verdict::Valid);
    }
}

/// Alone, such a signature makes the file neither valid nor invalid.
#[test]
fn a_file_with_an_unknown_signature_alone_is_unknown() {
    let mut contract = Contract::of(Paper::default().bytes());
    contract.sign(
        &crate::house::HOUSE,
        &crate::house::act(Suite::Sm2Sm3, "lender"),
    );
    let begin = last(&contract.bytes, "/SubFilter");
    let end = begin + "/SubFilter/ETSI.CAdES.detached".len();
    over(&mut contract.bytes, begin..end, "/SubFilter/GM.sm2seal");
    assert_refused(&contract.bytes, Verdict::Unknown, "signature-kind-unknown");
}
