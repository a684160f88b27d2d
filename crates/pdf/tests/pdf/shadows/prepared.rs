//! Files that were prepared so that an honest looking signature shows something else.

use pdf::verify::Verdict;

use super::{FORBIDDEN, apart, forbidden, forbidden_first};
use crate::{
    contract::{Contract, assert_refused, assert_valid, judged},
    forger::Forgery,
    paper::{ANNOTATIONS, FIELDS, MORE, Paper, Place, stream},
};

/// The document draws `/X`, which does not exist, until the signature's drawing gets
/// its number.
#[test]
fn an_object_that_was_missing_does_not_appear() {
    let paper = Paper {
        page: "/Resources<</XObject<</X 90 0 R>>>>".to_owned(),
        content: "q 9 0 0 9 0 0 cm/X Do Q".to_owned(),
        ..Paper::default()
    };
    forbidden_first(&paper, |f| {
        let drawing = f.find("/Subtype/Form").number;
        f.renumber(drawing, 90);
    });
    forbidden(&paper, |f| {
        let drawing = f.find("/Subtype/Form").number;
        f.renumber(drawing, 90);
    });
}

/// A number that was given back may still be spoken of.
#[test]
fn a_number_is_not_used_again() {
    forbidden_first(&Paper::default().with(MORE, "null"), |f| {
        let drawing = f.find("/Subtype/Form").number;
        f.renumber(drawing, 15);
    });
}

/// Objects above the size are missing, until an increment says a greater size.
#[test]
fn objects_above_the_size_are_refused_at_the_door_and_by_the_verifier() {
    let paper = |size| Paper {
        size: Some(size),
        ..Paper::default().with(MORE, stream("", "9"))
    };
    let twin = Contract::of(paper(21).bytes());
    let bytes = paper(20).bytes();
    assert_eq!(pdf::Base::read(&bytes).unwrap_err().code(), "pdf-damaged");
    let forgery = Forgery::next(&twin);
    assert_valid(&forgery.sign(&twin.bytes));
    assert_refused(&forgery.sign(&bytes), Verdict::Altered, FORBIDDEN);
}

/// A form that waits in the file, with fields whose looks are to be made anew.
#[test]
fn a_form_that_was_not_the_form_does_not_become_it() {
    let waiting = "<</Fields[]/NeedAppearances true>>";
    forbidden_first(&Paper::default().with(MORE, waiting), |f| {
        // The new form has the last number; without it the size is one less.
        let form = f.find("/SigFlags").number;
        f.renumber(form, MORE);
        let size = format!("/Size {}", form + 1);
        assert!(f.trailer.contains(&size));
        f.trailer = f.trailer.replace(&size, &format!("/Size {form}"));
        let body = &mut f.object(MORE).body;
        *body = body.replace("/SigFlags", "/NeedAppearances true/SigFlags");
    });
}

/// Fields and annotations in one array: the field would be drawn on the page with the
/// looks of any object of the document.
#[test]
fn an_array_has_one_use() {
    let shared = Paper {
        form: Place::Apart,
        fields: Place::Apart,
        page: format!("/Annots {FIELDS} 0 R"),
        ..Paper::default()
    };
    let pages = Paper {
        page: format!("/Annots {MORE} 0 R"),
        ..Paper::default()
    }
    .with(MORE, "[]")
    .with(
        4,
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Resources<<>>/Annots {MORE} 0 R>>"
        ),
    );
    for paper in [&shared, &pages] {
        let refused = pdf::Base::read(&paper.bytes()).unwrap_err();
        assert_eq!(refused.code(), "pdf-damaged", "{refused}");
    }
    let drawing = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "0 0 9 9 re f");
    let twin = Contract::of(
        Paper {
            page: "/Bnnots(1234)".to_owned(),
            ..shared.clone()
        }
        .with(MORE, drawing.clone())
        .bytes(),
    );
    let bytes = shared.with(MORE, drawing).bytes();
    let mut forgery = Forgery::next(&twin);
    forgery
        .objects
        .retain(|o| !o.body.contains("/P 3 0 R") && !o.body.contains("/P 4 0 R"));
    forgery
        .objects
        .retain(|o| o.number > 4 && !o.body.contains("/Subtype/Form"));
    let top = forgery.find("/FT/Sig");
    let kids = top.body.find("/Kids").unwrap();
    top.body.truncate(kids);
    top.body += "/Kids[]/Subtype/Widget/Rect[0 0 99 99]/F 132/AP<</N 20 0 R>>>>";
    let report = judged(&forgery.sign(&bytes));
    assert_eq!(
        (report.verdict, report.code),
        (Verdict::Altered, FORBIDDEN),
        "{}",
        report.reason
    );
}

/// Also when the other use is no list of annotations or fields.
#[test]
fn an_array_that_is_spoken_of_elsewhere_does_not_grow() {
    let paper = |catalog: &str| Paper {
        catalog: catalog.to_owned(),
        ..apart()
    };
    let twin = Contract::of(paper("/X(12345)").bytes());
    let forgery = Forgery::next(&twin);
    assert_valid(&forgery.sign(&twin.bytes));
    for list in [ANNOTATIONS, FIELDS] {
        let bytes = paper(&format!("/X[{list} 0 R]")).bytes();
        let refused = pdf::Base::read(&bytes).unwrap_err();
        assert_eq!(refused.code(), "pdf-damaged", "{refused}");
        assert_refused(&forgery.sign(&bytes), Verdict::Altered, FORBIDDEN);
    }
}

/// What the file before says of its objects lies in the file before.
#[test]
fn the_file_before_the_first_signature_stands_alone() {
    let paper = Paper {
        trailer: "/Prev 00001".to_owned(),
        ..Paper::default()
    };
    let twin = Contract::of(
        Paper {
            trailer: "/Prex 00001".to_owned(),
            ..Paper::default()
        }
        .bytes(),
    );
    let forgery = Forgery::next(&twin);
    // An older cross-reference, inside of the signature's drawing.
    let file = forgery.sign(&paper.bytes());
    let needle = "/Subtype/Form";
    let drawing = crate::contract::last(&file, needle);
    let at = drawing
        + file[drawing..]
            .windows(7)
            .position(|w| w == b"stream\n")
            .unwrap()
        + 7;
    let paper = Paper {
        trailer: format!("/Prev {at:05}"),
        ..paper
    };
    let mut forgery = Forgery::next(&twin);
    let hidden = "xref\n50 0\ntrailer\n<</Size 50>>\n";
    let body = &mut forgery.find(needle).body;
    let dict = &body[..body.find("/Length").unwrap()];
    *body = format!(
        "{dict}/Length {}>>\nstream\n{hidden}\nendstream",
        hidden.len()
    );
    assert_refused(&forgery.sign(&paper.bytes()), Verdict::Altered, FORBIDDEN);
}
