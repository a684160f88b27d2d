//! Keywords are found where they stand, in files whose fonts say what glyphs mean.

use pdf::{Align, Keyword, Occurrence, PdfError, Placement, Side, page_text};

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

fn find(file: &[u8], text: &str) -> Result<Vec<Placement>, PdfError> {
    pdf::find_text(file, &Keyword::new(text))
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
    let found = find(&file, "款人签").unwrap();
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
    let found = find(&file, "借 款").unwrap();
    assert_near(found[0].rect, [40.0, 199.0, 90.0, 209.0]);
    // Over the end of a line: its part on the first line.
    let found = find(&file, "款人").unwrap();
    assert_near(found[0].rect, [80.0, 199.0, 90.0, 209.0]);
}

#[test]
fn every_occurrence_is_found_in_order() {
    let file = page(&format!("{LINE} BT/F 10 Tf 200 100 Td<0405>Tj ET"), "");
    let found = find(&file, "签字").unwrap();
    assert_near(found[0].rect, [70.0, 199.0, 90.0, 209.0]);
    assert_near(found[1].rect, [200.0, 99.0, 220.0, 109.0]);
}

/// As it is seen: turned clockwise, the line runs down the right side.
#[test]
fn places_are_those_of_the_page_as_it_is_seen() {
    let cropped = page(LINE, "/CropBox[20 100 400 300]");
    let found = find(&cropped, "借").unwrap();
    assert_near(found[0].rect, [20.0, 99.0, 30.0, 109.0]);
    let turned = page(LINE, "/Rotate 90");
    let found = find(&turned, "借").unwrap();
    assert_near(found[0].rect, [199.0, 350.0, 209.0, 360.0]);
}

#[test]
fn a_text_that_is_nowhere_is_named() {
    let file = page(LINE, "");
    for keyword in ["出借人", "字签", "", " "] {
        let refused = find(&file, keyword).unwrap_err();
        assert_eq!(refused.code(), "text-not-found");
    }
    // Outside of the page nobody sees it.
    let outside = page("BT/F 10 Tf 40 900 Td<0102>Tj ET", "");
    assert_eq!(find(&outside, "借款").unwrap_err().code(), "text-not-found");
}

/// 签字 four times on each of two pages, from the top down.
fn form() -> Vec<u8> {
    let line = |y: u32| format!("BT/F 10 Tf 200 {y} Td<0405>Tj ET ");
    page(&[250, 200, 150, 100].map(line).concat(), "")
}

/// Page and y of what is found.
fn where_is(keyword: &Keyword) -> Vec<(usize, f64)> {
    let found = pdf::find_text(&form(), keyword).unwrap();
    let at = |place: &Placement| (place.page, place.rect[1].round());
    found.iter().map(at).collect()
}

#[test]
fn occurrences_are_counted_from_the_start_and_from_the_end() {
    let nth = |occurrence| Keyword {
        occurrence,
        ..Keyword::new("签字")
    };
    assert_eq!(where_is(&nth(Occurrence::Every)).len(), 4);
    assert_eq!(where_is(&nth(Occurrence::First(0))), [(0, 249.0)]);
    assert_eq!(where_is(&nth(Occurrence::First(2))), [(0, 149.0)]);
    assert_eq!(where_is(&nth(Occurrence::Last(0))), [(0, 99.0)]);
    assert_eq!(where_is(&nth(Occurrence::Last(3))), [(0, 249.0)]);
    for occurrence in [
        Occurrence::First(4),
        Occurrence::Last(4),
        Occurrence::Last(usize::MAX),
    ] {
        let refused = pdf::find_text(&form(), &nth(occurrence)).unwrap_err();
        let said = refused.to_string();
        assert!(
            said.contains("签字") && said.contains("4 times only"),
            "{said}"
        );
    }
}

/// The second page has no font, so that there is nothing to read on it.
#[test]
fn only_the_pages_asked_for_are_searched_and_named() {
    let on = |pages| Keyword {
        pages: Some(pages),
        ..Keyword::new("签字")
    };
    assert_eq!(where_is(&on(0..=9)).len(), 4);
    let refused = pdf::find_text(&form(), &on(1..=9)).unwrap_err();
    let said = refused.to_string();
    assert_eq!(refused.code(), "text-not-found");
    assert!(
        said.contains("签字") && said.contains("pages 2 to 2"),
        "{said}"
    );
    let refused = pdf::find_text(&form(), &on(2..=9)).unwrap_err();
    assert_eq!(refused.code(), "pdf-no-such-page");
}

/// 签字 stands at 200, 249 to 220, 259.
#[test]
fn a_place_lies_beside_its_keyword_as_asked() {
    let first = Keyword {
        occurrence: Occurrence::First(0),
        size: Some([40.0, 30.0]),
        ..Keyword::new("签字")
    };
    for (side, align, expected) in [
        (Side::Over, Align::Left, [200.0, 239.0]),
        (Side::Over, Align::Centre, [190.0, 239.0]),
        (Side::Over, Align::Right, [180.0, 239.0]),
        (Side::Above, Align::Left, [200.0, 259.0]),
        (Side::Below, Align::Right, [180.0, 219.0]),
        (Side::Before, Align::Left, [160.0, 239.0]),
        (Side::After, Align::Right, [220.0, 239.0]),
    ] {
        for offset in [[0.0, 0.0], [7.0, -5.0]] {
            let keyword = Keyword {
                side,
                align,
                offset,
                ..first.clone()
            };
            let [x0, y0, x1, y1] = pdf::find_text(&form(), &keyword).unwrap()[0].rect;
            let [x, y] = [expected[0] + offset[0], expected[1] + offset[1]];
            assert!(
                (x0 - x).abs() < 0.5 && (y0 - y).abs() < 0.5,
                "{side:?} {align:?} {x0} {y0}"
            );
            assert!((x1 - x0 - 40.0).abs() < 1e-9 && (y1 - y0 - 30.0).abs() < 1e-9);
        }
    }
}

#[test]
fn the_text_of_a_page_is_told_line_by_line_with_its_place() {
    let content = "BT/F 10 Tf 40 200 Td[<0102>-500<03>-5000<0405>]TJ 0 -20 Td<0304>Tj ET";
    let lines = page_text(&page(content, ""), 0).unwrap();
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["借款 人", "签字", "人签"]);
    assert_near(lines[0].rect, [40.0, 199.0, 75.0, 209.0]);
    assert_near(lines[1].rect, [125.0, 199.0, 145.0, 209.0]);
    assert_near(lines[2].rect, [40.0, 179.0, 60.0, 189.0]);
    let refused = page_text(&page(content, ""), 2).unwrap_err();
    assert_eq!(refused.code(), "pdf-no-such-page");
}
