//! A mark with name, time and reason as text by it.

use crypto::Suite;
use pdf::{Appearance, Label, LabelSide};

use crate::{
    appearances::{noto, seal},
    canvas::Canvas,
    contract::{Contract, assert_valid, stroke},
    house::{HOUSE, act},
    paper::Paper,
};

/// Redder than the soft edges of black strokes.
fn red([r, g, b]: [u8; 3]) -> bool {
    r > g.saturating_add(60) && r > b.saturating_add(60)
}

fn black([r, g, b]: [u8; 3]) -> bool {
    r < 60 && g < 60 && b < 60
}

fn labelled(mark: Appearance, side: LabelSide) -> Appearance {
    let lines = ["张三", "2027-01-15 16:00:00", "同意本合同"];
    let label = Label {
        lines: lines.map(str::to_owned).to_vec(),
        font: noto(),
        color: [1.0, 0.0, 0.0],
        side,
    };
    Appearance::Labelled {
        mark: Box::new(mark),
        label,
    }
}

/// The first page with it at 100, 100 to 160, 130.
fn drawn(page: &str, width: u32, appearance: &Appearance) -> Canvas {
    let page = page.to_owned();
    let mut contract = Contract::of(
        Paper {
            page,
            ..Paper::default()
        }
        .bytes(),
    );
    let act = act(Suite::P256Sha256, "lender");
    contract.sign_as(&HOUSE, &act, Some(appearance));
    assert_valid(&contract.bytes);
    Canvas::of(&contract.bytes, 0, width)
}

#[track_caller]
fn assert_in_place([x0, y0, x1, y1]: [usize; 4]) {
    assert!(
        x0 >= 99 && y0 >= 99 && x1 <= 161 && y1 <= 131,
        "{:?}",
        [x0, y0, x1, y1]
    );
}

/// Turned or not: the text is under the strokes, and all of it in the placement.
#[test]
fn a_label_below_is_below_as_the_page_is_seen() {
    for turn in [0, 90, 180, 270] {
        let width = if turn % 180 == 0 { 400 } else { 300 };
        let below = labelled(stroke(), LabelSide::Below);
        let page = drawn(&format!("/Rotate {turn}"), width, &below);
        let (text, mark) = (page.ink(red).unwrap(), page.ink(black).unwrap());
        assert_in_place(text);
        assert_in_place(mark);
        assert!(text[3] <= mark[1] + 1, "{turn}: {text:?} under {mark:?}");
        assert!(text[3] - text[1] >= 6, "{turn}: {text:?}");
    }
}

#[test]
fn a_label_beside_is_to_the_right_as_the_page_is_seen() {
    for turn in [0, 90, 180, 270] {
        let width = if turn % 180 == 0 { 400 } else { 300 };
        let beside = labelled(stroke(), LabelSide::Beside);
        let page = drawn(&format!("/Rotate {turn}"), width, &beside);
        let (text, mark) = (page.ink(red).unwrap(), page.ink(black).unwrap());
        assert_in_place(text);
        assert_in_place(mark);
        assert!(text[0] + 1 >= mark[2], "{turn}: {text:?} beside {mark:?}");
        assert!(
            2 * (text[2] - text[0]) > mark[2] - mark[0],
            "{turn}: {text:?}"
        );
    }
}

/// Half of the seal cannot be seen, above the text as anywhere.
#[test]
fn a_seal_keeps_its_transparency_above_a_label() {
    let page = drawn("", 400, &labelled(seal(), LabelSide::Below));
    assert_in_place(page.ink(red).unwrap());
    assert!(red(page.at(135, 125)), "{:?}", page.at(135, 125));
    assert_eq!(page.at(125, 125), [255; 3]);
}

#[test]
fn a_label_without_anything_to_read_is_refused() {
    let contract = Contract::of(Paper::default().bytes());
    let none = labelled(stroke(), LabelSide::Below);
    let Appearance::Labelled { mark, mut label } = none else {
        unreachable!()
    };
    label.lines.clear();
    let none = Appearance::Labelled { mark, label };
    assert_eq!(refused(&contract, &none), "appearance-empty");
}

fn refused(contract: &Contract, appearance: &Appearance) -> &'static str {
    let place = [crate::contract::placement(0, [100.0, 100.0, 160.0, 130.0])];
    let field = pdf::Field {
        name: "lender",
        place: pdf::Place::New(&place),
        appearance: Some(appearance),
        signer: "",
        reason: "",
        time_ms: 0,
        reserve: 100,
        certify: None,
    };
    pdf::prepare(&contract.base, &field).unwrap_err().code()
}
