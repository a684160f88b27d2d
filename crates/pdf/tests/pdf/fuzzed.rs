//! What fuzzing found (`./dev fuzz`), each file through the same function as there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crypto::Suite;
use pdf::verify::{Profile, Verdict, verify_with};

use crate::{
    contract::Contract,
    house::{HOUSE, NOW_MS},
    paper::{Make, Paper},
};
use verify::Known;

mod parse;
mod sign;
mod verify;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The files that were kept for a target.
fn replay(target: &str, body: impl Fn(&[u8])) {
    let folder = fixtures().join("fuzz").join(target);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // What hangs is ended by the test runner, and this says on which file.
        println!("{}", path.display());
        body(&bytes);
    }
}

#[test]
fn what_was_found_in_parsing() {
    replay("parse", parse::parse);
}

#[test]
fn what_was_found_in_signing() {
    replay("sign", |bytes| {
        sign::sign(bytes);
    });
    let key = fs::read(fixtures().join("fuzz/sign/key-in-gbk.pdf")).unwrap();
    assert!(sign::sign(&key));
}

#[test]
fn what_was_found_in_verifying() {
    let known = Known::read(&fixtures());
    replay("verify", |bytes| verify::verify(bytes, &known));
}

/// What the fuzzer mutates is valid before it does.
#[test]
fn signed_files_that_are_mutated_are_valid() {
    let known = Known::read(&fixtures());
    assert!(known.revisions.len() > 80, "{}", known.revisions.len());
    for name in ["table", "stream", "packed"] {
        let bytes = fs::read(fixtures().join(format!("fuzz/signed/{name}.pdf"))).unwrap();
        let report = verify_with(&bytes, &known.anchors, NOW_MS, Profile::Auto);
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
        verify::verify(&bytes, &known);
    }
}

/// Writes `fuzz/signed` anew; the keys are gone afterwards.
#[test]
#[ignore = "writes fixtures: cargo nextest run --release --run-ignored only write_signed_files"]
fn write_signed_files() {
    let folder = fixtures().join("fuzz/signed");
    fs::create_dir_all(&folder).unwrap();
    let pem: String = HOUSE
        .anchors()
        .iter()
        .map(pki::Certificate::to_pem)
        .collect();
    fs::write(folder.join("anchors.pem"), pem).unwrap();
    for (name, make) in [
        ("table", Make::Table),
        ("stream", Make::Stream),
        ("packed", Make::Packed),
    ] {
        let paper = Paper {
            make,
            ..Paper::default()
        };
        let suite = match make {
            Make::Stream => Suite::Sm2Sm3,
            _ => Suite::P256Sha256,
        };
        let contract = Contract::signed(&paper, suite);
        fs::write(folder.join(format!("{name}.pdf")), contract.bytes).unwrap();
    }
}
