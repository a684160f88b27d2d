//! `inkseal demo`: one command, and everything that proves the contract is there.

use std::fs;

use serde_json::Value;

use crate::kit::{Demo, demo::run, inkseal, program::Said, tool};

#[test]
fn it_succeeds_twice_into_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    run("intl", folder.path());
    let first = fs::read(folder.path().join("contract.pdf")).unwrap();
    run("gm", folder.path());
    let second = fs::read(folder.path().join("contract.pdf")).unwrap();
    assert_ne!(first, second);
    let manifests = fs::read_dir(folder.path().join("manifests")).unwrap();
    assert_eq!(manifests.count(), 6, "none is left of the first run");
}

#[test]
fn it_succeeds_with_the_trust_service_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = inkseal();
    command
        .args(["demo", "--split", "--out"])
        .arg(folder.path());
    Said::of(&mut command).ok();
    assert!(folder.path().join("trust/inkseal.db").exists());
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_receipt_proves_each_change_of_the_contract() {
    let demo = Demo::of("gm");
    let verifier = fs::read_to_string(demo.path("ledger.vkey")).unwrap();
    let receipts = fs::read(demo.path("receipts.json")).unwrap();
    let receipts: Vec<ledger::Receipt> = serde_json::from_slice(&receipts).unwrap();
    let contract = demo.report()["contract"].clone();
    let mut proven = 0;
    for receipt in receipts {
        let entry: Value = serde_json::from_slice(&receipt.verify(&verifier).unwrap()).unwrap();
        assert_eq!(entry["contract"], contract);
        assert_eq!(entry["first"], proven, "no event is left out");
        proven += entry["events"].as_array().unwrap().len();
    }
    assert!(proven > 6, "{proven} events");
}

#[test]
fn the_evidence_digest_is_the_digest_of_the_manifest_file() {
    for profile in ["gm", "intl"] {
        let demo = Demo::of(profile);
        let report = demo.report();
        let signatures = report["signatures"].as_array().unwrap();
        for (index, signature) in signatures.iter().enumerate() {
            let field = signature["field"].as_str().unwrap();
            let role = field.rsplit_once('-').unwrap().0;
            let file = format!("manifests/{}-{role}.json", index + 1);
            let evidence = signature["evidence"].as_str().unwrap();
            let (hash, digest) = evidence.split_once(':').unwrap();
            let said = tool(
                "openssl",
                demo.folder(),
                &["dgst", &format!("-{hash}"), "-r", &file],
            );
            assert!(said.ok().starts_with(digest), "{profile} {file}");
        }
        let files = fs::read_dir(demo.path("manifests")).unwrap().count();
        assert_eq!(files, signatures.len());
    }
}

#[test]
fn every_certificate_of_a_person_is_for_one_act_alone() {
    let report = Demo::of("gm").report();
    let signatures = report["signatures"].as_array().unwrap();
    let one_time = |mode: &str| {
        let of_mode = signatures.iter().filter(move |s| s["mode"] == mode);
        of_mode
            .map(|s| s["one_time"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(one_time("pad"), [true]);
    assert_eq!(one_time("sms"), [true]);
    assert_eq!(one_time("seal"), [false, false]);
}
