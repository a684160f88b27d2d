//! A party that the anchors vouch for prepares the file, or adds a validly signed
//! increment that does more than sign. Nothing of it may pass as valid.

mod layout;
mod prepared;

use crypto::Suite;
use pdf::verify::Verdict;

use crate::{
    contract::{Contract, assert_refused, assert_valid},
    forger::Forgery,
    house::{HOUSE, act},
    paper::{ANNOTATIONS, CONTENT, FIELDS, FORM, Make, Paper, Place, stream},
};

pub const FORBIDDEN: &str = "revision-not-allowed";

/// A file with one honest signature, and the increment that the next party would add.
pub fn next(paper: &Paper) -> (Contract, Forgery) {
    let mut contract = Contract::of(paper.bytes());
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "lender"));
    let forgery = Forgery::next(&contract);
    (contract, forgery)
}

/// The verdict over the increment after this was done to it.
#[track_caller]
pub fn forbidden(paper: &Paper, change: impl Fn(&mut Forgery)) {
    let (contract, mut forgery) = next(paper);
    assert_valid(&forgery.sign(&contract.bytes));
    change(&mut forgery);
    assert_refused(&forgery.sign(&contract.bytes), Verdict::Altered, FORBIDDEN);
}

/// The same for the first signature, with which a file prepared for it comes to life.
#[track_caller]
pub fn forbidden_first(paper: &Paper, change: impl Fn(&mut Forgery)) {
    let contract = Contract::of(paper.bytes());
    let mut forgery = Forgery::next(&contract);
    assert_valid(&forgery.sign(&contract.bytes));
    change(&mut forgery);
    assert_refused(&forgery.sign(&contract.bytes), Verdict::Altered, FORBIDDEN);
}

pub fn apart() -> Paper {
    Paper {
        form: Place::Apart,
        fields: Place::Apart,
        annotations: Place::Apart,
        ..Paper::default()
    }
}

/// What the forger signs without a change is what signing makes; were it not, the
/// refusals here would say nothing.
#[test]
fn an_honest_increment_of_the_forger_is_valid() {
    for paper in Paper::all() {
        let (contract, forgery) = next(&paper);
        assert_valid(&forgery.sign(&contract.bytes));
    }
}

#[test]
fn objects_of_the_document_cannot_be_changed() {
    for make in [Make::Table, Make::Stream, Make::Packed] {
        let paper = Paper { make, ..apart() };
        forbidden(&paper, |f| {
            f.add(CONTENT, stream("", "1 0 0 rg 20 20 200 90 re f"));
        });
        forbidden(&paper, |f| {
            f.add(2, "<</Type/Pages/Kids[4 0 R 3 0 R]/Count 2>>");
        });
        forbidden(&paper, |f| {
            f.add(
                1,
                format!("<</Type/Catalog/Pages 2 0 R/AcroForm {FORM} 0 R/OpenAction[4 0 R/Fit]>>"),
            );
        });
        forbidden(&paper, |f| {
            f.add(3, format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents {CONTENT} 0 R/Resources<<>>/Annots {ANNOTATIONS} 0 R/Rotate 180>>"));
        });
        forbidden(&paper, |f| {
            f.add(9, "<</Type/Annot/Subtype/Link/Rect[0 0 350 250]>>");
        });
        forbidden(&paper, |f| {
            f.find("/SigFlags")
                .body
                .insert_str(2, "/NeedAppearances true");
        });
    }
}

/// A page that is written anew for its widget, and with something else changed too.
#[test]
fn a_page_that_gets_a_widget_is_otherwise_the_same() {
    for change in ["/Rotate 180", "/CropBox[0 0 99 99]", "/AA<<>>"] {
        forbidden(&Paper::default(), |f| {
            f.object(3).body.insert_str(2, change);
        });
    }
}

/// Readers that ask the widget for the signature are shown the same one.
#[test]
fn a_widget_names_the_signature_of_its_field() {
    forbidden(&Paper::default(), |f| {
        let signature = f.find("/Type/Sig/").number;
        f.find("/Parent").body = f
            .find("/Parent")
            .body
            .replace(&format!("/V {signature} 0 R"), "/V 1 0 R");
    });
}

#[test]
fn an_earlier_signature_keeps_its_looks() {
    let (contract, _) = next(&apart());
    let text = String::from_utf8_lossy(&contract.bytes).into_owned();
    let number = |needle: &str| {
        let head = &text[..text.find(needle).unwrap()];
        let head = &head[head.rfind(" 0 obj").unwrap().saturating_sub(4)..];
        let digits = head.split(" 0 obj").next().unwrap();
        digits
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .trim()
            .parse::<u32>()
            .unwrap()
    };
    let (drawing, widget) = (number("/Subtype/Form"), number("/Subtype/Widget"));
    let empty = "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<<>>";
    forbidden(&apart(), |f| f.add(drawing, stream(empty, "")));
    forbidden(&apart(), |f| {
        f.add(
            widget,
            "<</Type/Annot/Subtype/Widget/Rect[0 0 1 1]/P 3 0 R/F 132>>",
        );
    });
}

#[test]
fn nothing_is_added_that_the_signature_does_not_need() {
    for make in [Make::Table, Make::Stream] {
        let paper = Paper { make, ..apart() };
        forbidden(&paper, |f| {
            f.add(900, "<</Type/Annot/Subtype/FreeText/Rect[0 0 9 9]>>");
        });
        forbidden(&paper, |f| {
            f.add(
                900,
                "<</Type/Annot/Subtype/FreeText/Rect[0 0 9 9]/Contents(10000)>>",
            );
            let body = &mut f.object(ANNOTATIONS).body;
            *body = body.replace(']', " 900 0 R]");
        });
        forbidden(&paper, |f| {
            f.add(900, "<</FT/Tx/T(amount)/V(10000)>>");
            let body = &mut f.object(FIELDS).body;
            *body = body.replace(']', " 900 0 R]");
        });
        forbidden(&paper, |f| {
            f.find("/FT/Sig").body.insert_str(2, "/AA<</E 1 0 R>>");
        });
        forbidden(&paper, |f| {
            f.find("/Subtype/Widget").body.insert_str(2, "/OC 1 0 R");
        });
        forbidden(&paper, |f| {
            f.find("/Subtype/Form").body.insert_str(2, "/OC 1 0 R");
        });
        forbidden(&paper, |f| {
            f.find("/Type/Sig/").body.insert_str(2, "/Reference[1 0 R]");
        });
    }
}

/// One widget in the lists of two pages, or twice on one: drawn where no placement was.
#[test]
fn a_widget_is_on_one_page_once() {
    let paper = Paper::default();
    let widget = |f: &mut Forgery| {
        let number = f.find("/P 4 0 R").number;
        format!(" {number} 0 R]")
    };
    for page in [3, 4] {
        forbidden(&paper, |f| {
            let widget = widget(f);
            let body = &mut f.object(page).body;
            let end = body.rfind("/Annots[").unwrap();
            let end = end + body[end..].find(']').unwrap();
            body.replace_range(end..=end, &widget);
        });
    }
}

/// Hidden on the screen, or only there and not on paper.
#[test]
fn a_widget_is_shown_and_printed() {
    for flags in ["/F 2", "/F 128", "/F 36", ""] {
        forbidden(&Paper::default(), |f| f.rename("/F 132", flags));
    }
}

/// Viewers take two fields of one name for one.
#[test]
fn the_name_of_a_field_is_new() {
    for name in ["/T(lender)", "/T(a.b)", ""] {
        forbidden(&Paper::default(), |f| f.rename("/T(next)", name));
    }
}
