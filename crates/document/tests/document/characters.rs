//! What is in the data is on the page, letter for letter, or is refused by name.

use serde_json::Value;

use crate::bench::{FONTS, made, refused, render, sample_with, squeezed, text};

#[test]
fn a_rare_character_of_a_name_is_printed_or_refused_by_name() {
    // GB 18030 has all of them; few fonts do. 䲜, 𬱖 and 𡿄 are beyond the common ones too.
    for rare in ['𠮷', '䶮', '㛃', '喆', '堃', '䲜', '𬱖', '𡿄'] {
        let name = format!("陈{rare}远");
        match render(&sample_with("/borrower/name", name.as_str())) {
            Ok(document) => {
                assert!(text(&document.pdf).contains(&name), "{rare} is a blank");
            }
            Err(e) => {
                assert_eq!(e.code(), "glyph-missing");
                let code = format!("(U+{:04X})", u32::from(rare));
                let said = e.to_string();
                for part in ["/borrower/name ", &format!("{rare:?}"), &code] {
                    assert!(said.contains(part), "{part:?} is not in {said:?}");
                }
            }
        }
    }
}

/// The test above may not pass by refusing all or by printing all.
#[test]
fn of_the_rare_characters_some_are_printed_and_some_refused() {
    assert!(FONTS.covers('䶮') && FONTS.covers('㛃'));
    assert_eq!(
        refused(&sample_with("/lender/address", "𠮷")).0,
        "glyph-missing"
    );
}

/// One in 61 of all ideographs that the fonts claim to have, some 500.
#[test]
fn what_the_fonts_cover_is_printed() {
    let ideographs = ('\u{3400}'..='\u{9fff}').chain('\u{20000}'..='\u{2ffff}');
    let chosen: Vec<char> = ideographs
        .filter(|c| FONTS.covers(*c))
        .step_by(61)
        .collect();
    assert!(chosen.len() > 300, "{}", chosen.len());
    let mut data = sample_with("/signing_place", "某地");
    let fields = [
        "/loan/purpose",
        "/lender/address",
        "/borrower/address",
        "/platform/address",
    ];
    for letters in chosen.chunks(4 * 120) {
        for (field, letters) in fields.iter().zip(letters.chunks(120)) {
            *data.pointer_mut(field).expect(field) =
                Value::from(letters.iter().collect::<String>());
        }
        let text = text(&made(&data).pdf);
        let lost: String = letters.iter().filter(|c| !text.contains(**c)).collect();
        assert_eq!(lost, "");
    }
}

#[test]
fn what_is_not_seen_is_refused() {
    let bidi = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    let others = [
        '\0',
        '\t',
        '\n',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2060}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e0100}',
    ];
    for hidden in bidi.chain(others) {
        let (code, said) = refused(&sample_with("/fees/1/name", format!("服务{hidden}费")));
        assert_eq!(code, "character-invisible", "{hidden:?}");
        let code = format!("U+{:04X}", u32::from(hidden));
        assert!(
            said.starts_with("/fees/1/name ") && said.contains(&code),
            "{said}"
        );
        assert!(
            !said.contains(hidden),
            "the message would be unreadable itself: {said:?}"
        );
    }
}

/// Characters that mean a break, an object, or nothing at all.
#[test]
fn what_is_no_letter_is_refused() {
    for strange in [
        '\u{2028}',
        '\u{2029}',
        '\u{fffc}',
        '\u{fff9}',
        '\u{e000}',
        '\u{378}',
        '\u{10ffff}',
    ] {
        let (code, _) = refused(&sample_with("/lender/name", format!("周{strange}敏")));
        assert!(
            ["glyph-missing", "character-invisible"].contains(&code),
            "{strange:?}: {code}"
        );
    }
}

#[test]
fn markup_in_the_data_is_printed_as_it_is() {
    for markup in [
        r#"#import "money.typ": *"#,
        "#read(\"schema.json\")",
        "*粗体* _斜体_ `代码`",
        "$x^2$ 与 @ref 与 <slot>",
        r"反斜杠\ 与 \u{41} 与 \#",
        "= 标题",
        "- 项目 + 编号 / 条: 目",
        "// 注释 /* 注释 */ https://a.example/",
        "~ -- --- ... \"引号\" '单引'",
        "[内容] {代码} #[x] ]",
    ] {
        let document = made(&sample_with("/loan/purpose", markup));
        let expected = squeezed(&format!("借款用途为{markup}。乙方"));
        let text = text(&document.pdf);
        assert!(text.contains(&expected), "{markup} is not in {text}");
        assert_eq!(document.anchors.len(), 4, "{markup}");
    }
}
