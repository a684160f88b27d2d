//! An outsider switches on what was prepared, or changes what is shown by other means.
//! Whoever has no key can save validation data, and can get a timestamp.

use super::{
    bases::{EXTRA, FONT, Hand, Update, body, form, listed, timestamp, with},
    prepared::drawing,
};
use crate::{
    contract::last,
    paper::{CONTENT, FORM, stream},
};

/// Validation data are saved with it, as anybody may.
pub fn with_data(file: &[u8], update: Update) -> Vec<u8> {
    let catalog = update.objects.iter().find(|(number, _)| *number == 1);
    // In object streams it is not in clear, and the same.
    let clear = String::from_utf8_lossy(file).contains("\n1 0 obj\n");
    let now = || {
        if clear {
            body(file, 1)
        } else {
            body(&form().bytes(), 1)
        }
    };
    let catalog = catalog.map_or_else(now, |(_, body)| body.clone());
    let catalog = if catalog.contains("/DSS") {
        catalog
    } else {
        with(&catalog, "/DSS 390 0 R")
    };
    update.add(390, "<</Certs[]>>").add(1, catalog).save(file)
}

/// An object is replaced while validation data are saved.
pub fn object(file: &[u8], number: u32, body: &str) -> Vec<u8> {
    with_data(file, Update::default().add(number, body))
}

/// An object says something more.
pub fn says(file: &[u8], number: u32, more: &str) -> Vec<u8> {
    object(file, number, &with(&body(file, number), more))
}

/// Something in an object is replaced.
pub fn replaced(file: &[u8], number: u32, from: &str, to: &str) -> Vec<u8> {
    let before = body(file, number);
    assert!(before.contains(from), "{before} has no {from}");
    object(file, number, &before.replace(from, to))
}

/// Something that is drawn red.
pub fn red() -> String {
    drawing("1 0 0")
}

/// A field gets a value with looks, and the file a timestamp that covers both.
pub fn filled_and_stamped(file: &[u8], field: u32) -> Vec<u8> {
    stamped_with(file, |update| {
        let value = format!("/V(10000)/AP<</N {EXTRA} 0 R>>");
        update
            .add(field, with(&body(file, field), &value))
            .add(EXTRA, red())
    })
}

/// The timestamp's own field covers the page.
pub fn stamped_over(file: &[u8]) -> Vec<u8> {
    let hand = Hand {
        rect: Some("0 0 400 300"),
        field: format!("/AP<</N {EXTRA} 0 R>>"),
        ..timestamp()
    };
    hand.sign_with(file, |update| update.add(EXTRA, red()))
}

pub fn stamped_with(file: &[u8], change: impl Fn(Update) -> Update) -> Vec<u8> {
    timestamp().sign_with(file, change)
}

/// A mark with looks of its own.
pub fn marked_and_stamped(file: &[u8], kind: &str) -> Vec<u8> {
    stamped_with(file, |update| {
        let page = listed(&body(file, 3), "Annots", "301 0 R");
        update.add(3, page).add(301, mark(kind)).add(EXTRA, red())
    })
}

pub fn mark(kind: &str) -> String {
    format!(
        "<</Type/Annot/Subtype/{kind}/F 4/Rect[0 0 400 300]/QuadPoints[0 300 400 300 0 0 400 0]/AP<</N {EXTRA} 0 R>>>>"
    )
}

/// The object stream of the file, written anew with other fonts and drawings.
pub fn other_pack(file: &[u8]) -> Vec<u8> {
    let (number, pack) = pack(file);
    let pack = pack.replace("/X 41 0 R", "/X 53 0 R");
    let first = pack.split("<<").next().unwrap().len();
    let count = pack[..first].split_ascii_whitespace().count() / 2;
    let dict = format!("/Type/ObjStm/N {count}/First {first}");
    object(file, number, &stream(&dict, &pack))
}

/// Number and content of the object stream.
fn pack(file: &[u8]) -> (u32, String) {
    let at = last(file, "/Type/ObjStm");
    let head = last(&file[..at], " 0 obj");
    let line = last(&file[..head], "\n") + 1;
    let number = String::from_utf8_lossy(&file[line..head]).parse().unwrap();
    let begin = file[at..]
        .windows(7)
        .position(|w| w == b"stream\n")
        .unwrap()
        + at
        + 7;
    let mut content = String::new();
    let mut decoder = flate2::read::ZlibDecoder::new(&file[begin..]);
    std::io::Read::read_to_string(&mut decoder, &mut content).unwrap();
    (number, content)
}

/// A hybrid increment: its table calls the page's content free, its stream does not.
pub fn hybrid(file: &[u8]) -> Vec<u8> {
    let at = last(
        &file[..20_000.min(file.len())],
        &format!("\n{CONTENT} 0 obj"),
    ) + 1;
    let mut row = vec![1];
    row.extend(u32::try_from(at).unwrap().to_be_bytes());
    row.extend([0, 0]);
    let row: String = row.into_iter().map(char::from).collect();
    let dict = format!("/Type/XRef/W[1 4 2]/Index[{CONTENT} 1]/Size 999/Root 1 0 R");
    let hidden = stream(&dict, &row);
    let dss = Update::default().add(EXTRA, hidden);
    let catalog = with(&body(file, 1), "/DSS 390 0 R");
    let mut update = dss.add(390, "<</Certs[]>>").add(1, catalog);
    update.rows = format!("{CONTENT} 1\n0000000000 00001 f \n");
    update.trailer = format!("/XRefStm {:010}", file.len());
    update.save(file)
}

/// Fonts of the form are added, or said otherwise.
pub fn form_font(file: &[u8], fonts: &str) -> Vec<u8> {
    let form = body(file, FORM).replace(&format!("/F {FONT} 0 R"), fonts);
    object(file, FORM, &form)
}
