//! Keywords are found where they stand, in files whose fonts say what glyphs mean.

use pdf::find_text;

use crate::paper::{MORE, Paper, stream};

/// A page in a font of squares whose `ToUnicode` says which characters they are, as
/// typesetters write it: codes of their own making.
fn page(content: &str, more: &str) -> Vec<u8> {
    let map = "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapName/A def/CMapType 2 def 1 begincodespacerange<00><ff>endcodespacerange 6 beginbfchar<01><501f><02><6b3e><03><4eba><04><7b7e><05><5b57><06><0020>endbfchar endcmap CMapName currentdict/CMap defineresource pop end end";
    let square = "1000 0 0 0 1000 1000 d1 100 0 800 800 re f";
    let font = "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<</s 21 0 R>>/Encoding<</Type/Encoding/Differences[1/s/s/s/s/s/s]>>/FirstChar 1/LastChar 6/Widths[1000 1000 1000 1000 1000 1000]/Resources<<>>/ToUnicode 22 0 R>>";
    Paper {
        page: format!("/Resources<</Font<</F 20 0 R>>>>{more}"),
        content: content.to_owned(),
        ..Paper::default()
    }
    .with(MORE, font)
    .with(MORE + 1, stream("", square))
    .with(MORE + 2, stream("", map))
    .bytes()
}

/// 借款人签字, at 40, 200 in 10 points.
const LINE: &str = "BT/F 10 Tf 40 200 Td<0102030405>Tj ET";

#[track_caller]
fn assert_near(rect: [f64; 4], expected: [f64; 4]) {
    for (side, expected) in rect.into_iter().zip(expected) {
        assert!((side - expected).abs() < 3.0, "{rect:?} for {expected}");
    }
}

#[test]
fn a_chinese_keyword_is_found_where_it_stands() {
    let file = page(LINE, "");
    let found = find_text(&file, "款人签").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].page, 0);
    assert_near(found[0].rect, [50.0, 199.0, 80.0, 209.0]);
}

#[test]
fn white_space_counts_for_nothing() {
    let file = page(
        "BT/F 10 Tf 40 200 Td[<0106>-2000<02>]TJ 0 -20 Td<0304>Tj ET",
        "",
    );
    let found = find_text(&file, "借 款").unwrap();
    assert_near(found[0].rect, [40.0, 199.0, 90.0, 209.0]);
    // Over the end of a line: its part on the first line.
    let found = find_text(&file, "款人").unwrap();
    assert_near(found[0].rect, [80.0, 199.0, 90.0, 209.0]);
}

#[test]
fn every_occurrence_is_found_in_order() {
    let file = page(&format!("{LINE} BT/F 10 Tf 200 100 Td<0405>Tj ET"), "");
    let found = find_text(&file, "签字").unwrap();
    assert_near(found[0].rect, [70.0, 199.0, 90.0, 209.0]);
    assert_near(found[1].rect, [200.0, 99.0, 220.0, 109.0]);
}

/// As it is seen: turned clockwise, the line runs down the right side.
#[test]
fn places_are_those_of_the_page_as_it_is_seen() {
    let cropped = page(LINE, "/CropBox[20 100 400 300]");
    let found = find_text(&cropped, "借").unwrap();
    assert_near(found[0].rect, [20.0, 99.0, 30.0, 109.0]);
    let turned = page(LINE, "/Rotate 90");
    let found = find_text(&turned, "借").unwrap();
    assert_near(found[0].rect, [199.0, 350.0, 209.0, 360.0]);
}

#[test]
fn a_text_that_is_nowhere_is_named() {
    let file = page(LINE, "");
    for keyword in ["出借人", "字签", "", " "] {
        let refused = find_text(&file, keyword).unwrap_err();
        assert_eq!(refused.code(), "text-not-found");
    }
    // Outside of the page nobody sees it.
    let outside = page("BT/F 10 Tf 40 900 Td<0102>Tj ET", "");
    assert_eq!(
        find_text(&outside, "借款").unwrap_err().code(),
        "text-not-found"
    );
}
