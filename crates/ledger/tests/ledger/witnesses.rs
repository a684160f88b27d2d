//! Witnesses: what they are asked, what they refuse, what they sign.

use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    AddCheckpoint, Checkpoint, LogKey, VerifierKey, WitnessKey, WitnessRefusal as R, consistency,
    cosignatures,
};
use proptest::prelude::*;

use crate::house::{Naive, checkpoint, log_key, prove};

const NOW: u64 = 1_800_000_000;

fn witness(n: u8) -> WitnessKey {
    WitnessKey::from_seed(&format!("witness.example/{n}"), &[n; 32]).unwrap()
}

fn ask(tree: &Naive, old: u64, size: u64) -> AddCheckpoint {
    let proof = prove(tree, |tiles| consistency(old, size, tiles)).unwrap();
    let note = log_key().sign(&checkpoint(tree, size));
    AddCheckpoint { old, proof, note }
}

/// The example of the specification: it can be read, and is written as it was.
#[test]
fn the_request_of_the_specification() {
    let body = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \n\
        example.com/behind-the-sofa\n\
        20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let request = AddCheckpoint::parse(body).unwrap();
    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.origin().unwrap(), "example.com/behind-the-sofa");
    assert_eq!(request.to_body(), body);
}

/// C2SP tlog-cosignature: key type 4; time in eight bytes before the signature.
#[test]
fn a_cosignature_has_the_form_of_the_specification() {
    let note = log_key().sign(&checkpoint(&Naive::new(300), 300));
    let line = witness(1).cosign(&note, NOW).unwrap();
    let verifier = witness(1).verifier();
    let (name, rest) = verifier.split_once('+').unwrap();
    let (id, key) = rest.split_once('+').unwrap();
    let key = STANDARD.decode(key).unwrap();
    assert_eq!((key[0], key.len()), (4, 33));
    let signature = line.strip_prefix(&format!("— {name} ")).unwrap();
    let signature = STANDARD.decode(signature.trim_end()).unwrap();
    assert_eq!(hex::encode(&signature[..4]), id);
    assert_eq!(signature[4..12], NOW.to_be_bytes());
    let (text, _) = note.split_once("\n\n").unwrap();
    let message = format!("cosignature/v1\ntime {NOW}\n{text}\n");
    let public =
        aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, &key[1..]);
    public.verify(message.as_bytes(), &signature[12..]).unwrap();
    // The one in the specification says its time in the same place.
    let theirs = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    let theirs = STANDARD.decode(theirs).unwrap();
    assert_eq!(theirs[4..12], 1_679_315_147_u64.to_be_bytes());
}

/// Keys and a signature of the tests of others' Go packages.
#[test]
fn keys_of_other_witnesses_are_read() {
    let witness = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
    assert_eq!(
        VerifierKey::parse(witness).unwrap().name(),
        "remora.n621.de"
    );
    // Its base64 has a plus in it.
    let log = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6";
    assert_eq!(VerifierKey::parse(log).unwrap().name(), "TEST");
    for wrong in [
        "bananas.example+12344556",
        "rekor.example+12345678+AwEB",
        "",
    ] {
        assert!(VerifierKey::parse(wrong).is_err(), "{wrong}");
    }
    let theirs = "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA==";
    let theirs = STANDARD.decode(theirs).unwrap();
    assert_eq!(
        (theirs.len(), &theirs[4..12]),
        (76, &1_727_964_367_u64.to_be_bytes()[..])
    );
}

#[test]
fn cosignatures_are_counted_by_witness() {
    let note = log_key().sign(&checkpoint(&Naive::new(300), 300));
    let other = log_key().sign(&checkpoint(&Naive::new(299), 299));
    let by = |n, note: &str, time| witness(n).cosign(note, time).unwrap();
    let (one, two) = (by(1, &note, NOW), by(2, &note, NOW + 1));
    // A stranger, a wrong one, and one twice.
    let (stranger, wrong) = (by(3, &note, NOW), by(4, &other, NOW));
    let note = format!("{note}{one}{stranger}{two}{wrong}{one}");
    let keys: Vec<VerifierKey> = [1, 2, 4, 5]
        .map(|n| VerifierKey::parse(&witness(n).verifier()).unwrap())
        .into();
    let found = cosignatures(&note, &keys).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|c| (&*c.witness, c.time, &c.line))
        .collect();
    let expected = [
        ("witness.example/1", NOW, &one),
        ("witness.example/2", NOW + 1, &two),
    ];
    assert_eq!(found, expected);
    // The log's own signature is as good as before.
    assert!(Checkpoint::open(&note, &log_key().verifier()).is_ok());
}

#[test]
fn a_witness_follows_a_log_that_grows() {
    let tree = Naive::new(700);
    let keys = log_key().verifier();
    let mut last: Option<Checkpoint> = None;
    for size in [0, 1, 256, 257, 257, 700] {
        let old = last.as_ref().map_or(0, |last| last.size);
        let request = AddCheckpoint::parse(&ask(&tree, old, size).to_body()).unwrap();
        let judged = request.judge(&keys, last.as_ref()).unwrap();
        assert_eq!(judged, checkpoint(&tree, size));
        last = Some(judged);
    }
}

/// Each refusal with the HTTP status that the specification gives it.
#[test]
fn what_a_witness_refuses() {
    let tree = Naive::new(700);
    let keys = log_key().verifier();
    let last = checkpoint(&tree, 300);
    let judge = |request: &AddCheckpoint| request.judge(&keys, Some(&last)).unwrap_err();
    let good = ask(&tree, 300, 700);
    assert!(good.judge(&keys, Some(&last)).is_ok());
    let conflict = R::Conflict { size: 300 };

    assert_eq!(
        (judge(&ask(&tree, 299, 700)), conflict.status()),
        (conflict, 409)
    );
    assert_eq!(judge(&ask(&tree, 0, 700)), conflict);
    // The log went back, and says so.
    assert_eq!(judge(&ask(&tree, 299, 299)), conflict);
    let back = AddCheckpoint {
        old: 300,
        ..ask(&tree, 299, 299)
    };
    assert_eq!((judge(&back), R::Malformed.status()), (R::Malformed, 400));

    let sign = |size, root| {
        log_key().sign(&Checkpoint {
            size,
            root,
            ..last.clone()
        })
    };
    let forked = AddCheckpoint {
        note: sign(300, [9; 32]),
        ..ask(&tree, 300, 300)
    };
    assert_eq!(judge(&forked), conflict);
    let forked = AddCheckpoint {
        note: sign(700, [9; 32]),
        ..good.clone()
    };
    assert_eq!((judge(&forked), R::Proof.status()), (R::Proof, 422));
    let unproven = AddCheckpoint {
        proof: Vec::new(),
        ..good.clone()
    };
    assert_eq!(judge(&unproven), R::Proof);
    let first = ask(&tree, 0, 700);
    let padded = AddCheckpoint {
        proof: vec![[0; 32]],
        ..first.clone()
    };
    assert_eq!(padded.judge(&keys, None), Err(R::Proof));
    let unborn = AddCheckpoint {
        note: sign(0, [9; 32]),
        ..first
    };
    assert_eq!(unborn.judge(&keys, None), Err(R::Proof));

    let other = LogKey::from_seed("log.example/2026", &[8; 32]).unwrap();
    let stranger = AddCheckpoint {
        note: other.sign(&checkpoint(&tree, 700)),
        ..good.clone()
    };
    assert_eq!((judge(&stranger), R::Unsigned.status()), (R::Unsigned, 403));
    assert_eq!(R::UnknownLog.status(), 404);
}

#[test]
fn what_is_no_request_is_malformed() {
    let good = ask(&Naive::new(700), 300, 700).to_body();
    let hash = STANDARD.encode([0; 32]);
    let long = format!("old 300\n{}", format!("{hash}\n").repeat(64));
    for body in [
        String::new(),
        good.replacen("old ", "new ", 1),
        good.replacen("old 300", "old 0300", 1),
        good.replacen("old 300", "old +300", 1),
        good.replacen("old 300", "old", 1),
        good.replacen("\n\n", "\n", 1),
        good.replacen('\n', &format!("\n{}\n", &hash[4..]), 1),
        good.replacen('\n', "\n*\n", 1),
        good.replacen("old 300\n", &long, 1),
    ] {
        let read = AddCheckpoint::parse(&body).and_then(|request| request.origin());
        assert_eq!(read, Err(R::Malformed), "{body}");
    }
    let noteless = AddCheckpoint::parse("old 0\n\nnothing").unwrap();
    assert_eq!(noteless.origin(), Err(R::Malformed));
    assert_eq!(
        noteless.judge(&log_key().verifier(), None),
        Err(R::Malformed)
    );
}

proptest! {
    #[test]
    fn reading_never_panics(body in "(?s).{0,200}", proof in "(?s)old [0-9]{0,3}\n.{0,200}") {
        for body in [body, proof] {
            if let Ok(request) = AddCheckpoint::parse(&body) {
                prop_assert_eq!(request.to_body(), body);
                prop_assert!(request.judge(&log_key().verifier(), None).is_err());
            }
        }
    }
}
