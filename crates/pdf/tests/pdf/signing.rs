//! What signing refuses, and what it costs.

use std::sync::Arc;

use crypto::{Digester, Hash, Suite};
use pdf::{Appearance, Base, Field, Font, PdfError, Picture, prepare};

use crate::{
    contract::{Contract, placement, stroke},
    house::{HOUSE, act},
    paper::{CONTENT, MORE, Make, Paper, Place, stream},
};

fn base() -> Base {
    Base::read(&Paper::default().bytes()).unwrap()
}

fn field<'a>(appearance: &'a Appearance, placements: &'a [pdf::Placement]) -> Field<'a> {
    Field {
        name: "lender",
        place: pdf::Place::New(placements),
        appearance: Some(appearance),
        signer: "张三",
        reason: "pad",
        time_ms: 1_800_000_000_000,
        reserve: 4096,
        certify: None,
    }
}

#[track_caller]
fn refused(base: &Base, field: &Field, code: &str) {
    assert_eq!(prepare(base, field).unwrap_err().code(), code);
}

fn noto() -> Arc<Font> {
    let folder = std::env::var("INKSEAL_FONTS").unwrap();
    let path = std::path::Path::new(&folder).join("NotoSansSC-Regular.otf");
    Arc::new(Font::new(Arc::new(std::fs::read(path).unwrap())).unwrap())
}

#[test]
fn the_same_signature_is_laid_out_the_same() {
    for paper in Paper::all() {
        let digest = || {
            let contract = Contract::of(paper.bytes());
            let prepared = contract.prepare(&act(Suite::P256Sha256, "lender"), None);
            let mut prefix = Digester::new(Hash::Sha256);
            prefix.update(&contract.bytes);
            prepared.digest(&prefix)
        };
        assert_eq!(digest(), digest());
    }
}

#[test]
fn a_message_that_does_not_fit_is_refused() {
    let stroke = stroke();
    let prepared = prepare(&base(), &field(&stroke, &[])).unwrap();
    assert!(prepared.clone().embed(&[0x30; 4096]).is_ok());
    let (needed, reserved) = (4097, 4096);
    let refused = prepared.embed(&[0x30; 4097]).unwrap_err();
    assert_eq!(refused, PdfError::NoRoom { needed, reserved });
}

#[test]
fn a_field_has_a_name_of_its_own() {
    let stroke = stroke();
    let field = field(&stroke, &[]);
    let mut contract = Contract::of(Paper::default().bytes());
    contract.sign(&HOUSE, &act(Suite::P256Sha256, "lender"));
    refused(&contract.base, &field, "pdf-field-taken");
    // In a file that was read anew, and in one that came with a field.
    refused(
        &Base::read(&contract.bytes).unwrap(),
        &field,
        "pdf-field-taken",
    );
    let paper = Paper {
        form: Place::Apart,
        ..Paper::default()
    };
    let paper = paper
        .with(MORE, "<</FT/Tx/T<6c656E646572>>>")
        .with(crate::paper::FORM, "<</Fields[20 0 R]>>");
    refused(
        &Base::read(&paper.bytes()).unwrap(),
        &field,
        "pdf-field-taken",
    );
    for name in ["", "a.b", &"x".repeat(128)] {
        refused(&base(), &Field { name, ..field }, "pdf-bad-field-name");
    }
}

#[test]
fn a_placement_is_a_rectangle_on_a_page() {
    let stroke = stroke();
    for rect in [
        [10.0, 10.0, 10.0, 50.0],
        [50.0, 10.0, 10.0, 50.0],
        [-9.0, 10.0, 50.0, 50.0],
        [10.0, 10.0, 402.0, 50.0],
        [10.0, 10.0, 50.0, 302.0],
        [f64::NAN, 10.0, 50.0, 50.0],
        [f64::NEG_INFINITY, 10.0, f64::INFINITY, 50.0],
    ] {
        let placements = [placement(0, rect)];
        refused(&base(), &field(&stroke, &placements), "pdf-bad-placement");
    }
    let placements = [placement(2, [10.0, 10.0, 50.0, 50.0])];
    refused(&base(), &field(&stroke, &placements), "pdf-no-such-page");
    // Turned, the page is 300 wide and 400 high.
    let turned = Paper {
        page: "/Rotate 90".to_owned(),
        ..Paper::default()
    };
    let turned = Base::read(&turned.bytes()).unwrap();
    assert_eq!(
        format!("{:?}", turned.page_size(0).unwrap()),
        "[300.0, 400.0]"
    );
    let placements = [placement(0, [10.0, 310.0, 50.0, 390.0])];
    assert!(prepare(&turned, &field(&stroke, &placements)).is_ok());
    refused(&base(), &field(&stroke, &placements), "pdf-bad-placement");
}

#[test]
fn an_appearance_has_something_to_see() {
    let at = [placement(0, [10.0, 10.0, 50.0, 50.0])];
    let paths = |polygons, width, color| Appearance::Paths {
        polygons,
        width,
        height: 10.0,
        color,
    };
    let triangle = vec![[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]];
    for appearance in [
        paths(vec![], 20.0, [0.0; 3]),
        paths(vec![vec![[0.0, 0.0], [9.0, 9.0]]], 20.0, [0.0; 3]),
        paths(vec![triangle.clone()], 0.0, [0.0; 3]),
        paths(vec![triangle.clone()], f32::NAN, [0.0; 3]),
        paths(vec![triangle.clone()], 20.0, [2.0, 0.0, 0.0]),
        paths(vec![vec![[f32::NAN; 2]; 3]], 20.0, [0.0; 3]),
    ] {
        refused(&base(), &field(&appearance, &at), "appearance-empty");
    }
    for bytes in [&b""[..], b"\x89PNG\r\n\x1a\n", b"GIF89a"] {
        assert_eq!(
            Picture::from_png(bytes).unwrap_err().code(),
            "picture-unusable"
        );
    }
    let broken = Font::new(Arc::new(b"no font".to_vec())).unwrap_err();
    assert_eq!(broken.code(), "font-unusable");
}

#[test]
fn a_character_that_the_font_lacks_is_named() {
    let text = Appearance::Text {
        lines: vec!["张三".to_owned(), "李\u{10ffff}".to_owned()],
        font: noto(),
        color: [0.0; 3],
    };
    let at = [placement(0, [10.0, 10.0, 50.0, 50.0])];
    let refused = prepare(&base(), &field(&text, &at)).unwrap_err();
    assert_eq!(refused, PdfError::MissingGlyph('\u{10ffff}'));
    assert!(refused.to_string().contains("U+10FFFF"), "{refused}");
}

/// Not time, which differs from run to run: what is laid out, and what is kept.
#[test]
fn the_increment_of_a_large_file_is_no_larger() {
    let increment = |content: String| {
        let paper = Paper {
            make: Make::Stream,
            ..Paper::default()
        };
        let bytes = paper.with(CONTENT, stream("", &content)).bytes();
        let contract = Contract::of(bytes);
        let prepared = contract.prepare(&act(Suite::P256Sha256, "lender"), None);
        let (increment, base) = prepared.embed(&[]).unwrap();
        (
            contract.bytes.len(),
            increment.len(),
            format!("{base:?}").len(),
        )
    };
    let (small, large) = (
        increment("q Q".to_owned()),
        increment("q Q ".repeat(1_300_000)),
    );
    assert!(large.0 > small.0 + 5_000_000);
    // Offsets have more digits; nothing else differs.
    assert!(large.1 <= small.1 + 16, "{large:?} {small:?}");
    assert!(large.2 <= small.2 + 32, "{large:?} {small:?}");
}
