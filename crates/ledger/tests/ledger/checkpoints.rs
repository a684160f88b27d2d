//! Checkpoints: signed, opened, and refused.

use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{Checkpoint, LogKey, NoteError};
use proptest::prelude::*;

use crate::house::{Naive, checkpoint, log_key};

/// A note over 300 entries.
fn note() -> String {
    log_key().sign(&checkpoint(&Naive::new(300), 300))
}

/// The example of Go's note package, whose key everybody knows. Its text is no
/// checkpoint, which is noticed after the signature has been found good.
#[test]
fn the_signature_of_somebody_elses_example_is_good() {
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n\n\
                — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2p\
                ZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert_eq!(Checkpoint::open(note, key), Err(NoteError::Malformed));
    let other = note.replace("is.\n", "was.\n");
    assert_eq!(Checkpoint::open(&other, key), Err(NoteError::Unsigned));
}

#[test]
fn a_checkpoint_comes_back_from_its_note() {
    let tree = Naive::new(300);
    let verifier = log_key().verifier();
    for size in [0, 1, 256, 300] {
        let checkpoint = checkpoint(&tree, size);
        let note = log_key().sign(&checkpoint);
        assert!(
            note.starts_with(&format!("log.example/2026\n{size}\n")),
            "{note}"
        );
        assert_eq!(Checkpoint::open(&note, &verifier), Ok(checkpoint.clone()));
        // A file with the key ends with a line feed.
        assert_eq!(
            Checkpoint::open(&note, &format!("{verifier}\n")),
            Ok(checkpoint)
        );
    }
}

#[test]
fn a_changed_bit_anywhere_is_refused() {
    let (note, verifier) = (note(), log_key().verifier());
    for at in 0..note.len() * 8 {
        let mut changed = note.clone().into_bytes();
        changed[at / 8] ^= 1 << (at % 8);
        if let Ok(changed) = String::from_utf8(changed) {
            assert!(Checkpoint::open(&changed, &verifier).is_err(), "{changed}");
        }
    }
}

#[test]
fn another_key_of_the_same_name_and_the_same_key_of_another_name_are_refused() {
    let note = note();
    let other = LogKey::from_seed("log.example/2026", &[8; 32]).unwrap();
    assert_eq!(
        Checkpoint::open(&note, &other.verifier()),
        Err(NoteError::Unsigned)
    );
    let named = LogKey::from_seed("log.example/2027", &[7; 32]).unwrap();
    assert_eq!(
        Checkpoint::open(&note, &named.verifier()),
        Err(NoteError::Unsigned)
    );
    let checkpoint = Checkpoint::open(&note, &log_key().verifier()).unwrap();
    let forged = other.sign(&checkpoint);
    assert_eq!(
        Checkpoint::open(&forged, &log_key().verifier()),
        Err(NoteError::Unsigned)
    );
}

/// Witnesses sign below or above the log; their signatures do not hide ours.
#[test]
fn signatures_of_others_are_no_hindrance() {
    let (note, verifier) = (note(), log_key().verifier());
    let opened = Checkpoint::open(&note, &verifier).unwrap();
    let witness = LogKey::from_seed("witness.example", &[9; 32]).unwrap();
    let (text, ours) = note.split_once("\n\n").unwrap();
    let theirs = witness.sign(&opened);
    let theirs = theirs.split_once("\n\n").unwrap().1;
    for signed in [
        format!("{text}\n\n{ours}{theirs}"),
        format!("{text}\n\n{theirs}{ours}"),
    ] {
        assert_eq!(Checkpoint::open(&signed, &verifier).as_ref(), Ok(&opened));
    }
    let alone = format!("{text}\n\n{theirs}");
    assert_eq!(
        Checkpoint::open(&alone, &verifier),
        Err(NoteError::Unsigned)
    );
}

/// C2SP signed-note: what follows the text are signature lines and nothing else.
#[test]
fn a_note_with_anything_else_in_it_is_malformed() {
    let (note, verifier) = (note(), log_key().verifier());
    let (text, signature) = note.split_once("\n\n").unwrap();
    let wrong = [
        format!("{note}more\n"),
        format!("{note}\n"),
        format!("{note}— \n"),
        format!("{note}— name\n"),
        format!("{note}— name AAAA\n"),
        format!("{note}— na+me AAAAAAAA\n"),
        note.trim_end().to_owned(),
        note.replace('\n', "\r\n"),
        format!("{text}\n\nmore\n{signature}"),
        format!("{text}\n{signature}"),
        format!("{text}\n\n"),
        format!("{text}\0\n\n{signature}"),
        format!("{}{signature}", "\n".repeat(20_000)),
        String::new(),
    ];
    for note in wrong {
        let said = Checkpoint::open(&note, &verifier);
        assert_eq!(said, Err(NoteError::Malformed), "{note:?}");
    }
    for note in [
        format!("{text}\n\n\n{signature}"),
        format!("\n\n{signature}"),
    ] {
        let said = Checkpoint::open(&note, &verifier);
        assert_eq!(said, Err(NoteError::Unsigned), "{note:?}");
    }
}

/// One good line does not make up for a bad one under the same name.
#[test]
fn of_two_signatures_by_the_log_the_first_counts() {
    let (note, verifier) = (note(), log_key().verifier());
    let other = log_key().sign(&checkpoint(&Naive::new(299), 299));
    let (_, wrong) = other.split_once("\n\n").unwrap();
    let (text, good) = note.split_once("\n\n").unwrap();
    let first = format!("{text}\n\n{wrong}{good}");
    assert_eq!(
        Checkpoint::open(&first, &verifier),
        Err(NoteError::Unsigned)
    );
    assert!(Checkpoint::open(&format!("{note}{wrong}"), &verifier).is_ok());
}

/// What the log itself might sign by mistake is not a checkpoint either.
#[test]
fn a_signed_text_that_is_no_checkpoint_is_malformed() {
    let verifier = log_key().verifier();
    let good = checkpoint(&Naive::new(3), 3);
    let open = |origin: &str| {
        let origin = origin.to_owned();
        Checkpoint::open(
            &log_key().sign(&Checkpoint {
                origin,
                ..good.clone()
            }),
            &verifier,
        )
    };
    assert!(open("log.example/2026").is_ok());
    assert_eq!(open(""), Err(NoteError::Malformed));
    // Further lines are extensions: the size that counts is in the second one.
    let root = STANDARD.encode(good.root);
    assert_eq!(open(&format!("origin\n7\n{root}")).unwrap().size, 7);
    for size in ["07", "+7", "-1", "7 ", "", "seven", "18446744073709551616"] {
        let said = open(&format!("origin\n{size}\n{root}"));
        assert!(said.is_err(), "{size:?}");
    }
    for root in ["", "AAAA", "?", &root[1..], &format!("{root} ")] {
        let said = open(&format!("origin\n7\n{root}"));
        assert!(said.is_err(), "{root:?}");
    }
}

#[test]
fn what_is_not_a_verifier_key_is_refused() {
    let (note, verifier) = (note(), log_key().verifier());
    let (name, rest) = verifier.split_once('+').unwrap();
    let (id, key) = rest.split_once('+').unwrap();
    let wrong = [
        String::new(),
        name.to_owned(),
        format!("{name}+{id}"),
        format!("{name}+{id}+"),
        format!("{name}+00000000+{key}"),
        format!("{name}+{}+{key}", &id[..7]),
        format!("other+{id}+{key}"),
        format!("{name}+{id}+{}", &key[..key.len() - 4]),
        format!("{name}+{id}+not base64"),
    ];
    for verifier in wrong {
        assert_eq!(
            Checkpoint::open(&note, &verifier),
            Err(NoteError::Key),
            "{verifier}"
        );
    }
}

#[test]
fn a_log_has_a_name_and_a_seed_of_32_bytes() {
    for name in ["", "two words", "a+b", "line\n", "tab\t", "no\u{a0}break"] {
        assert!(LogKey::from_seed(name, &[7; 32]).is_err(), "{name:?}");
    }
    for length in [0, 31, 33, 64] {
        assert!(
            LogKey::from_seed("log.example", &vec![7; length]).is_err(),
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn opening_never_panics(note in "(?s).{0,200}", verifier in ".{0,60}") {
        prop_assert!(Checkpoint::open(&note, &verifier).is_err());
        prop_assert!(Checkpoint::open(&note, &log_key().verifier()).is_err());
    }
}
