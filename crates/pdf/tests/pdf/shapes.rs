//! Signing appends, on a file of any make, and others agree with the result.

use crypto::{Digester, Hash, Suite};
use pdf::Base;

use crate::{
    contract::{Contract, assert_valid, closing},
    house::{HOUSE, act},
    judges::Desk,
    paper::{CONTENT, Paper, stream},
};

/// Two parties by the suite, then two more, then the company.
fn sign_all(contract: &mut Contract, suite: Suite) {
    for name in ["lender", "borrower", "guarantor"] {
        contract.sign(&HOUSE, &act(suite, name));
    }
    contract.sign(&HOUSE, &closing());
}

#[test]
fn every_make_of_file_can_be_signed_again_and_again() {
    for suite in [Suite::P256Sha256, Suite::Sm2Sm3] {
        for paper in Paper::all() {
            let original = paper.bytes();
            let mut contract = Contract::of(original.clone());
            sign_all(&mut contract, suite);
            assert!(contract.bytes.starts_with(&original), "{paper:?}");
            for length in &contract.lengths[1..] {
                assert_valid(&contract.bytes[..*length]);
            }
        }
    }
}

/// Earlier revisions are the beginning of later ones, byte for byte.
#[test]
fn bytes_that_were_there_are_never_touched() {
    let mut contract = Contract::of(Paper::default().bytes());
    let mut before = contract.bytes.clone();
    for name in ["one", "two", "three"] {
        contract.sign(&HOUSE, &act(Suite::P256Sha256, name));
        assert!(contract.bytes.starts_with(&before) && contract.bytes.len() > before.len());
        before.clone_from(&contract.bytes);
    }
}

/// What signing keeps in memory is what reading the whole file anew would find.
#[test]
fn the_base_that_was_carried_along_is_the_one_that_is_read() {
    for paper in Paper::all() {
        let mut contract = Contract::of(paper.bytes());
        sign_all(&mut contract, Suite::P256Sha256);
        let read = Base::read(&contract.bytes).unwrap();
        let next = |base: &Base| {
            let contract = Contract {
                base: base.clone(),
                bytes: Vec::new(),
                lengths: Vec::new(),
            };
            let prepared = contract.prepare(&act(Suite::P256Sha256, "next"), None);
            prepared.digest(&Digester::new(Hash::Sha256))
        };
        assert_eq!(next(&read), next(&contract.base), "{paper:?}");
    }
}

#[test]
fn qpdf_finds_nothing_wrong() {
    for paper in Paper::all() {
        let mut contract = Contract::of(paper.bytes());
        sign_all(&mut contract, Suite::P256Sha256);
        Desk::new()
            .put("file.pdf", &contract.bytes)
            .qpdf_is_content("file.pdf");
    }
}

#[test]
fn a_file_of_a_hundred_megabytes() {
    let content = "0 0 1 rg 20 20 60 10 re f\n".repeat((100 << 20) / 26 + 1);
    let paper = Paper::default().with(CONTENT, stream("", &content));
    let mut contract = Contract::of(paper.bytes());
    drop((paper, content));
    assert!(contract.bytes.len() > 100 << 20);
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "lender"));
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "borrower"));
    assert_valid(&contract.bytes);
}
