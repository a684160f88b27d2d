//! No byte of a signed file changes unseen, and no input makes the verifier panic.

use std::sync::LazyLock;

use crypto::{Digester, Suite};
use pdf::{Base, Field, prepare, verify::Verdict};
use proptest::prelude::*;

use crate::{
    contract::{Contract, assert_valid, judged, last_gap},
    house::{HOUSE, act},
    paper::{Make, Paper, Place},
};

/// Files of both suites with several signatures, of each make.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut files = Vec::new();
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        for make in [Make::Table, Make::Packed] {
            let annotations = Place::Apart;
            let paper = Paper {
                make,
                annotations,
                ..Paper::default()
            };
            files.push(Contract::signed(&paper, suite).bytes);
        }
    }
    for file in &files {
        assert_valid(file);
    }
    files
});

/// Another byte in place, a byte put in, a byte taken out, or bytes at the end.
fn changed(bytes: &[u8], at: usize, byte: u8, kind: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = if bytes.is_empty() {
        return vec![byte];
    } else {
        at % bytes.len()
    };
    match kind {
        0 => bytes[at] = byte,
        1 => bytes.insert(at, byte),
        2 => drop(bytes.remove(at)),
        3 => bytes.push(byte),
        _ => bytes.truncate(at),
    }
    bytes
}

/// A file with one signature and no more room for the message than it takes.
fn tight(suite: Suite) -> Vec<u8> {
    let bytes = Paper::default().bytes();
    let base = Base::read(&bytes).unwrap();
    let act = act(suite, "lender");
    let mut prefix = Digester::new(suite.hash());
    prefix.update(&bytes);
    // The length of a signature differs by a few bytes from one to the next.
    let probe = HOUSE.message(&act, &bytes, &prefix.clone().finish()).len();
    let field = Field {
        name: "lender",
        place: pdf::Place::New(&[]),
        appearance: None,
        signer: "",
        reason: "",
        time_ms: 0,
        reserve: probe + 20,
        certify: None,
    };
    let prepared = prepare(&base, &field).unwrap();
    let message = HOUSE.message(&act, &bytes, &prepared.digest(&prefix));
    let (increment, _) = prepared.embed(&message).unwrap();
    [bytes, increment].concat()
}

/// Every digit of the message is another digit once, which is the hardest to see: what
/// is no digit is no message.
#[test]
fn no_digit_of_the_message_changes_unseen() {
    for (suite, step) in [(Suite::P256Sha256, 1), (Suite::Sm2Sm3, 7)] {
        let file = tight(suite);
        assert_valid(&file);
        let gap = last_gap(&file);
        let mut changed = file.clone();
        for at in (gap.start + 1..gap.end - 1).step_by(step) {
            changed[at] = if file[at] == b'0' { b'1' } else { b'0' };
            assert_ne!(judged(&changed).verdict, Verdict::Valid, "byte {at}");
            changed[at] = file[at];
        }
    }
}

/// Each bit of each byte around the message: its dictionary, its brackets.
#[test]
fn no_bit_of_an_increment_changes_unseen() {
    let file = tight(Suite::P256Sha256);
    let (begin, gap) = (Paper::default().bytes().len(), last_gap(&file));
    let mut changed = file.clone();
    for at in (begin..=gap.start).chain(gap.end - 1..file.len()) {
        for bit in 0..8 {
            changed[at] = file[at] ^ 1 << bit;
            assert_ne!(judged(&changed).verdict, Verdict::Valid, "byte {at}");
        }
        changed[at] = file[at];
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_change_anywhere_is_seen(which in 0..4usize, at in any::<usize>(), byte in any::<u8>(), kind in 0..4u8) {
        let file = &FILES[which];
        let other = changed(file, at, byte, kind);
        prop_assume!(other != *file);
        prop_assert_ne!(judged(&other).verdict, Verdict::Valid);
    }

    /// In the structure, where readers read.
    #[test]
    fn a_change_of_the_last_increment_is_seen(which in 0..4usize, at in 0..3000usize, byte in any::<u8>(), kind in 0..4u8) {
        let file = &FILES[which];
        let other = changed(file, file.len() - 1 - at, byte, kind);
        prop_assume!(other != *file);
        prop_assert_ne!(judged(&other).verdict, Verdict::Valid);
    }

    #[test]
    fn nothing_panics_on_changed_files(
        which in 0..4usize,
        changes in prop::collection::vec((any::<usize>(), any::<u8>(), 0..4u8), 1..8),
    ) {
        let other = changes.iter().fold(FILES[which].clone(), |bytes, (at, byte, kind)| {
            changed(&bytes, *at, *byte, *kind)
        });
        let _ = judged(&other);
        let _ = Base::read(&other);
    }

    #[test]
    fn nothing_panics_on_changed_small_files(
        which in 0..21usize,
        changes in prop::collection::vec((any::<usize>(), prop_oneof![any::<u8>(), b'0'..=b'9', Just(b' '), Just(b'/')], 0..4u8), 1..8),
    ) {
        let paper = Paper::all().swap_remove(which).bytes();
        let other = changes.iter().fold(paper, |bytes, (at, byte, kind)| {
            changed(&bytes, *at, *byte, *kind)
        });
        let _ = judged(&other);
        let _ = Base::read(&other);
    }

    #[test]
    fn a_file_cut_short_is_valid_at_its_signatures_only(which in 0..4usize, at in any::<usize>()) {
        let file = &FILES[which];
        let cut = changed(file, at, 0, 4);
        let report = judged(&cut);
        let whole = report.signatures.last().and_then(|last| last.covers) == Some(cut.len());
        prop_assert!(whole || report.verdict != Verdict::Valid);
        let _ = Base::read(&cut);
    }

    #[test]
    fn nothing_panics_on_random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let framed = [b"%PDF-1.7\n", &bytes[..], b"\nstartxref\n9\n%%EOF\n"].concat();
        for bytes in [&bytes, &framed] {
            prop_assert_ne!(judged(bytes).verdict, Verdict::Valid);
            let _ = Base::read(bytes);
        }
    }
}
