//! A signature is seen where it was placed and nowhere else.

use std::sync::Arc;

use crypto::Suite;
use pdf::{Appearance, Font, Picture};

use crate::{
    canvas::Canvas,
    contract::{Contract, assert_valid},
    house::{HOUSE, act},
    paper::Paper,
};

/// Where contracts are signed here: 60 by 30 points on both pages.
const PLACE: [usize; 4] = [100, 100, 160, 130];

/// Pages before and after a signature with this appearance.
fn drawn(paper: &Paper, width: u32, appearance: Option<&Appearance>) -> (Canvas, Canvas) {
    let mut contract = Contract::of(paper.bytes());
    let before = Canvas::of(&contract.bytes, 0, width);
    contract.sign_as(&HOUSE, &act(Suite::P256Sha256, "lender"), appearance);
    assert_valid(&contract.bytes);
    (before, Canvas::of(&contract.bytes, 0, width))
}

/// The ink reaches these sides, within a point.
#[track_caller]
fn assert_ink((before, after): &(Canvas, Canvas), expected: [usize; 4]) {
    let found = before.difference(after).expect("nothing was drawn");
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(found.abs_diff(expected) <= 1, "{found} for {expected}");
    }
}

pub fn noto() -> Arc<Font> {
    let folder = std::env::var("INKSEAL_FONTS").unwrap();
    let path = std::path::Path::new(&folder).join("NotoSansSC-Regular.otf");
    Arc::new(Font::new(Arc::new(std::fs::read(path).unwrap())).unwrap())
}

/// A red square whose left half cannot be seen.
pub fn seal() -> Appearance {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 40, 40);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..1600)
        .flat_map(|at| [200, 0, 0, if at % 40 < 20 { 0 } else { 255 }])
        .collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    Appearance::Picture(Arc::new(Picture::from_png(&png).unwrap()))
}

#[test]
fn strokes_fill_their_placement() {
    let pages = drawn(&Paper::default(), 400, None);
    assert_ink(&pages, PLACE);
    // The lower right of the triangle, not its upper left.
    assert_eq!(pages.1.at(150, 105), [0, 0, 0]);
    assert_eq!(pages.1.at(110, 125), [255, 255, 255]);
}

/// However the page is turned and cropped: what was placed as seen is seen there, and
/// upright.
#[test]
fn strokes_are_upright_on_turned_and_cropped_pages() {
    for crop in ["", "/CropBox[50 30 350 280]"] {
        for turn in [0, 90, 180, 270, -90, 450] {
            let page = format!("{crop}/Rotate {turn}");
            let upright = turn % 180 == 0;
            let width = match (crop.is_empty(), upright) {
                (true, true) => 400,
                (true, false) | (false, true) => 300,
                (false, false) => 250,
            };
            let paper = Paper {
                page,
                ..Paper::default()
            };
            let pages = drawn(&paper, width, None);
            assert_ink(&pages, PLACE);
            assert_eq!(pages.1.at(150, 105), [0, 0, 0], "{turn}");
            assert_eq!(pages.1.at(110, 125), [255, 255, 255], "{turn}");
        }
    }
}

/// A square in the middle of the placement, and what is under its empty half shows.
#[test]
fn a_seal_is_transparent_where_it_is() {
    let content = "0 0 1 rg 100 100 60 10 re f".to_owned();
    let pages = drawn(
        &Paper {
            content,
            ..Paper::default()
        },
        400,
        Some(&seal()),
    );
    assert_ink(&pages, [130, 100, 145, 130]);
    assert_eq!(pages.1.at(120, 105), [0, 0, 255]);
    assert_eq!(pages.1.at(120, 125), [255, 255, 255]);
    assert_eq!(pages.1.at(140, 105), [200, 0, 0]);
    assert_eq!(pages.1.at(140, 125), [200, 0, 0]);
}

#[test]
fn text_is_drawn_in_its_placement() {
    let text = Appearance::Text {
        lines: vec!["张三".to_owned(), "2027年1月15日".to_owned()],
        font: noto(),
        color: [0.8, 0.0, 0.0],
    };
    let (before, after) = drawn(&Paper::default(), 400, Some(&text));
    let [x0, y0, x1, y1] = before.difference(&after).expect("nothing was drawn");
    assert!(x0 + 1 >= PLACE[0] && y0 + 1 >= PLACE[1] && x1 <= PLACE[2] + 1 && y1 <= PLACE[3] + 1);
    assert!(x1 - x0 > 35 && y1 - y0 > 20, "{:?}", [x0, y0, x1, y1]);
}

#[test]
fn a_closing_signature_is_not_seen() {
    let mut contract = Contract::of(Paper::default().bytes());
    let before = Canvas::of(&contract.bytes, 0, 400);
    contract.sign(&HOUSE, &crate::contract::closing());
    assert_eq!(
        before.difference(&Canvas::of(&contract.bytes, 0, 400)),
        None
    );
}

#[test]
fn earlier_appearances_stay_under_later_signatures() {
    let contract = Contract::signed(&Paper::default(), Suite::Sm2Sm3);
    for page in [0, 1] {
        let first = Canvas::of(&contract.bytes[..contract.lengths[1]], page, 400);
        let last = Canvas::of(&contract.bytes, page, 400);
        // Both parties sign in the same place with the same stroke here; only the
        // edges, which are drawn twice, may darken.
        if let Some([x0, y0, x1, y1]) = first.difference(&last) {
            assert!(x0 + 1 >= 100 && y0 + 1 >= 100 && x1 <= 161 && y1 <= 131);
        }
    }
}

#[test]
fn the_same_page_gives_the_same_picture() {
    let bytes = Contract::signed(&Paper::default(), Suite::P256Sha256).bytes;
    let png = || pdf::page_png(&bytes, 0, 333).unwrap();
    assert_eq!(png(), png());
    assert_eq!(pdf::page_count(&bytes).unwrap(), 2);
    assert_eq!(
        pdf::page_png(&bytes, 2, 333).unwrap_err().code(),
        "pdf-no-such-page"
    );
    assert_eq!(
        pdf::page_png(&bytes, 0, 0).unwrap_err().code(),
        "page-not-drawable"
    );
    assert_eq!(
        pdf::page_png(&bytes, 0, 9000).unwrap_err().code(),
        "page-not-drawable"
    );
}
