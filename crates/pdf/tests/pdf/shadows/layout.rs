//! Bytes, cross-references and revisions that are not those of signing.

use crypto::Suite;
use pdf::verify::Verdict;

use super::{FORBIDDEN, apart, forbidden, next};
use crate::{
    contract::{Contract, assert_refused},
    forger::{self, Forgery},
    house::{HOUSE, act},
    paper::{CONTENT, MORE, Make, Paper, stream},
};

#[test]
fn bytes_that_belong_to_nothing_are_seen() {
    for make in [Make::Table, Make::Stream] {
        let paper = Paper { make, ..apart() };
        forbidden(&paper, |f| f.between = "% nothing\n".to_owned());
        forbidden(&paper, |f| f.between = " ".to_owned());
        forbidden(&paper, |f| {
            f.between = "900 0 obj\n(hidden)\nendobj\n".to_owned();
        });
        forbidden(&paper, |f| f.tail = "\n".to_owned());
        // Within an object only a repairing reader sees it, as an object of its own.
        forbidden(&paper, |f| f.find("/FT/Sig").body += "\n%endobj 5 0 obj");
        forbidden(&paper, |f| {
            f.find("/Type/Sig/").body.insert_str(2, "% 5 0 obj\n");
        });
        forbidden(&paper, |f| f.find("endstream").body += "\n%endobj 5 0 obj");
        forbidden(&paper, |f| f.find("/FT/Sig").body.insert(2, ' '));
        // Of the same length, so that nothing else tells.
        forbidden(&paper, |f| f.rename("/F 132", "/F\n132"));
    }
}

#[test]
fn the_cross_reference_is_the_one_of_signing() {
    for make in [Make::Table, Make::Stream] {
        let paper = Paper { make, ..apart() }.with(MORE, "<</Title(other)>>");
        let paper = paper.with(MORE + 1, "<</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R>>");
        // Readers ignore objects whose numbers are not below the size (7.5.5).
        forbidden(&paper, |f| {
            f.trailer = format!("/Size 9{}", &f.trailer[f.trailer.find("/Root").unwrap()..]);
        });
        forbidden(&paper, |f| f.trailer.push_str("/Info 20 0 R"));
        forbidden(&paper, |f| {
            f.trailer = f.trailer.replace("/Root 1 0 R", "/Root 21 0 R");
        });
        forbidden(&paper, |f| f.trailer.push_str("/Extra 1"));
        forbidden(&paper, |f| {
            f.trailer = f.trailer.replace("<00112233", "<99112233");
        });
    }
    let rows = "5 1\n0000000000 65535 f \n";
    forbidden(&apart(), |f| f.rows = rows.to_owned());
    forbidden(&apart(), |f| {
        f.rows = "900 1\n0000000015 00000 n \n".to_owned();
    });
}

/// The cross-reference stream is an object too: with the number of a page's content it
/// would be the content.
#[test]
fn a_cross_reference_stream_takes_no_place_of_another_object() {
    let paper = Paper {
        make: Make::Stream,
        ..apart()
    };
    forbidden(&paper, |f| f.xref = Some(CONTENT));
}

/// A hidden cross-reference stream beside the table shows old readers another file.
#[test]
fn a_hybrid_cross_reference_is_not_what_signing_writes() {
    let hidden = stream("/Type/XRef/W[1 4 2]/Index[]/Size 21", "");
    let paper = apart().with(MORE, hidden);
    let bytes = paper.bytes();
    let needle = b"20 0 obj";
    let at = bytes
        .windows(needle.len())
        .position(|w| w == needle)
        .unwrap();
    let entry = format!("/XRefStm {at}");
    forbidden(&paper, |f| f.trailer.push_str(&entry));
}

/// To readers that look at generations, `3 0 R` is no page when the object is `3 1`.
#[test]
fn generations_stay() {
    for make in [Make::Table, Make::Stream] {
        let paper = Paper {
            make,
            ..Paper::default()
        };
        forbidden(&paper, |f| f.object(3).generation = 1);
        forbidden(&paper, |f| f.find("/Subtype/Form").generation = 1);
    }
}

/// The second signer leaves out the first one's revision, whose signature is gone then.
#[test]
fn no_revision_is_passed_over() {
    let (contract, _) = next(&Paper::default());
    let unsigned = Contract::of(contract.bytes[..contract.lengths[0]].to_vec());
    let forgery = Forgery::next(&unsigned);
    assert_refused(&forgery.sign(&contract.bytes), Verdict::Altered, FORBIDDEN);
}

#[test]
fn between_signatures_there_is_no_other_revision() {
    let mut contract = Contract::of(Paper::default().bytes());
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "lender"));
    let mut forgery = Forgery::next(&contract);
    forgery.objects.clear();
    forgery.add(CONTENT, stream("", "1 0 0 rg 20 20 200 90 re f"));
    let unsigned = forgery.append(&contract.bytes);
    assert_refused(&unsigned, Verdict::Altered, "bytes-after-signature");
    let mut contract = Contract::of(unsigned);
    contract.sign(&HOUSE, &forger::next());
    assert_refused(&contract.bytes, Verdict::Altered, FORBIDDEN);
}

/// A number that is left out, or spoken of before its object is there, would let the
/// next signer's objects appear in this one's.
#[test]
fn new_numbers_follow_each_other_and_nothing_speaks_of_later_ones() {
    forbidden(&apart(), |f| {
        f.find("/Subtype/Form")
            .body
            .insert_str(2, "/Matrix 900 0 R");
    });
    forbidden(&apart(), |f| {
        let last = f.objects.iter().map(|o| o.number).max().unwrap();
        f.renumber(last, last + 1);
        let (size, more) = (format!("/Size {}", last + 1), format!("/Size {}", last + 2));
        assert!(f.trailer.contains(&size));
        f.trailer = f.trailer.replace(&size, &more);
    });
}
