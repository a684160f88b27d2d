//! The same input gives the same bytes, and another input gives others.

use std::{path::Path, process::Command};

use document::Template;
use serde_json::{Value, json};

use crate::bench::{FONTS, LOAN, SAMPLE, Sheet, loan_folder, made, sample_with};

/// The first half of the file identifier, which names the document; the second half is
/// of the bytes. qpdf shows the trailer.
fn identifier(pdf: &[u8]) -> String {
    let trailer = Sheet::new(pdf).ask("qpdf", &["--show-object=trailer"], &[]);
    let (_, ids) = trailer.split_once("/ID [ (").expect("an identifier");
    let (first, _) = ids.split_once(')').expect("its end");
    first.to_owned()
}

/// The renderings between the two make the typesetter forget what it had computed.
#[test]
fn the_same_data_gives_the_same_bytes() {
    let first = made(LOAN.sample());
    for phone in 0..5 {
        made(&sample_with(
            "/borrower/phone",
            format!("1380000000{phone}"),
        ));
    }
    let again = made(LOAN.sample());
    assert!(first.pdf == again.pdf);
    assert_eq!(first.anchors, again.anchors);
}

/// Hash maps are ordered anew in every process.
#[test]
fn another_process_makes_the_same_bytes() {
    const PLACE: &str = "INKSEAL_TEST_WRITES_SAMPLE_TO";
    if let Some(place) = std::env::var_os(PLACE) {
        std::fs::write(place, &SAMPLE.pdf).expect("a file");
        return;
    }
    let place = tempfile::NamedTempFile::new().expect("a file");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "determinism::another_process_makes_the_same_bytes",
        ])
        .env(PLACE, place.path())
        .output()
        .expect("a process");
    assert!(output.status.success(), "{output:?}");
    assert!(std::fs::read(place.path()).expect("its file") == SAMPLE.pdf);
}

#[test]
fn threads_do_not_disturb_each_other() {
    std::thread::scope(|scope| {
        let threads = [0; 4].map(|_| scope.spawn(|| made(LOAN.sample())));
        for thread in threads {
            assert!(thread.join().expect("a document").pdf == SAMPLE.pdf);
        }
    });
}

#[test]
fn the_order_of_fields_is_no_matter() {
    /// The same value with all its fields in the opposite order.
    fn turned(value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.reverse();
                let fields = fields
                    .iter()
                    .map(|(name, v)| format!("{name:?}:{}", turned(v)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(" ,\n"))
            }
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(turned).collect();
                format!("[{}]", items.join(","))
            }
            other => other.to_string(),
        }
    }
    let text = turned(LOAN.sample());
    assert!(text.find("signing_place") < text.find("contract_number"));
    let data: Value = serde_json::from_str(&text).expect("JSON");
    assert!(made(&data).pdf == SAMPLE.pdf);
}

#[test]
fn the_same_number_may_be_written_otherwise() {
    let data = sample_with("/loan/principal_fen", json!(2.0e7));
    assert!(made(&data).pdf == SAMPLE.pdf);
}

/// Even where the page looks the same: the identifier is of the data, not of the page.
#[test]
fn other_data_is_another_document() {
    for (pointer, value) in [
        ("/borrower/name", json!("陈思源")),
        ("/loan/principal_fen", json!(20_000_001)),
        ("/signing_place", json!("上海市徐汇区 ")),
    ] {
        let other = made(&sample_with(pointer, value)).pdf;
        assert!(other != SAMPLE.pdf, "{pointer}");
        assert_ne!(identifier(&other), identifier(&SAMPLE.pdf), "{pointer}");
    }
}

#[test]
fn another_text_is_another_document() {
    let copy = tempfile::TempDir::new().expect("a folder");
    for file in std::fs::read_dir(loan_folder()).expect("the template") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("a copy");
    }
    let pdf = |folder: &Path| {
        let template = Template::load(folder).expect("a template");
        template
            .render(&FONTS, LOAN.sample())
            .expect("a document")
            .pdf
    };
    assert!(
        pdf(copy.path()) == SAMPLE.pdf,
        "a copy elsewhere is the same template"
    );
    let style = copy.path().join("style.typ");
    let text = std::fs::read_to_string(&style).expect("the style");
    std::fs::write(&style, text + "// a remark\n").expect("a change");
    assert_ne!(identifier(&pdf(copy.path())), identifier(&SAMPLE.pdf));
}
