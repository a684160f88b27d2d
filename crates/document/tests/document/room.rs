//! Nothing of what is printed leaves the page, whatever its length.

use serde_json::{Value, json};

use crate::bench::{LOAN, SAMPLE, Sheet, made, text};

/// Margin of the contract's pages, points.
const MARGIN: f64 = 64.0;

/// Longest values of everything, of a letter that lets lines break nowhere.
pub fn longest(letter: char) -> Value {
    let long = |count| Value::from(letter.to_string().repeat(count));
    let mut data = LOAN.sample().clone();
    for party in ["lender", "borrower", "guarantor", "platform"] {
        data[party]["name"] = long(60);
        data[party]["address"] = long(120);
        data[party]["phone"] = json!("0".repeat(20));
        data[party]["email"] = json!(format!("{}@{}", "W".repeat(40), "w".repeat(60)));
    }
    for party in ["lender", "borrower"] {
        data[party]["account"] = json!({"bank": long(60), "number": "8".repeat(30)});
    }
    for party in ["guarantor", "platform"] {
        data[party]["representative"] = long(60);
    }
    data["platform"]["site"] = json!("w".repeat(60));
    data["contract_number"] = json!("W".repeat(40));
    data["signing_place"] = long(120);
    data["loan"]["purpose"] = long(120);
    data["loan"]["months"] = json!(36);
    data["loan"]["principal_fen"] = json!(1_000_000_000_000_u64);
    data["dispute"] = json!({"forum": "arbitration", "body": long(60)});
    let fee = json!({
        "name": long(60), "amount_fen": 100_000_000, "payer": "borrower", "payee": "platform",
        "due": "instalment"
    });
    data["fees"] = vec![fee; 12].into();
    data
}

/// Half of a wide character: punctuation at the end of a line hangs over by its blank
/// half.
const BLANK: f64 = 5.6;

/// Every word's box lies between the margins.
fn stays_on_the_page(pdf: &[u8], what: &str) {
    let said = Sheet::new(pdf).ask("pdftotext", &["-bbox"], &["-"]);
    let value = |line: &str, name: &str| -> f64 {
        let (_, rest) = line.split_once(&format!(" {name}=\"")).expect(name);
        let (number, _) = rest.split_once('"').expect("a quote");
        number.parse().expect("a number")
    };
    let (mut width, mut words) = (0.0, 0);
    for line in said.lines() {
        if line.contains("<page ") {
            width = value(line, "width");
        } else if line.contains("<word ") {
            words += 1;
            assert!(value(line, "xMin") >= MARGIN - BLANK, "{what}: {line}");
            assert!(
                value(line, "xMax") <= width - MARGIN + BLANK,
                "{what}: {line}"
            );
        }
    }
    assert!(words > 100, "{words}");
}

#[test]
fn the_sample_keeps_its_margins() {
    stays_on_the_page(&SAMPLE.pdf, "the sample");
}

#[test]
fn the_longest_data_keeps_the_margins() {
    for letter in ['W', '龘', '—', '（', '…', '。', 'é', '\u{a0}'] {
        // White space alone is no name.
        let data: Value = if letter == '\u{a0}' {
            let text = longest('W').to_string().replace("WW", "W\u{a0}");
            let mut data: Value = serde_json::from_str(&text).expect("JSON");
            for field in [
                "/contract_number",
                "/lender/email",
                "/borrower/email",
                "/guarantor/email",
                "/platform/email",
            ] {
                *data.pointer_mut(field).expect(field) =
                    LOAN.sample().pointer(field).expect(field).clone();
            }
            data
        } else {
            longest(letter)
        };
        stays_on_the_page(&made(&data).pdf, &letter.to_string());
    }
}

/// Where a long number is broken, it is still one number to a program.
#[test]
fn a_long_number_stays_whole() {
    let text = text(&made(&longest('龘')).pdf);
    assert_eq!(text.matches(&"8".repeat(30)).count(), 2);
    assert!(text.contains(&format!("借款用途为{}。", "龘".repeat(120))));
}
