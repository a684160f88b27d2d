//! Files that other producers signed. The fixtures are made by
//! `tests/fixtures/make-foreign.py`; every signer in them is trusted, so that what is
//! refused is refused for what it does.

use std::{fs, path::PathBuf};

use pdf::verify::{Profile, Report, Verdict, verify_with};
use pki::Certificate;

mod saved;
mod wrapped;

/// A few months after the fixtures were stamped: 2026-06-01.
pub const LATER: i64 = 1_780_272_000_000;

fn folder(name: &str) -> PathBuf {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/foreign");
    fixtures.join(name)
}

pub fn anchors() -> Vec<Certificate> {
    let pem = fs::read_to_string(folder("anchors.pem")).unwrap();
    Certificate::from_pem_many(&pem).unwrap()
}

pub fn file(name: &str) -> Vec<u8> {
    fs::read(folder(&format!("{name}.pdf"))).unwrap()
}

fn files(of: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder(of)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_end_matches(".pdf").to_owned())
        .collect();
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| (name.clone(), file(&format!("{of}/{name}"))))
        .collect()
}

pub fn judged(bytes: &[u8]) -> Report {
    verify_with(bytes, &anchors(), LATER, Profile::Auto)
}

#[test]
fn what_others_sign_is_accepted() {
    let files = files("accepted");
    assert!(files.len() == 30, "{}", files.len());
    for (name, bytes) in files {
        let report = judged(&bytes);
        assert_eq!(report.verdict, Verdict::Valid, "{name}: {report:#?}");
        assert_eq!(report.profile, Profile::General);
        assert!(report.revisions.iter().all(|revision| revision.allowed));
    }
}

/// Anybody gets a timestamp, also over a file from which the signatures were taken.
#[test]
fn what_is_only_stamped_is_not_signed() {
    let report = judged(&file("unsigned/timestamp-alone"));
    let said = (report.verdict, report.code);
    assert_eq!(said, (Verdict::Unknown, "only-timestamps"));
    assert_eq!(report.signatures[0].verdict, Verdict::Valid);
}

/// Trusted signers may not do everything to what others signed before.
#[test]
fn what_must_not_follow_a_signature_is_altered() {
    let files = files("refused");
    assert!(files.len() > 20, "{}", files.len());
    for (name, bytes) in files {
        let report = judged(&bytes);
        assert_eq!(report.verdict, Verdict::Altered, "{name}: {report:#?}");
        let unsigned = name == "saved-filled" || name == "evil-annotation-3-saved";
        let code = if unsigned {
            "bytes-after-signature"
        } else {
            "revision-not-allowed"
        };
        assert_eq!(report.code, code, "{name}: {}", report.reason);
        assert!(!report.revisions.last().unwrap().allowed, "{name}");
    }
}

#[test]
fn every_byte_that_is_signed_counts() {
    for name in [
        "table-rsa-pkcs7-t",
        "stream-p256-cades-b",
        "timestamp-twice",
    ] {
        let bytes = file(&format!("accepted/{name}"));
        let gap = wrapped::gap(&bytes);
        for at in (9..bytes.len()).step_by(7).filter(|at| !gap.contains(at)) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_ne!(judged(&changed).verdict, Verdict::Valid, "{name} at {at}");
        }
    }
}

#[test]
fn nobody_vouches_for_them_without_an_anchor() {
    for name in ["table-lta", "timestamp-twice", "table-pkcs7-b"] {
        let bytes = file(&format!("accepted/{name}"));
        let report = verify_with(&bytes, &[], LATER, Profile::Auto);
        let said = (report.verdict, report.code);
        assert_eq!(said, (Verdict::Unknown, "certificate-untrusted"), "{name}");
    }
}

/// Only a timestamp proves the time; without one a certificate must be valid today.
#[test]
fn time_that_is_not_proven_is_today() {
    let years = 40 * 365 * 86_400_000;
    let later = |name: &str| {
        let bytes = file(&format!("accepted/{name}"));
        verify_with(&bytes, &anchors(), LATER + years, Profile::Auto)
    };
    assert_eq!(later("table-cades-t").verdict, Verdict::Valid);
    let report = later("table-pkcs7-b");
    let said = (report.verdict, report.code);
    assert_eq!(said, (Verdict::Unknown, "certificate-expired"));
    let report = judged(&file("accepted/table-pkcs7-b"));
    let [signature] = &report.signatures[..] else {
        panic!("{report:?}");
    };
    assert_eq!(signature.time_ms, None);
    assert!(
        signature.reason.contains("not proven"),
        "{}",
        signature.reason
    );
}

#[test]
fn the_report_lists_what_each_revision_added() {
    let bytes = file("accepted/certified-2-filled");
    let report = judged(&bytes);
    let [first, second] = &report.revisions[..] else {
        panic!("{report:#?}");
    };
    assert_eq!(first.signature.as_deref(), Some("Sig"));
    assert_eq!(second.covers, bytes.len());
    for what in ["value of field \"amount\"", "signature \"Two\""] {
        assert!(second.added.iter().any(|one| one == what), "{second:?}");
    }
    assert_eq!(report.signatures[0].certifies, Some(2));
    let report = judged(&file("accepted/timestamp-twice"));
    let kinds: Vec<_> = report.signatures.iter().map(|s| s.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["ETSI.CAdES.detached", "ETSI.RFC3161", "ETSI.RFC3161"]
    );
    assert!(report.signatures[1].timestamp.is_some());
}

/// The strict profile knows no signature that is not an act.
#[test]
fn the_strict_profile_accepts_none_of_them() {
    for (name, bytes) in files("accepted") {
        let report = verify_with(&bytes, &anchors(), LATER, Profile::Strict);
        assert_ne!(report.verdict, Verdict::Valid, "{name}");
    }
}
