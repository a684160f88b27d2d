//! Who signed, when, and which act: each broken rule has its own code.

use crypto::{Suite, digest};
use pdf::verify::{Verdict, verify};

use crate::{
    contract::{Contract, assert_refused, closing, judged},
    house::{Act, HOUSE, Leaf, NOW_MS, STRANGERS, Stamp, act},
    paper::Paper,
};

const SUITES: [Suite; 2] = [Suite::Sm2Sm3, Suite::P256Sha256];

fn with(acts: &[Act]) -> Vec<u8> {
    let mut contract = Contract::of(Paper::default().bytes());
    for act in acts {
        contract.sign(&HOUSE, act);
    }
    contract.bytes
}

/// A file whose second signature is this one.
#[track_caller]
fn refused(verdict: Verdict, code: &str, change: impl Fn(&mut Act)) {
    for suite in SUITES {
        let mut second = act(suite, "borrower");
        change(&mut second);
        assert_refused(&with(&[act(suite, "lender"), second]), verdict, code);
    }
}

#[test]
fn the_report_says_who_signed_what_when() {
    for suite in SUITES {
        let contract = Contract::signed(&Paper::default(), suite);
        let report = judged(&contract.bytes);
        assert_eq!(report.contract.as_deref(), Some("loan-2027-0001"));
        let [lender, borrower, closing] = &report.signatures[..] else {
            panic!("{report:?}");
        };
        assert_eq!(lender.field, "lender");
        assert_eq!(lender.who, "张三");
        assert_eq!(lender.one_time, Some(true));
        assert_eq!(lender.suite.as_deref(), Some(suite.name()));
        assert_eq!(borrower.act.as_deref(), Some("borrower-0123456789abcdef"));
        assert_eq!(borrower.time_ms, Some(NOW_MS));
        assert_eq!(closing.who, "示例公司");
        assert_eq!(closing.one_time, Some(false));
        let covers: Vec<_> = report.signatures.iter().filter_map(|s| s.covers).collect();
        assert_eq!(covers, contract.lengths[1..]);
    }
}

#[test]
fn nobody_vouches_for_strangers() {
    let bytes = Contract::signed(&Paper::default(), Suite::Sm2Sm3).bytes;
    for anchors in [vec![], STRANGERS.anchors()] {
        let report = verify(&bytes, &anchors, NOW_MS);
        assert_eq!(
            (report.verdict, report.code),
            (Verdict::Unknown, "certificate-untrusted")
        );
    }
}

#[test]
fn one_stranger_among_the_parties_is_enough() {
    let mut contract = Contract::of(Paper::default().bytes());
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "lender"));
    contract.sign(&STRANGERS, &act(Suite::P256Sha256, "borrower"));
    contract.sign(&HOUSE, &closing());
    assert_refused(&contract.bytes, Verdict::Unknown, "certificate-untrusted");
}

#[test]
fn a_certificate_is_valid_when_the_timestamp_says_it_was_used() {
    refused(Verdict::Invalid, "certificate-expired", |act| {
        act.leaf = Leaf::Expired;
    });
    let late = |act: &mut Act| act.stamp = Stamp::Fresh(-120_000);
    refused(Verdict::Invalid, "certificate-not-yet-valid", late);
    // Years later the event certificate has long expired, and the signature holds.
    let bytes = with(&[act(Suite::Sm2Sm3, "lender")]);
    let report = verify(&bytes, &HOUSE.anchors(), NOW_MS + 9 * 365 * 86_400_000);
    assert_eq!(report.verdict, Verdict::Valid, "{}", report.reason);
}

#[test]
fn a_certificate_for_another_use_does_not_sign() {
    let code = "certificate-wrong-usage";
    refused(Verdict::Invalid, code, |act| act.leaf = Leaf::Timestamps);
}

#[test]
fn an_act_is_bound_to_its_revision() {
    refused(Verdict::Invalid, "revision-mismatch", |act| {
        act.revision = Some(digest(act.suite.hash(), b"another revision"));
    });
}

#[test]
fn a_certificate_of_another_act_does_not_sign() {
    refused(Verdict::Invalid, "binding-mismatch", |act| {
        act.certified_act = Some("another".to_owned());
    });
}

#[test]
fn all_acts_are_of_one_contract_and_each_is_there_once() {
    refused(Verdict::Invalid, "contract-mismatch", |act| {
        act.contract = "loan-2027-0002".to_owned();
    });
    let mut contract = Contract::of(Paper::default().bytes());
    contract.sign(&HOUSE, &act(Suite::Sm2Sm3, "lender"));
    let again = act(Suite::Sm2Sm3, "lender");
    let prepared = contract.prepare(&act(Suite::Sm2Sm3, "borrower"), None);
    contract.finish(prepared, &HOUSE, &again);
    assert_refused(&contract.bytes, Verdict::Invalid, "act-twice");
}

#[test]
fn time_is_proven_by_a_timestamp_over_this_very_signature() {
    refused(Verdict::Unknown, "timestamp-missing", |act| {
        act.stamp = Stamp::Missing;
    });
    refused(Verdict::Invalid, "timestamp-wrong", |act| {
        act.stamp = Stamp::Other;
    });
    let soon = |act: &mut Act| act.stamp = Stamp::Fresh(6 * 60 * 1000);
    refused(Verdict::Invalid, "timestamp-future", soon);
}
