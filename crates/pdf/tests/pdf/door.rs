//! What cannot be signed safely is refused, each by its own code.

mod costly;
mod damage;
mod policy;

use crypto::Suite;
use pdf::{Base, verify::Verdict};

use crate::{
    contract::{Contract, judged},
    paper::{FORM, MORE, Make, Paper, Place, stream},
};

#[track_caller]
pub fn refused(bytes: &[u8], code: &str) {
    assert_eq!(Base::read(bytes).unwrap_err().code(), code);
    assert_ne!(judged(bytes).verdict, Verdict::Valid);
}

pub fn catalog(more: &str) -> Paper {
    Paper {
        catalog: more.to_owned(),
        ..Paper::default()
    }
}

pub fn object(body: &str) -> Vec<u8> {
    Paper::default().with(MORE, body).bytes()
}

#[test]
fn an_encrypted_file() {
    for make in [Make::Table, Make::Stream] {
        let trailer = "/Encrypt 20 0 R".to_owned();
        let paper = Paper {
            make,
            trailer,
            ..Paper::default()
        };
        refused(
            &paper.with(MORE, "<</Filter/Standard/V 1>>").bytes(),
            "pdf-encrypted",
        );
    }
}

#[test]
fn an_xfa_form() {
    let paper = Paper {
        form: Place::Apart,
        ..Paper::default()
    };
    let paper = paper
        .with(FORM, "<</Fields[]/XFA 20 0 R>>")
        .with(MORE, stream("", "<xdp/>"));
    refused(&paper.bytes(), "pdf-xfa");
}

#[test]
fn a_script() {
    refused(
        &catalog("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>").bytes(),
        "pdf-javascript",
    );
    refused(&object("<</S/JavaScript/JS 21 0 R>>"), "pdf-javascript");
    refused(&object("[[<</A<</S/JavaScript>>>>]]"), "pdf-javascript");
    refused(&object("<</S/Rendition/JS(1)>>"), "pdf-javascript");
    refused(&object("<</S/J#61vaScript>>"), "pdf-javascript");
}

#[test]
fn a_script_whose_kind_is_an_object_of_its_own() {
    let paper = Paper::default().with(MORE, "<</S 21 0 R/Next 22 0 R>>");
    refused(
        &paper.clone().with(MORE + 1, "/JavaScript").bytes(),
        "pdf-javascript",
    );
    refused(
        &paper.with(MORE + 1, "/Launch").bytes(),
        "pdf-launch-action",
    );
}

#[test]
fn an_action_that_starts_a_program() {
    refused(&object("<</S/Launch/F(a.exe)>>"), "pdf-launch-action");
    let paper = Paper {
        make: Make::Packed,
        ..Paper::default()
    };
    refused(
        &paper.with(MORE, "<</A<</S/Launch>>>>").bytes(),
        "pdf-launch-action",
    );
}

#[test]
fn hidden_layers() {
    let layers = |more: &str| catalog(&format!("/OCProperties<</OCGs[20 0 R]/D<<{more}>>>>"));
    let group = "<</Type/OCG/Name(a)>>";
    refused(
        &layers("/OFF[20 0 R]").with(MORE, group).bytes(),
        "pdf-hidden-layers",
    );
    refused(
        &layers("/BaseState/OFF").with(MORE, group).bytes(),
        "pdf-hidden-layers",
    );
    let apart = layers("/BaseState 21 0 R")
        .with(MORE, group)
        .with(MORE + 1, "/OFF");
    refused(&apart.bytes(), "pdf-hidden-layers");
    refused(&layers("/OFF[]").with(MORE, group).bytes(), "pdf-layers");
    let none = catalog("/OCProperties<</OCGs[]/D<<>>>>");
    assert!(Base::read(&none.bytes()).is_ok());
}

#[test]
fn a_font_that_is_not_embedded() {
    let font = |more: &str| format!("<</Type/Font/BaseFont/SimSun{more}>>");
    refused(&object(&font("/Subtype/TrueType")), "pdf-font-not-embedded");
    refused(
        &object(&font("/Subtype/CIDFontType2/FontDescriptor 21 0 R")),
        "pdf-font-not-embedded",
    );
    refused(
        &object("<</Type/Font/BaseFont/Helvetica/Subtype/TrueType>>"),
        "pdf-font-not-embedded",
    );
    let with = |descriptor: &str| {
        let font = font("/Subtype/CIDFontType2/FontDescriptor 21 0 R");
        let paper = Paper::default().with(MORE, font).with(MORE + 1, descriptor);
        paper.with(MORE + 2, stream("", "font")).bytes()
    };
    refused(&with("<</Type/FontDescriptor>>"), "pdf-font-not-embedded");
    assert!(Base::read(&with("<</Type/FontDescriptor/FontFile2 22 0 R>>")).is_ok());
    // Every reader has it.
    assert!(Base::read(&object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")).is_ok());
}

#[test]
fn a_certified_file() {
    let paper = |p: &str| {
        let transform = format!("/TransformMethod/DocMDP/TransformParams<</P {p}/V/1.2>>");
        let signature = format!("<</Type/Sig/Reference[<<{transform}>>]>>");
        catalog("/Perms<</DocMDP 20 0 R>>")
            .with(MORE, signature)
            .with(MORE + 1, "1")
            .bytes()
    };
    refused(&paper("1"), "pdf-certified");
    refused(&paper("21 0 R"), "pdf-certified");
    assert!(Base::read(&paper("2")).is_ok());
}

#[test]
fn a_signed_file_is_let_in_again() {
    let bytes = Contract::signed(&Paper::default(), Suite::Sm2Sm3).bytes;
    assert!(Base::read(&bytes).is_ok());
}
