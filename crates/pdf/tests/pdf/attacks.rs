//! An outsider saves changes into a signed file: incremental saving attacks, as in
//! Mladenov et al., "1 Trillion Dollar Refund" (CCS 2019), and what is like them.

/// Files that were signed, each once.
macro_rules! bases {
    ($($(#[$said:meta])* $name:ident = $made:expr;)*) => {$(
        $(#[$said])*
        pub fn $name() -> Vec<u8> {
            static FILE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| $made);
            FILE.clone()
        }
    )*};
}

mod bases;
mod insider;
mod message;
mod prepared;
mod saving;
mod shadow;
mod structure;
mod table;
mod universal;
mod vectors;

use crypto::Suite;
use pdf::verify::Verdict;

use crate::{
    contract::{Contract, assert_refused, assert_valid, judged, last},
    forger::Forgery,
    paper::{CONTENT, Make, Paper, stream},
};

fn signed() -> Contract {
    Contract::signed(&Paper::default(), Suite::P256Sha256)
}

/// The file with an unsigned increment of these objects.
fn saved(contract: &Contract, objects: &[(u32, String)]) -> Vec<u8> {
    let mut forgery = Forgery::next(contract);
    forgery.objects.clear();
    for (number, body) in objects {
        forgery.add(*number, body.clone());
    }
    forgery.append(&contract.bytes)
}

fn changes() -> Vec<Vec<(u32, String)>> {
    let page = |more: &str| {
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 5 0 R/Resources<<>>{more}>>"
        )
    };
    let note = "<</Type/Annot/Subtype/FreeText/Rect[0 0 90 90]/Contents(10000)>>".to_owned();
    vec![
        vec![],
        vec![(CONTENT, stream("", "1 0 0 rg 0 0 400 300 re f"))],
        vec![(3, page("/Annots[900 0 R]")), (900, note)],
        vec![(1, "<</Type/Catalog/Pages 2 0 R>>".to_owned())],
        vec![
            (1, "<</Type/Catalog/Pages 901 0 R>>".to_owned()),
            (901, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        ],
        vec![(2, "<</Type/Pages/Kids[4 0 R]/Count 1>>".to_owned())],
        vec![(900, "(unused)".to_owned())],
    ]
}

#[test]
fn whatever_is_saved_after_the_last_signature_is_seen() {
    for make in [Make::Table, Make::Stream, Make::Packed] {
        let paper = Paper {
            make,
            ..Paper::default()
        };
        let contract = Contract::signed(&paper, Suite::Sm2Sm3);
        assert_valid(&contract.bytes);
        for objects in changes() {
            let report = judged(&saved(&contract, &objects));
            assert_ne!(report.verdict, Verdict::Valid, "{make:?} {objects:?}");
        }
        let unused = saved(&contract, &changes()[6]);
        assert_refused(&unused, Verdict::Altered, "bytes-after-signature");
    }
}

/// Objects at the end that no cross-reference names, for readers that repair files.
#[test]
fn objects_without_a_cross_reference_are_seen() {
    let contract = signed();
    let start = last(&contract.bytes, "startxref");
    let end = String::from_utf8(contract.bytes[start..].to_vec()).unwrap();
    let body = stream("", "1 0 0 rg 0 0 400 300 re f");
    for tail in [
        format!("5 0 obj\n{body}\nendobj\n"),
        format!("5 0 obj\n{body}\nendobj\n{end}"),
        format!("5 0 obj\n{body}\nendobj\nxref\n0 0\ntrailer\n<</Root 1 0 R>>\n{end}"),
        format!("xref\n{end}"),
        end.clone(),
        "%%EOF".to_owned(),
        " ".to_owned(),
    ] {
        let bytes = [&contract.bytes, tail.as_bytes()].concat();
        assert_refused(&bytes, Verdict::Altered, "bytes-after-signature");
    }
}

/// A cross-reference without entries, so that no object is changed on paper.
#[test]
fn an_empty_revision_is_seen() {
    let contract = signed();
    let forgery = Forgery::next(&contract);
    let at = contract.bytes.len();
    let tail = format!(
        "xref\n0 0\ntrailer\n<<{}>>\nstartxref\n{at}\n%%EOF\n",
        forgery.trailer
    );
    let bytes = [&contract.bytes, tail.as_bytes()].concat();
    assert_refused(&bytes, Verdict::Altered, "bytes-after-signature");
}

/// An earlier revision is a file that was valid then, and nothing else.
#[test]
fn a_file_cut_back_to_a_signature_is_the_file_of_that_day() {
    let contract = signed();
    for (count, length) in contract.lengths.iter().enumerate().skip(1) {
        let report = judged(&contract.bytes[..*length]);
        assert_eq!(report.verdict, Verdict::Valid, "{}", report.reason);
        assert_eq!(report.signatures.len(), count);
    }
    assert_refused(
        &contract.bytes[..contract.lengths[0]],
        Verdict::Invalid,
        "unsigned",
    );
}

/// Parts of one signed file do not make another one.
#[test]
fn the_signature_of_another_file_does_not_fit() {
    let contract = signed();
    let other = Paper {
        content: "1 0 0 rg 20 20 60 10 re f".to_owned(),
        ..Paper::default()
    }
    .bytes();
    assert_eq!(other.len(), contract.lengths[0]);
    let bytes = [&other, &contract.bytes[other.len()..]].concat();
    assert_refused(&bytes, Verdict::Altered, "content-changed");
}
