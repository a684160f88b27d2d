//! Amounts in capitals (大写), as banks write them on bills.

use std::{fmt::Write, sync::LazyLock};

use document::Template;
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use crate::bench::{FONTS, folder, loan_folder, rows};

/// A template of nothing but amounts, with the contract's own money.typ.
static AMOUNTS: LazyLock<(TempDir, Template)> = LazyLock::new(|| {
    let money = std::fs::read_to_string(loan_folder().join("money.typ")).expect("money.typ");
    let folder = folder(&[
        ("money.typ", &money),
        (
            "template.typ",
            r#"#import "money.typ": capitals, figures
               #set document(title: "amounts")
               #set text(font: "Noto Serif SC", size: 8pt)
               #for fen in json("data.json").amounts [#figures(fen) #capitals(fen) #linebreak()]"#,
        ),
        (
            "template.toml",
            "name = \"amounts\"\nversion = \"1\"\ndate = \"/date\"\nroles = []\n\
             [title]\nzh = \"金额\"\nen = \"Amounts\"\n",
        ),
        ("schema.json", r#"{"type": "object"}"#),
        ("sample.json", "{}"),
    ]);
    let template = Template::load(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    (folder, template)
});

/// Figures and capitals of every amount.
fn written(amounts: &[u64]) -> Vec<(String, String)> {
    let data = json!({"date": "2026-11-20", "amounts": amounts});
    let document = AMOUNTS
        .1
        .render(&FONTS, &data)
        .unwrap_or_else(|e| panic!("{e}"));
    let pairs = rows(&document.pdf).into_iter().filter(|row| row.len() == 2);
    pairs.map(|row| (row[0].clone(), row[1].clone())).collect()
}

#[test]
fn amounts_are_written_as_on_bills() {
    let table = [
        (0, "0.00", "零元整"),
        (1, "0.01", "壹分"),
        (50, "0.50", "伍角整"),
        (99, "0.99", "玖角玖分"),
        (100, "1.00", "壹元整"),
        (105, "1.05", "壹元零伍分"),
        (1_000, "10.00", "壹拾元整"),
        (10_005, "100.05", "壹佰元零伍分"),
        (100_200, "1,002.00", "壹仟零贰元整"),
        (140_950, "1,409.50", "壹仟肆佰零玖元伍角整"),
        (600_714, "6,007.14", "陆仟零柒元壹角肆分"),
        (1_000_000, "10,000.00", "壹万元整"),
        (1_000_100, "10,001.00", "壹万零壹元整"),
        (2_030_405, "20,304.05", "贰万零叁佰零肆元零伍分"),
        (10_000_000, "100,000.00", "壹拾万元整"),
        (10_001_000, "100,010.00", "壹拾万零壹拾元整"),
        (100_000_001, "1,000,000.01", "壹佰万元零壹分"),
        (1_000_000_000, "10,000,000.00", "壹仟万元整"),
        (10_000_000_000, "100,000,000.00", "壹亿元整"),
        (10_000_000_100, "100,000,001.00", "壹亿零壹元整"),
        (10_000_500_000, "100,005,000.00", "壹亿零伍仟元整"),
        (10_050_000_000, "100,500,000.00", "壹亿零伍拾万元整"),
        (1_000_000_000_000, "10,000,000,000.00", "壹佰亿元整"),
        (
            99_999_999_999_999,
            "999,999,999,999.99",
            "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
        ),
    ];
    let written = written(&table.map(|(fen, ..)| fen));
    let expected = table.map(|(_, figures, capitals)| (figures.to_owned(), capitals.to_owned()));
    assert_eq!(written, expected);
}

/// Reads capitals back, by the rule of a person: a numeral counts for the unit behind it.
fn read(capitals: &str) -> u64 {
    let (mut fen, mut section, mut digit) = (0, 0, 0);
    for c in capitals.chars() {
        if let Some(at) = "零壹贰叁肆伍陆柒捌玖".chars().position(|n| n == c) {
            digit = at as u64;
            continue;
        }
        match c {
            '拾' => section += digit * 10,
            '佰' => section += digit * 100,
            '仟' => section += digit * 1_000,
            '万' => (fen, section) = (fen + (section + digit) * 1_000_000, 0),
            '亿' => (fen, section) = (fen + (section + digit) * 10_000_000_000, 0),
            '元' => (fen, section) = (fen + (section + digit) * 100, 0),
            '角' => fen += digit * 10,
            '分' => fen += digit,
            '整' => assert!(capitals.ends_with('整'), "{capitals}"),
            other => panic!("{other} in {capitals}"),
        }
        digit = 0;
    }
    fen
}

fn figures(fen: u64) -> String {
    let yuan = (fen / 100).to_string();
    let mut out = String::new();
    for (i, c) in yuan.chars().enumerate() {
        if i > 0 && (yuan.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    write!(out, ".{:02}", fen % 100).expect("a string");
    out
}

/// Zeros are where the rules are, so half of all digits are zeros.
fn amount() -> impl Strategy<Value = u64> {
    prop::collection::vec(prop_oneof![Just(0), 1..=9_u64], 1..=14)
        .prop_map(|digits| digits.iter().fold(0, |n, d| n * 10 + d))
        .prop_filter("zero is written by itself", |n| *n > 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn capitals_say_what_the_figures_say(amounts in prop::collection::vec(amount(), 120)) {
        let written = written(&amounts);
        prop_assert_eq!(written.len(), amounts.len());
        for (fen, (in_figures, capitals)) in amounts.iter().zip(written) {
            prop_assert_eq!(&in_figures, &figures(*fen));
            prop_assert_eq!(read(&capitals), *fen, "{}", &capitals);
            for wrong in ["零零", "零拾", "零佰", "零仟", "零万", "零亿", "零元", "零角", "零整", "分整"] {
                prop_assert!(!capitals.contains(wrong), "{} holds {}", &capitals, wrong);
            }
            prop_assert!(!capitals.starts_with('零'), "{}", &capitals);
            // Nothing can be added behind it.
            prop_assert!(capitals.ends_with(['整', '分']), "{}", &capitals);
        }
    }
}
