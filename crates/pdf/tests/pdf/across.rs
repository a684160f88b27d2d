//! One signature at many places: the same on each, or a seal across all of them.

use std::sync::Arc;

use crypto::Suite;
use pdf::{Appearance, Base, Field, Picture, Placement, across_pages, prepare};

use crate::{
    canvas::Canvas,
    contract::{Contract, RESERVE, assert_valid, placement, stroke},
    house::{HOUSE, House, act},
    judges::{self, Desk},
    paper::{MORE, Paper},
};

/// A picture of columns, each in its own colour, so that a strip tells which it is.
fn columns() -> Arc<Picture> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 240, 240);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..240 * 240_u32)
        .flat_map(|at| [200, u8::try_from(at % 240).unwrap(), 40])
        .collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    Arc::new(Picture::from_png(&png).unwrap())
}

/// So many pages of 400 by 300 points; those that are not the first two are turned.
fn pages(count: u32) -> Vec<u8> {
    let kids: Vec<_> = (MORE..MORE + count - 2)
        .map(|n| format!("{n} 0 R"))
        .collect();
    let kids = format!(" {}", kids.join(" "));
    let mut paper = Paper {
        pages: Some((kids, count)),
        ..Paper::default()
    };
    for n in MORE..MORE + count - 2 {
        let body = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Rotate 90/Resources<<>>/Contents 5 0 R>>";
        paper = paper.with(n, body);
    }
    paper.bytes()
}

/// The file with one signature that has this appearance at these places.
fn sealed(
    house: &House,
    file: Vec<u8>,
    appearance: &Appearance,
    placements: &[Placement],
) -> Contract {
    let mut contract = Contract::of(file);
    let field = Field {
        name: "seal",
        place: pdf::Place::New(placements),
        appearance: Some(appearance),
        signer: "沪信融资担保有限公司",
        reason: "seal",
        time_ms: house.now_ms(),
        reserve: RESERVE,
        certify: None,
    };
    let prepared = prepare(&contract.base, &field).unwrap();
    contract.finish(prepared, house, &act(Suite::P256Sha256, "seal"));
    contract
}

/// The file with a seal of 120 points across all pages.
fn across(house: &House, file: Vec<u8>) -> Contract {
    let base = Base::read(&file).unwrap();
    let sizes: Vec<_> = (0..base.pages())
        .map(|page| base.page_size(page).unwrap())
        .collect();
    let (placements, parts): (Vec<_>, Vec<_>) = across_pages(&sizes, [120.0, 120.0], 0.5)
        .unwrap()
        .into_iter()
        .unzip();
    let picture = columns();
    sealed(
        house,
        file,
        &Appearance::Parts { picture, parts },
        &placements,
    )
}

#[test]
fn the_same_handwriting_stands_at_several_places_in_one_signature() {
    let places = [
        placement(0, [100.0, 100.0, 160.0, 130.0]),
        placement(0, [200.0, 200.0, 320.0, 260.0]),
        placement(1, [20.0, 240.0, 80.0, 270.0]),
    ];
    let original = Paper::default().bytes();
    let contract = sealed(&HOUSE, original.clone(), &stroke(), &places);
    assert_valid(&contract.bytes);
    let after = [0, 1].map(|page| Canvas::of(&contract.bytes, page, 400));
    for place in places {
        let [x0, y0, x1, y1] = place
            .rect
            .map(|side| format!("{side}").parse::<usize>().unwrap());
        assert_eq!(after[place.page].at(x1 - 10, y0 + 4), [0; 3]);
        assert_eq!(after[place.page].at(x0 + 10, y1 - 4), [255; 3]);
    }
    // One drawing, which the larger place and the smaller ones share.
    assert_eq!(
        count(&contract.bytes, "/Subtype/Form"),
        count(&original, "/Subtype/Form") + 1
    );
}

fn count(bytes: &[u8], needle: &str) -> usize {
    let needle = needle.as_bytes();
    bytes
        .windows(needle.len())
        .filter(|window| *window == needle)
        .count()
}

/// Side by side the strips are the whole seal again, on upright and on turned pages.
#[test]
fn a_seal_across_all_pages_has_one_strip_on_each_right_edge() {
    let contract = across(&HOUSE, pages(4));
    assert_valid(&contract.bytes);
    let before = pages(4);
    for page in 0..4 {
        let after = Canvas::of(&contract.bytes, page, 400);
        let drawn = Canvas::of(&before, page, 400).difference(&after);
        assert_eq!(drawn, Some([370, 90, 400, 210]), "page {page}");
        for x in [1, 15, 28] {
            let [red, column, _] = after.at(370 + x, 150);
            let expected = 2 * (30 * page + x);
            assert_eq!(red, 200, "page {page}");
            assert!(
                usize::from(column).abs_diff(expected) <= 2,
                "page {page}: {column} {expected}"
            );
        }
    }
}

#[test]
fn the_picture_of_a_seal_across_pages_is_in_the_file_once() {
    let contract = across(&HOUSE, pages(12));
    assert_eq!(count(&contract.bytes, "/Subtype/Image"), 1);
    // Three groups of four pages, the first two of twelve being upright.
    assert_eq!(count(&contract.bytes, "/Subtype/Form"), 4 + 2);
}

#[test]
fn strips_are_eight_millimetres_wide_or_more_and_make_whole_seals() {
    for count in 2..=500 {
        let placed = across_pages(&vec![[595.0, 842.0]; count], [119.0, 119.0], 0.5).unwrap();
        assert_eq!(placed.len(), count);
        let mut end = 1.0;
        for (nth, (placement, [from, to])) in placed.iter().enumerate() {
            let [x0, y0, x1, y1] = placement.rect;
            assert_eq!(placement.page, nth);
            assert!((x1 - 595.0).abs() < 1e-9 && (y0 + y1 - 842.0).abs() < 1e-9);
            assert!(x1 - x0 > 8.0 * 72.0 / 25.4, "{count}: {}", x1 - x0);
            assert!((x1 - x0 - 119.0 * (to - from)).abs() < 1e-9);
            // It begins where the one before ended, or a new seal begins.
            let begins =
                (from - end).abs() < 1e-9 || (*from == 0.0 && (end - 1.0_f64).abs() < 1e-9);
            assert!(begins && to - from < 0.51, "{count}: {from} after {end}");
            end = *to;
        }
        assert!((end - 1.0).abs() < 1e-9, "{count}");
    }
}

/// So that the seals of two companies do not lie on each other.
#[test]
fn a_seal_stands_as_high_as_it_is_asked_to() {
    for (middle, bottom) in [(0.25, 90.0), (0.5, 190.0), (0.75, 290.0)] {
        let placed = across_pages(&[[300.0, 400.0], [300.0, 400.0]], [20.0, 20.0], middle);
        for (placement, _) in placed.unwrap() {
            let [_, y0, _, y1] = placement.rect;
            assert!((y0 - bottom).abs() < 1e-9 && (y1 - y0 - 20.0).abs() < 1e-9);
        }
    }
}

#[test]
fn one_page_alone_and_too_many_are_refused_by_name() {
    let refused =
        |count| across_pages(&vec![[595.0, 842.0]; count], [119.0, 119.0], 0.5).unwrap_err();
    assert_eq!(refused(1).code(), "pdf-one-page");
    assert_eq!(refused(501).code(), "pdf-too-large");
}

#[test]
fn parts_that_are_none_are_refused() {
    let base = Base::read(&pages(2)).unwrap();
    let place = [placement(0, [100.0, 100.0, 160.0, 130.0])];
    for parts in [
        vec![],
        vec![[0.0, 0.5]; 2],
        vec![[0.5, 0.5]],
        vec![[-0.1, 0.5]],
        vec![[0.0, f64::NAN]],
    ] {
        let field = Field {
            name: "seal",
            place: pdf::Place::New(&place),
            appearance: Some(&Appearance::Parts {
                picture: columns(),
                parts,
            }),
            signer: "",
            reason: "",
            time_ms: 0,
            reserve: RESERVE,
            certify: None,
        };
        assert_eq!(
            prepare(&base, &field).unwrap_err().code(),
            "appearance-empty"
        );
    }
}

#[test]
fn a_seal_across_five_hundred_pages_is_valid_content() {
    let contract = across(&HOUSE, pages(500));
    assert_valid(&contract.bytes);
    Desk::new()
        .put("file.pdf", &contract.bytes)
        .qpdf_is_content("file.pdf");
}

/// pdfsig lists a signature at each of its placements, pyHanko once.
#[test]
fn others_call_a_seal_across_pages_valid() {
    let house = judges::house();
    let desk = Desk::new();
    desk.put("file.pdf", across(&house, pages(7)).bytes);
    desk.put("root.pem", house.branch(Suite::P256Sha256).root.to_pem());
    let words = "sign validate --pretty-print --no-revocation-check --trust root.pem --trust-replace file.pdf";
    let words: Vec<_> = words.split(' ').collect();
    let said = desk.ok(&judges::pyhanko(), &words);
    let valid = said.matches("The signature is judged VALID.").count();
    assert_eq!(valid, 1, "{said}");
    let said = desk.ok("pdfsig", &["-nocert", "file.pdf"]);
    assert_eq!(said.matches("Signature is Valid.").count(), 7, "{said}");
    assert!(!said.contains("NOT"), "{said}");
}
