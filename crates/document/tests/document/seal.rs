//! The picture of a company's seal.

use document::seal_picture;

use crate::bench::FONTS;

const COMPANY: &str = "沪信融资担保有限公司";
const CODE: &str = "91310000MA1K8QX37Y";
const SIDE: usize = 480;

fn picture(company: &str, code: &str) -> Vec<u8> {
    seal_picture(&FONTS, company, code).unwrap_or_else(|e| panic!("{company}: {e}"))
}

/// Red, green, blue and opacity of every pixel.
fn pixels(png: &[u8]) -> Vec<[u8; 4]> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("its size")];
    let info = reader.next_frame(&mut bytes).expect("a picture");
    assert_eq!(info.color_type, png::ColorType::Rgba);
    assert_eq!(info.bit_depth, png::BitDepth::Eight);
    assert_eq!([info.width as usize, info.height as usize], [SIDE; 2]);
    bytes
        .chunks_exact(4)
        .map(|p| [p[0], p[1], p[2], p[3]])
        .collect()
}

#[test]
fn a_seal_is_red_on_nothing() {
    let pixels = pixels(&picture(COMPANY, CODE));
    let inked: Vec<_> = pixels.iter().filter(|p| p[3] > 200).collect();
    assert!(inked.len() > SIDE * SIDE / 20 && inked.len() < SIDE * SIDE / 2);
    for [r, g, b, _] in inked {
        assert!(*r > 150 && *g < 80 && *b < 80, "{r} {g} {b}");
    }
    let clear = pixels.iter().filter(|p| p[3] == 0).count();
    assert!(clear > SIDE * SIDE / 2, "{clear}");
}

#[test]
fn a_seal_has_a_ring_and_a_star_and_stays_within_its_picture() {
    let pixels = pixels(&picture(COMPANY, CODE));
    let alpha = |x: usize, y: usize| pixels[y * SIDE + x][3];
    assert!(alpha(SIDE / 2, SIDE / 2) > 200, "the star");
    for at in 0..SIDE {
        assert_eq!(
            [
                alpha(at, 0),
                alpha(at, SIDE - 1),
                alpha(0, at),
                alpha(SIDE - 1, at)
            ],
            [0; 4]
        );
    }
    // Along the middle line the ring comes first from both sides.
    let first = (0..SIDE)
        .find(|x| alpha(*x, SIDE / 2) > 200)
        .expect("a ring");
    let last = (0..SIDE)
        .rfind(|x| alpha(*x, SIDE / 2) > 200)
        .expect("a ring");
    assert!(first < 12 && last > SIDE - 13, "{first} {last}");
}

/// Between the two, 120 degrees from the top on both sides, a ray from the star to the
/// ring meets nothing.
#[test]
fn the_name_never_runs_into_the_code() {
    for count in [2, 9, 10, 14, 26, 40] {
        let pixels = pixels(&picture(&"微".repeat(count), &"W".repeat(20)));
        for radius in 80..220 {
            let (down, aside) = (radius / 2, radius * 866 / 1000);
            for x in [SIDE / 2 - aside, SIDE / 2 + aside] {
                let [.., alpha] = pixels[(SIDE / 2 + down) * SIDE + x];
                assert_eq!(alpha, 0, "{count} characters, {radius} from the middle");
            }
        }
    }
}

#[test]
fn a_seal_is_the_same_whenever_it_is_drawn() {
    let first = picture(COMPANY, CODE);
    assert_ne!(picture("沪信融资担保有限公同", CODE), first);
    assert_ne!(picture(COMPANY, "91310000MA1K8QX37X"), first);
    assert_eq!(picture(COMPANY, CODE), first);
    assert_eq!(
        picture(" 沪信融资\u{3000}担保有限公司", CODE),
        first,
        "blanks are not drawn"
    );
}

#[test]
fn short_and_long_names_are_drawn_and_others_refused() {
    for (company, code) in [("信贷", ""), (&"某".repeat(40), &"8".repeat(20))] {
        pixels(&picture(company, code));
    }
    for (company, code) in [
        ("", CODE),
        ("信", CODE),
        ("　信　", CODE),
        (&"某".repeat(41), CODE),
        (COMPANY, &"8".repeat(21)),
    ] {
        let refused = seal_picture(&FONTS, company, code).expect_err(company);
        assert_eq!(refused.code(), "seal-length");
    }
}

#[test]
fn what_a_seal_cannot_show_is_named() {
    assert!(!FONTS.covers('𠮷'));
    for strange in ['𠮷', '\u{202e}', '\u{200b}', '\u{7}', '\u{e000}'] {
        let name = format!("沪信{strange}公司");
        for (company, code) in [(name.as_str(), CODE), (COMPANY, name.as_str())] {
            let refused = seal_picture(&FONTS, company, code).expect_err(company);
            assert_eq!(refused.code(), "glyph-missing", "{strange:?}");
            let named = format!("(U+{:04X})", u32::from(strange));
            assert!(refused.to_string().contains(&named), "{refused}");
        }
    }
}

#[test]
fn markup_in_a_name_is_drawn_as_it_is() {
    let markup = picture("*信贷*", "");
    assert_ne!(markup, picture("信贷", ""));
    assert_ne!(markup, picture("_信贷_", ""));
}
