//! Incremental saving: the signed bytes stay, and something follows them.

use super::bases::{EXTRA, RED, Update, body, listed, repainted, startxref, with};
use crate::{contract::last, paper::stream};

const NOTE: &str =
    "<</Type/Annot/Subtype/FreeText/Rect[0 0 400 300]/Contents(10000)/DA(/Helv 40 Tf)/F 4>>";

/// The object alone, and then as much of an ending as is said.
pub fn body_only(file: &[u8], ending: fn(usize) -> String) -> Vec<u8> {
    let object = format!("5 0 obj\n{}\nendobj\n", stream("", RED));
    let mut out = [file, object.as_bytes()].concat();
    let at = out.len();
    out.extend(ending(at).bytes());
    out
}

/// The old end of the file again, after the object.
pub fn old_end(file: &[u8]) -> Vec<u8> {
    let end = file[last(file, "startxref")..].to_vec();
    let mut out = body_only(file, |_| String::new());
    out.extend(end);
    out
}

/// The signature's dictionary again, under a new number, so that something signed comes
/// last.
pub fn with_copy(file: &[u8], signature: u32) -> Vec<u8> {
    let copy = body(file, signature);
    repainted().add(EXTRA, copy).save(file)
}

/// A new catalog with a page tree of its own.
pub fn other_catalog(file: &[u8]) -> Vec<u8> {
    let catalog = with(&body(file, 1).replace("/Pages 2 0 R", ""), "/Pages 301 0 R");
    let update = Update {
        root: Some(EXTRA),
        ..Update::default()
    };
    other_pages(update.add(EXTRA, catalog)).save(file)
}

/// The same catalog, changed.
pub fn changed_catalog(file: &[u8]) -> Vec<u8> {
    let catalog = with(&body(file, 1).replace("/Pages 2 0 R", ""), "/Pages 301 0 R");
    other_pages(Update::default().add(1, catalog)).save(file)
}

fn other_pages(update: Update) -> Update {
    update
        .add(301, "<</Type/Pages/Kids[302 0 R]/Count 1>>")
        .add(
            302,
            "<</Type/Page/Parent 301 0 R/MediaBox[0 0 400 300]/Resources<<>>/Contents 303 0 R>>",
        )
        .add(303, stream("", RED))
}

/// The page shows other content, or gets a note.
pub fn other_content(file: &[u8]) -> Vec<u8> {
    let page = body(file, 3).replace("/Contents 5 0 R", "/Contents 300 0 R");
    Update::default()
        .add(3, page)
        .add(EXTRA, stream("", RED))
        .save(file)
}

pub fn noted(file: &[u8]) -> Vec<u8> {
    let page = listed(&body(file, 3), "Annots", "300 0 R");
    Update::default().add(3, page).add(EXTRA, NOTE).save(file)
}

/// The page says something more.
pub fn page_says(file: &[u8], more: &str) -> Vec<u8> {
    Update::default()
        .add(3, with(&body(file, 3), more))
        .save(file)
}

/// A cross-reference without entries.
pub fn empty(file: &[u8]) -> Vec<u8> {
    Update::default().save(file)
}

/// The file without its last signature's end: cut in the middle, and ended anew.
pub fn cut(file: &[u8]) -> Vec<u8> {
    let mut out = file[..last(file, "trailer")].to_vec();
    let at = startxref(file);
    out.extend(format!("trailer\n<</Size 999/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").bytes());
    out
}
