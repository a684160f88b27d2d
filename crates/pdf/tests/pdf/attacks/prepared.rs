//! Files that an attacker wrote before somebody else signed them: what they show now is
//! not what they can be made to show later.

use super::bases::{AMOUNT, DRAWING, EMPTY, FIRST, FONT, Hand, REMARK, form, plain, seal};
use crate::paper::{FORM, Make, Paper, stream};

/// Signed by somebody who saw nothing wrong in it.
fn signed(paper: &Paper) -> Vec<u8> {
    Hand::default().sign(&paper.bytes())
}

/// A drawing, and in what colour.
pub fn drawing(color: &str) -> String {
    let dict = "/Type/XObject/Subtype/Form/BBox[0 0 400 300]";
    stream(dict, &format!("{color} rg 0 0 400 300 re f"))
}

/// The page draws `/X` from resources that say this, and the form is as always.
fn drawn(resources: &str, name: &str) -> Paper {
    Paper {
        page: format!(
            "/Annots[{AMOUNT} 0 R {REMARK} 0 R {EMPTY} 0 R]/Resources<</Font<</F {FONT} 0 R>>{resources}>>"
        ),
        content: format!("0 0 1 rg 20 20 60 10 re f q/{name} Do Q"),
        ..form()
    }
}

bases! {
    /// The catalog is the page's dictionary of drawings, and its metadata are one.
    metadata_drawn = {
        let mut paper = drawn("/XObject 1 0 R", "Metadata");
        paper.catalog += "/Metadata 50 0 R";
        signed(&paper.with(50, drawing("0 0 0")))
    };
    /// The same, with validation data that are not there yet.
    data_drawn = signed(&drawn("/XObject 1 0 R", "DSS"));
    /// A field is the page's dictionary of drawings, and its value is one.
    value_drawn = {
        let field = format!("<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/F 4/Rect[200 100 300 120]/P 3 0 R/V {DRAWING} 0 R>>");
        signed(&drawn(&format!("/XObject {AMOUNT} 0 R"), "V").with(AMOUNT, field))
    };
    /// The page is its own dictionary of fonts, and its annotations are one.
    annotations_written = {
        let font = |name: &str| format!("<</Type/Font/Subtype/Type1/BaseFont/{name}>>");
        let paper = Paper {
            page: "/Annots 50 0 R/Resources<</Font 3 0 R>>".to_owned(),
            content: "BT/Annots 40 Tf 20 60 Td(abcdef)Tj ET".to_owned(),
            ..form()
        };
        signed(&paper.with(50, font("Helvetica")).with(51, font("Symbol")))
    };
    /// The page draws an object that is missing.
    missing_drawn = signed(&drawn("/XObject<</X 90 0 R>>", "X"));
    /// The page draws an object that is free.
    free_drawn = {
        let paper = drawn("/XObject<</X 90 0 R>>", "X");
        let update = Hand::default().update(&paper.bytes());
        let update = super::bases::Update { rows: "90 1\n0000000000 00001 f \n".to_owned(), ..update };
        seal(update.save(&paper.bytes()), plain)
    };
    /// The page draws an object of another generation than the one that is there.
    generation_drawn = signed(&drawn(&format!("/XObject<</X {DRAWING} 1 R>>"), "X").with(DRAWING, drawing("1 0 0")));
    /// The page draws an object with a number above the size that the trailer tells.
    above_size = {
        let paper = Paper { size: Some(90), ..drawn("/XObject<</X 90 0 R>>", "X") };
        let paper = paper.with(90, drawing("1 0 0"));
        let before = paper.bytes();
        let mut hand = Hand { number: 80, ..Hand::default() };
        hand.name = "first";
        seal(hand.update(&before).save_as(&before, 90), plain)
    };
    /// The page's fonts are in an object stream.
    fonts_packed = {
        let fonts = |make| Paper {
            make,
            page: "/Annots[30 0 R 31 0 R 32 0 R]/Resources 52 0 R".to_owned(),
            ..form()
        }
        .with(52, format!("<</Font<</F {FONT} 0 R>>/XObject<</X {DRAWING} 0 R>>>>"))
        .with(53, drawing("1 0 0"));
        let update = Hand::default().update(&fonts(Make::Table).bytes());
        seal(update.save(&fonts(Make::Packed).bytes()), plain)
    };
    /// The fields' looks are to be made by who opens the file, with a font that is missing.
    looks_made_later = {
        let paper = form().with(FORM, format!("<</NeedAppearances true/Fields[{AMOUNT} 0 R {REMARK} 0 R {EMPTY} 0 R]/DA(/F 0 Tf)/DR<</Font<</F {FONT} 0 R>>>>>>"));
        let field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/V(100)/F 4/Rect[200 100 300 120]/P 3 0 R/DA(/G 9 Tf)>>";
        signed(&paper.with(AMOUNT, field))
    };
    /// A note of any kind that the form calls a field.
    note_as_field = {
        let mut paper = form().with(33, "<</Type/Annot/Subtype/Stamp/T(note)/F 4/Rect[0 0 400 300]/P 3 0 R>>");
        paper.page = paper.page.replace("/Annots[", "/Annots[33 0 R ");
        signed(&paper.with(FORM, format!("<</Fields[33 0 R {AMOUNT} 0 R {REMARK} 0 R {EMPTY} 0 R]/DA(/F 0 Tf)>>")))
    };
    /// Two fields have one name, and the first is signed by its child.
    one_name = {
        let parent = "<</FT/Sig/T(second)/Kids[34 0 R]/V 100 0 R>>";
        let child = "<</Type/Annot/Subtype/Widget/Parent 33 0 R/F 132/Rect[20 150 120 200]/P 3 0 R/AP<</N 41 0 R>>>>";
        let mut paper = form().with(33, parent).with(34, child);
        paper.page = paper.page.replace("/Annots[", "/Annots[34 0 R ");
        let paper = paper.with(FORM, format!("<</SigFlags 3/Fields[33 0 R {AMOUNT} 0 R {REMARK} 0 R {EMPTY} 0 R]/DA(/F 0 Tf)>>"));
        let before = paper.bytes();
        let mut update = Hand::default().update(&before);
        update.objects.retain(|(number, _)| *number == FIRST);
        seal(update.save(&before), plain)
    };
    /// An empty field over the whole page, hidden.
    hidden_field = {
        let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(second)/F 2/Rect[0 0 400 300]/P 3 0 R>>";
        signed(&form().with(EMPTY, field))
    };
    /// Layers, one of which is hidden.
    layered = {
        let mut paper = drawn("/XObject<</X 41 0 R>>/Properties<</L 54 0 R>>", "X");
        paper.catalog += "/OCProperties<</OCGs[54 0 R]/D 55 0 R>>";
        "/OC/L BDC q/X Do Q EMC".clone_into(&mut paper.content);
        signed(&paper
            .with(DRAWING, drawing("1 0 0"))
            .with(54, "<</Type/OCG/Name(Layer)>>")
            .with(55, "<</OFF[54 0 R]>>"))
    };
    /// A stream of the file has another content of the page in it, as an object.
    waiting = {
        let evil = stream("/Evil true", super::bases::RED);
        signed(&form().with(60, stream("", &format!("5 0 obj\n{evil}\nendobj\n"))))
    };
}
