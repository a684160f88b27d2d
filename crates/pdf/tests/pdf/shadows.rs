//! A party that the anchors vouch for prepares the file, or adds a validly signed
//! increment that does more than sign. Nothing of it may pass as valid.

use crypto::Suite;
use pdf::verify::Verdict;

use crate::{
    contract::{Contract, assert_refused, assert_valid, judged},
    forger::{self, Forgery},
    house::{HOUSE, act},
    paper::{ANNOTATIONS, CONTENT, FIELDS, FORM, MORE, Make, Paper, Place, stream},
};

const FORBIDDEN: &str = "revision-not-allowed";

/// A file with one honest signature, and the increment that the next party would add.
fn next(paper: &Paper) -> (Contract, Forgery) {
    let mut contract = Contract::of(paper.bytes());
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "lender"));
    let forgery = Forgery::next(&contract);
    (contract, forgery)
}

/// The verdict over the increment after this was done to it.
#[track_caller]
fn forbidden(paper: &Paper, change: impl Fn(&mut Forgery)) {
    let (contract, mut forgery) = next(paper);
    assert_valid(&forgery.sign(&contract.bytes));
    change(&mut forgery);
    assert_refused(&forgery.sign(&contract.bytes), Verdict::Altered, FORBIDDEN);
}

/// The same for the first signature, with which a file prepared for it comes to life.
#[track_caller]
fn forbidden_first(paper: &Paper, change: impl Fn(&mut Forgery)) {
    let contract = Contract::of(paper.bytes());
    let mut forgery = Forgery::next(&contract);
    assert_valid(&forgery.sign(&contract.bytes));
    change(&mut forgery);
    assert_refused(&forgery.sign(&contract.bytes), Verdict::Altered, FORBIDDEN);
}

fn apart() -> Paper {
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
    let paper = Paper::default().with(MORE, "<</Fields[]/NeedAppearances true>>");
    forbidden_first(&paper, |f| {
        let form = f.find("/SigFlags").number;
        let body = f
            .object(form)
            .body
            .replace("<</Fields", "<</NeedAppearances true/Fields");
        f.renumber(form, MORE);
        f.object(MORE).body = body
            .replace("<</NeedAppearances true/Fields[", "<</Fields[")
            .replace("/SigFlags", "/NeedAppearances true/SigFlags");
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

/// Viewers take two fields of one name for one.
#[test]
fn the_name_of_a_field_is_new() {
    for name in ["/T(lender)", "/T(a.b)", ""] {
        forbidden(&Paper::default(), |f| f.rename("/T(next)", name));
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
