//! Writes a name and draws it as a PDF page, to look at:
//! `cargo run --release -p inkseal-ink --example draw -- MEDIANS NAME SEED [touch] > name.pdf`.
//!
//! MEDIANS is the unpacked npm package `hanzi-writer-data`, a file a character. With
//! `touch` the pressure is forgotten, as on a device that measures none.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use ink::{Handwriting, Pointer, hand};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [medians, name, seed, rest @ ..] = words.as_slice() else {
        return Err("give MEDIANS NAME SEED [touch]".into());
    };
    let mut characters: Vec<hand::Medians> = Vec::new();
    for character in name.chars() {
        let file = Path::new(medians).join(format!("{character}.json"));
        characters.push(serde_json::from_slice(&std::fs::read(file)?)?);
    }
    let mut written = hand::from_medians(&characters, seed.parse()?)?;
    if rest.iter().any(|w| w == "touch") {
        let strokes = written.strokes().to_vec();
        written = Handwriting::new(Pointer::Touch, 2_000.0, 2_000.0, strokes)?;
    }
    print!("{}", page(&written.outline())?);
    Ok(())
}

/// The smallest PDF that readers accept: without a cross-reference table, which they
/// rebuild.
fn page(outline: &ink::Outline) -> Result<String, std::fmt::Error> {
    let mut content = String::from("0.05 0.05 0.2 rg\n");
    for polygon in &outline.polygons {
        for (i, [x, y]) in polygon.iter().enumerate() {
            let step = if i == 0 { 'm' } else { 'l' };
            writeln!(content, "{x:.2} {y:.2} {step}")?;
        }
        content.push_str("h\n");
    }
    content.push_str("f\n");
    let (right, top) = (outline.width + 10.0, outline.height + 10.0);
    Ok(format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
         2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[-10 -10 {right} {top}]/Contents 4 0 R>>endobj\n\
         4 0 obj<</Length {}>>stream\n{content}endstream endobj\ntrailer<</Root 1 0 R>>\n",
        content.len()
    ))
}
