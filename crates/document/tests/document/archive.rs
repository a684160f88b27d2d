//! The file is one for the archive: PDF/A-2b with everything in it.

use crate::bench::{LOAN, SAMPLE, Sheet};

#[test]
fn qpdf_finds_no_fault() {
    let said = Sheet::new(&SAMPLE.pdf).ask("qpdf", &["--check"], &[]);
    assert!(
        said.contains("No syntax or stream encoding errors found"),
        "{said}"
    );
}

#[test]
fn every_font_is_embedded_and_can_be_read_back() {
    let said = Sheet::new(&SAMPLE.pdf).ask("pdffonts", &[], &[]);
    let fonts: Vec<Vec<&str>> = said
        .lines()
        .skip(2)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(fonts.len(), 2, "{said}");
    for name in ["NotoSerifSC", "NotoSansSC"] {
        let font = fonts.iter().find(|f| f[0].contains(name)).expect(name);
        // The columns before object and generation: embedded, subset, Unicode.
        assert_eq!(font[font.len() - 5..font.len() - 2], ["yes"; 3], "{said}");
    }
}

/// The whole contract with both subsets of 17 MB of fonts.
#[test]
fn a_contract_is_small() {
    assert!(SAMPLE.pdf.len() < 400_000, "{} bytes", SAMPLE.pdf.len());
}

/// veraPDF is not among the tools of this project; these are the parts of the standard
/// that exporters forget.
#[test]
fn it_says_that_it_is_pdf_a_2b() {
    let qdf = ["--qdf", "--object-streams=disable"];
    let file = Sheet::new(&SAMPLE.pdf).ask("qpdf", &qdf, &["-"]);
    assert!(SAMPLE.pdf.starts_with(b"%PDF-1.7\n%"));
    for part in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "/OutputIntents ",
        "/Type /OutputIntent",
        "/S /GTS_PDFA1",
        "/DestOutputProfile ",
        "/Type /Metadata",
    ] {
        assert!(file.contains(part), "{part}");
    }
    for part in [
        "/Encrypt",
        "/JavaScript",
        "/AA ",
        "/EmbeddedFiles",
        "/LZWDecode",
        "/NeedAppearances",
    ] {
        assert!(!file.contains(part), "{part}");
    }
}

/// The only date is that of the data: no clock is read.
#[test]
fn its_date_is_the_day_of_the_contract() {
    let file = Sheet::new(&SAMPLE.pdf).ask("qpdf", &["--qdf", "--object-streams=disable"], &["-"]);
    assert_eq!(LOAN.sample()["signing_date"], "2026-11-20");
    assert!(file.contains("<xmp:CreateDate>2026-11-20T00:00:00"));
    for (at, _) in file.match_indices("(D:") {
        assert!(
            file[at..].starts_with("(D:20261120"),
            "{}",
            &file[at..at + 20]
        );
    }
}
