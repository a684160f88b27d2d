//! Signatures that hold for long: validation data and document timestamps (PAdES B-LT
//! and B-LTA), added to what was signed before.

use std::fmt::Write as _;

use crypto::{Digester, Hash, Suite};
use pdf::{
    Base, Field, PdfError, Place, Policy, Prepared, ValidationData, add_validation_data, prepare,
    prepare_timestamp, signatures,
    verify::{Profile, Report, Verdict, verify_with},
};

use pki::revocation::{Entry, Reason, Revoked};

use crate::{
    contract::{Contract, RESERVE, closing, last, last_gap, put},
    house::{House, act},
    judges::{Desk, accepted, house, python},
    paper::{Make, Paper, stream},
};

const P256: Suite = Suite::P256Sha256;

fn base(bytes: &[u8]) -> Base {
    Base::read_by(bytes, Policy::ARCHIVE).unwrap()
}

fn digest(bytes: &[u8], prepared: &Prepared, hash: Hash) -> crypto::Digest {
    let mut prefix = Digester::new(hash);
    prefix.update(bytes);
    prepared.digest(&prefix)
}

/// What a company signs in, where nobody sees it.
fn field(house: &House) -> Field<'static> {
    Field {
        name: "company",
        place: Place::New(&[]),
        appearance: None,
        signer: "示例公司",
        reason: "loan",
        time_ms: house.now_ms(),
        reserve: RESERVE,
        certify: None,
    }
}

/// A file that others signed in this field, with a timestamp of the signature (B-T) or
/// without (B-B).
fn signed_in(house: &House, paper: &Paper, field: &Field, stamped: bool) -> Vec<u8> {
    let bytes = paper.bytes();
    let prepared = prepare(&base(&bytes), field).unwrap();
    let message = house.plain(P256, &digest(&bytes, &prepared, Hash::Sha256), stamped);
    [&bytes[..], &prepared.embed(&message).unwrap().0].concat()
}

fn signed(house: &House, paper: &Paper) -> Vec<u8> {
    signed_in(house, paper, &field(house), true)
}

/// Validation data for every signature (B-LT).
fn with_data(house: &House, mut bytes: Vec<u8>, suites: &[Suite]) -> Vec<u8> {
    let found = signatures(&bytes).unwrap();
    let mut data = ValidationData::default();
    for suite in suites {
        let one = house.validation_data(*suite, &[]);
        data.certificates.extend(one.certificates);
        data.crls.extend(one.crls);
    }
    let all: Vec<_> = found.iter().map(|signature| (signature, &data)).collect();
    let (increment, next) = add_validation_data(&base(&bytes), &all).unwrap();
    bytes.extend(increment);
    assert_eq!(base(&bytes), next);
    bytes
}

/// A document timestamp (B-LTA).
fn stamped(house: &House, mut bytes: Vec<u8>, name: &str) -> Vec<u8> {
    let prepared = prepare_timestamp(&base(&bytes), name, 4096).unwrap();
    let token = house.token(P256, &digest(&bytes, &prepared, Hash::Sha256));
    let (increment, next) = prepared.embed(&token).unwrap();
    bytes.extend(increment);
    assert_eq!(base(&bytes), next);
    bytes
}

fn judged(house: &House, bytes: &[u8]) -> Report {
    verify_with(bytes, &house.anchors(), house.now_ms(), Profile::Auto)
}

#[track_caller]
fn valid(house: &House, bytes: &[u8]) -> Report {
    let report = judged(house, bytes);
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    report
}

fn levels(report: &Report) -> Vec<&str> {
    report
        .signatures
        .iter()
        .map(|s| s.level.unwrap_or("-"))
        .collect()
}

/// Asks of each signature whether it holds by what is in the file alone.
const JUDGE: &str = r#"
import asyncio
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

trust = SimpleTrustManager.build([load_cert_from_pemder("root.pem")])
policy = CertValidationPolicySpec(
    trust_manager=trust, revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO)
)
spec = PdfSignatureValidationSpec(SignatureValidationSpec(cert_validation_policy=policy))
with open("file.pdf", "rb") as file:
    for signature in PdfFileReader(file).embedded_regular_signatures:
        result = asyncio.run(ades_lta_validation(signature, spec))
        print(signature.field_name, result.ades_subindic)
"#;

/// pyHanko finds the file good for long, by what is in it alone.
fn archived(house: &House, bytes: &[u8], regular: usize) {
    let desk = Desk::new();
    desk.put("file.pdf", bytes);
    desk.put("root.pem", house.branch(P256).root.to_pem());
    let said = desk.put("judge.py", JUDGE).ok(&python(), &["judge.py"]);
    let passed = said.matches("AdESPassed.OK").count();
    assert_eq!(passed, said.lines().count(), "{said}");
    assert_eq!(passed, regular, "{said}");
    desk.qpdf_is_content("file.pdf");
    let (_, said) = desk.run("pdfsig", &["-nocert", "file.pdf"]);
    assert!(said.contains("Signature is Valid."), "{said}");
}

fn papers() -> [Paper; 3] {
    [Make::Table, Make::Stream, Make::Packed].map(|make| Paper {
        make,
        ..Paper::default()
    })
}

#[test]
fn every_level_is_reached_and_told() {
    let house = house();
    for paper in papers() {
        let once = signed(&house, &paper);
        assert_eq!(levels(&valid(&house, &once)), ["B-T"]);
        let data = with_data(&house, once, &[P256]);
        assert_eq!(levels(&valid(&house, &data)), ["B-LT"]);
        accepted(&house, &data, 1);
        let archive = stamped(&house, data, "archive-1");
        assert_eq!(levels(&valid(&house, &archive)), ["B-LTA", "B-LT"]);
        archived(&house, &archive, 1);
        // Years later, with the data of the timestamp's own path.
        let again = with_data(&house, archive, &[P256]);
        let again = stamped(&house, again, "archive-2");
        assert_eq!(levels(&valid(&house, &again)), ["B-LTA", "B-LTA", "B-LT"]);
        archived(&house, &again, 1);
    }
}

#[test]
fn what_is_there_is_not_written_again() {
    let house = house();
    let bytes = with_data(&house, signed(&house, &Paper::default()), &[P256]);
    // The lists are made anew and are other bytes; the certificates are there.
    let found = signatures(&bytes).unwrap();
    let mut data = house.validation_data(P256, &[]);
    data.crls.clear();
    let (increment, _) = add_validation_data(&base(&bytes), &[(&found[0], &data)]).unwrap();
    assert!(increment.is_empty());
    let more = house.validation_data(P256, &[]);
    let (increment, _) = add_validation_data(&base(&bytes), &[(&found[0], &more)]).unwrap();
    let text = String::from_utf8_lossy(&increment);
    assert_eq!(text.matches("FlateDecode").count(), 2, "{text}");
    valid(&house, &[bytes, increment].concat());
}

/// A contract of ours is held to the strict profile up to its last act; afterwards
/// nothing but validation data and timestamps may follow, up to the end of the file.
#[test]
fn a_contract_is_archived() {
    let house = house();
    for suite in [P256, Suite::Sm2Sm3] {
        for paper in papers() {
            let mut contract = Contract::of(paper.bytes());
            contract.sign(&house, &act(suite, "lender"));
            contract.sign(&house, &closing());
            let closed = contract.bytes;
            let data = with_data(&house, closed.clone(), &[P256, suite]);
            let archive = stamped(&house, data.clone(), "archive-1");
            let report = valid(&house, &archive);
            assert_eq!(report.profile, Profile::Strict);
            assert_eq!(report.contract.as_deref(), Some("loan-2027-0001"));
            assert_eq!(levels(&report), ["B-LTA", "B-LTA", "B-LT"]);
            assert_eq!(report.revisions.len(), 3);
            let again = stamped(&house, archive.clone(), "archive-2");
            assert_eq!(valid(&house, &again).signatures.len(), 4);
            if suite == P256 {
                archived(&house, &archive, 2);
            }
            // Data that no timestamp covers are not part of what was signed.
            let report = judged(&house, &data);
            let said = (report.verdict, report.code);
            assert_eq!(said, (Verdict::Altered, "bytes-after-signature"));
            let open = with_data(&house, archive.clone(), &[P256]);
            assert_eq!(judged(&house, &open).code, "bytes-after-signature");
            // No further act, and no other signature.
            let mut more = Contract {
                base: Base::read(&archive).unwrap(),
                lengths: vec![archive.len()],
                bytes: archive,
            };
            more.sign(&house, &act(suite, "borrower"));
            let report = judged(&house, &more.bytes);
            let said = (report.verdict, report.code);
            assert_eq!(
                said,
                (Verdict::Invalid, "revision-mismatch"),
                "{}",
                report.reason
            );
        }
    }
}

#[test]
fn every_byte_of_an_archived_contract_counts() {
    let house = house();
    let mut contract = Contract::of(Paper::default().bytes());
    contract.sign(&house, &act(P256, "lender"));
    let data = with_data(&house, contract.bytes, &[P256]);
    let bytes = stamped(&house, data, "archive");
    valid(&house, &bytes);
    for at in (0..bytes.len()).step_by(13) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_ne!(judged(&house, &changed).verdict, Verdict::Valid, "{at}");
    }
}

/// Revoked before it was used: not valid. Afterwards: what was signed stays good.
#[test]
fn a_certificate_that_was_revoked_before_is_told() {
    let house = house();
    let once = signed(&house, &Paper::default());
    let found = signatures(&once).unwrap();
    let of = |at_ms| Entry {
        serial: house.seal(P256).serial().to_vec(),
        revoked: Revoked {
            at_ms,
            reason: Reason::KeyCompromise,
            invalid_since_ms: None,
        },
    };
    let judged_with = |at_ms| {
        let data = house.validation_data(P256, &[of(at_ms)]);
        let (increment, _) = add_validation_data(&base(&once), &[(&found[0], &data)]).unwrap();
        judged(&house, &[&once[..], &increment].concat())
    };
    let report = judged_with(house.now_ms() - 60_000);
    let said = (report.verdict, report.code);
    assert_eq!(said, (Verdict::Invalid, "certificate-revoked"));
    assert_eq!(report.signatures[0].revocation, Some("revoked"));
    assert_eq!(report.signatures[0].level, None);
    let report = judged_with(house.now_ms() + 60_000);
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(report.signatures[0].revocation, Some("good"));
}

/// Without a timestamp of its own a signature is as old as the document timestamp that
/// covers it.
#[test]
fn a_document_timestamp_proves_when_a_signature_was_there() {
    let house = house();
    let once = signed_in(&house, &Paper::default(), &field(&house), false);
    let report = valid(&house, &once);
    assert_eq!(
        (levels(&report)[0], report.signatures[0].time_ms),
        ("B-B", None)
    );
    let report = valid(&house, &stamped(&house, once.clone(), "time"));
    assert_eq!(levels(&report), ["B-T", "B-T"]);
    assert!(report.signatures[0].time_ms.is_some());
    // Long after the certificate has ended.
    let later = |bytes: &[u8]| {
        let years = 40 * 365 * 86_400_000;
        verify_with(
            bytes,
            &house.anchors(),
            house.now_ms() + years,
            Profile::Auto,
        )
    };
    assert_eq!(later(&once).code, "certificate-expired");
    let report = later(&stamped(&house, once, "time"));
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
}

/// Timestamps are also let in where the file forbids everything else.
#[test]
fn a_certified_file_is_archived() {
    let house = house();
    let certify = Field {
        certify: Some(pdf::Certify::NoChanges),
        ..field(&house)
    };
    let bytes = signed_in(&house, &Paper::default(), &certify, true);
    assert_eq!(Base::read(&bytes).unwrap_err(), PdfError::Certified);
    let archive = stamped(&house, with_data(&house, bytes, &[P256]), "archive");
    assert_eq!(valid(&house, &archive).signatures[0].certifies, Some(1));
    archived(&house, &archive, 1);
    let again = Field {
        name: "again",
        ..field(&house)
    };
    let error = prepare(&base(&archive), &again).unwrap_err();
    assert_eq!(error, PdfError::Certified);
}

/// A timestamp by hand in the last revision of a file, with what it changes besides.
fn stamped_by_hand(house: &House, bytes: &[u8], objects: &[(u32, String)]) -> Vec<u8> {
    let stamp = 90;
    let room = "0".repeat(8192);
    let range = " ".repeat(40);
    let text = format!(
        "<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161/ByteRange[{range}]/Contents<{room}>>>"
    );
    let mut all = objects.to_vec();
    all.push((stamp, text));
    let mut out = bytes.to_vec();
    out.push(b'\n');
    let mut table = String::from("xref\n");
    for (number, body) in &all {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", out.len());
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let before = String::from_utf8_lossy(bytes).into_owned();
    let previous = before.rsplit("startxref").next().unwrap().trim();
    let previous: usize = previous.split_whitespace().next().unwrap().parse().unwrap();
    let at = out.len();
    out.extend(
        format!(
            "{table}trailer\n<</Size 91/Root 1 0 R/Prev {previous}>>\nstartxref\n{at}\n%%EOF\n"
        )
        .bytes(),
    );
    let gap = last_gap(&out);
    let place = last(&out, "/ByteRange[") + "/ByteRange[".len();
    let numbers = format!("0 {} {} {}", gap.start, gap.end, out.len() - gap.end);
    out[place..place + numbers.len()].copy_from_slice(numbers.as_bytes());
    let mut digester = Digester::new(Hash::Sha256);
    digester.update(&out[..gap.start]);
    digester.update(&out[gap.end..]);
    let token = house.token(P256, &digester.finish());
    put(&mut out, gap, &token);
    out
}

/// Anybody gets a timestamp, so it may change nothing that is seen: neither of a field
/// that was prepared, nor by one of its own.
#[test]
fn a_timestamp_changes_nothing_that_is_seen() {
    let house = house();
    let field = |more: &str| {
        format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/Rect[30 30 130 130]/P 3 0 R{more}>>")
    };
    let looks = "/AP<</N<</Off 21 0 R/Yes 22 0 R>>>>";
    let look = |color: &str| {
        stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 9 9]",
            &format!("{color} rg 0 0 9 9 re f"),
        )
    };
    let paper = Paper {
        catalog: "/AcroForm<</Fields[20 0 R]/SigFlags 3>>".to_owned(),
        page: "/Annots[20 0 R]".to_owned(),
        ..Paper::default()
    }
    .with(20, field(&format!("{looks}/F 4/AS/Off")))
    .with(21, look("1 0 0"))
    .with(22, look("0 1 0"));
    let once = signed(&house, &paper);
    let prepared = |more: &str| vec![(20, field(&format!("{looks}{more}/V 90 0 R")))];
    // The signature's own field and the lists as they are.
    let text = String::from_utf8_lossy(&once).into_owned();
    let list = |key: &str| {
        let at = text.rfind(key).unwrap() + key.len();
        text[at..at + text[at..].find(']').unwrap()].to_owned()
    };
    let body = |number: u32| {
        let at = text.rfind(&format!("\n{number} 0 obj\n")).unwrap();
        let body = text[at..].split_once("obj\n").unwrap().1;
        body.split_once("\nendobj").unwrap().0.to_owned()
    };
    let own = |subtype: &str, more: &str| {
        let (fields, annotations) = (list("/Fields["), list("/Annots["));
        let form = body(1).replace(&format!("[{fields}]"), &format!("[{fields} 91 0 R]"));
        let page = body(3).replace(
            &format!("[{annotations}]"),
            &format!("[{annotations} 91 0 R]"),
        );
        let field = format!(
            "<</Type/Annot/Subtype/{subtype}/FT/Sig/T(own)/Rect[30 25 30 25]/P 3 0 R/F 4{more}/V 90 0 R>>"
        );
        vec![(1, form), (3, page), (91, field)]
    };
    for (objects, verdict) in [
        (prepared("/F 4/AS/Off"), Verdict::Valid),
        (prepared("/F 6/AS/Off"), Verdict::Altered),
        (prepared("/F 4/AS/Yes"), Verdict::Altered),
        (own("Widget", ""), Verdict::Valid),
        (own("Text", ""), Verdict::Altered),
        (own("Widget", "/MK<</BG[1 0 0]>>"), Verdict::Altered),
    ] {
        let bytes = stamped_by_hand(&house, &once, &objects);
        let report = judged(&house, &bytes);
        assert_eq!(report.verdict, verdict, "{objects:?} {}", report.reason);
    }
}

/// Whoever adds an entry that cannot be read, or more than anybody reads, does not hide
/// that a certificate was revoked.
#[test]
fn what_is_added_to_the_store_hides_nothing() {
    let house = house();
    let once = signed(&house, &Paper::default());
    let found = signatures(&once).unwrap();
    let revoked = Entry {
        serial: house.seal(P256).serial().to_vec(),
        revoked: Revoked {
            at_ms: house.now_ms() - 60_000,
            reason: Reason::KeyCompromise,
            invalid_since_ms: None,
        },
    };
    let verdict = |more: Vec<Vec<u8>>| {
        let mut data = house.validation_data(P256, std::slice::from_ref(&revoked));
        data.crls.splice(0..0, more);
        let (increment, _) = add_validation_data(&base(&once), &[(&found[0], &data)]).unwrap();
        let report = judged(&house, &[&once[..], &increment].concat());
        (report.verdict, report.code)
    };
    let gone = (Verdict::Invalid, "certificate-revoked");
    assert_eq!(verdict(Vec::new()), gone);
    assert_eq!(verdict(vec![b"no list".to_vec()]), gone);
    let many = (0..300).map(|n: u32| n.to_be_bytes().to_vec()).collect();
    assert_eq!(verdict(many), gone);
    let large = (Verdict::Unknown, "pdf-too-large");
    assert_eq!(verdict(vec![vec![0; 9 << 20], vec![1; 9 << 20]]), large);
    // An entry whose filter nobody knows.
    let data = house.validation_data(P256, std::slice::from_ref(&revoked));
    let (increment, _) = add_validation_data(&base(&once), &[(&found[0], &data)]).unwrap();
    let mut bytes = [&once[..], &increment].concat();
    let at = once.len()
        + increment
            .windows(11)
            .position(|w| w == b"FlateDecode")
            .unwrap();
    bytes[at] = b'X';
    let report = judged(&house, &bytes);
    assert_eq!((report.verdict, report.code), gone);
}
