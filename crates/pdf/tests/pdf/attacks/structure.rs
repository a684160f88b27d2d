//! How a file is put together: circles, bombs, depths, and what readers disagree about.

use std::fmt::Write as _;

use super::bases::{EXTRA, Hand, Update, body, form, plain, seal, startxref, with};
use crate::{
    contract::last,
    paper::{FORM, deflate},
};

/// A cross-reference whose offset of the one before is this text.
pub fn previous(file: &[u8], text: &str) -> Vec<u8> {
    let at = file.len();
    let end = format!(
        "xref\n0 0\ntrailer\n<</Size 999/Root 1 0 R/Prev {text}>>\nstartxref\n{at}\n%%EOF\n"
    );
    [file, end.as_bytes()].concat()
}

/// Two cross-references that lead to each other.
pub fn circle(file: &[u8]) -> Vec<u8> {
    let first = previous(file, &format!("{:010}", 0));
    let first = previous(file, &format!("{:010}", first.len()));
    previous(&first, &file.len().to_string())
}

/// A cross-reference stream with these rows beside the update's own objects; each row is
/// a number, and the three fields of its entry.
pub fn streamed(file: &[u8], update: &Update, rows: &[(u32, [u32; 3])]) -> Vec<u8> {
    let mut out = file.to_vec();
    let mut all: Vec<(u32, [u32; 3])> = rows.to_vec();
    for (number, body) in &update.objects {
        all.push((*number, [1, u32::try_from(out.len()).unwrap(), 0]));
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()));
        out.extend(b"\nendobj\n");
    }
    let at = out.len();
    all.push((998, [1, u32::try_from(at).unwrap(), 0]));
    let (mut index, mut data) = (String::new(), Vec::new());
    for (number, [kind, second, third]) in all {
        write!(index, "{number} 1 ").unwrap();
        data.push(kind.to_be_bytes()[3]);
        data.extend(second.to_be_bytes());
        data.extend(&third.to_be_bytes()[2..]);
    }
    raw(
        &mut out,
        &format!("/W[1 4 2]/Index[{index}]"),
        &data,
        startxref(file),
    );
    out
}

/// A cross-reference stream of these bytes ends the file.
fn raw(out: &mut Vec<u8>, dict: &str, data: &[u8], previous: usize) {
    let at = out.len();
    let length = data.len();
    out.extend(format!("998 0 obj\n<</Type/XRef/Size 999/Root 1 0 R/Prev {previous}{dict}/Length {length}>>\nstream\n").bytes());
    out.extend(data);
    out.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").bytes());
}

/// A cross-reference stream of a million free objects in a thousand bytes.
pub fn many_entries(file: &[u8]) -> Vec<u8> {
    let mut out = file.to_vec();
    let data = deflate(&vec![0; 8_000_000]);
    raw(
        &mut out,
        "/W[1 0 0]/Index[1000 8000000]/Filter/FlateDecode",
        &data,
        startxref(file),
    );
    out
}

/// One that is large when it is decoded.
pub fn large_reference(file: &[u8]) -> Vec<u8> {
    let mut out = file.to_vec();
    let data = deflate(&vec![0; 70 << 20]);
    raw(
        &mut out,
        "/W[1 4 2]/Index[0 1]/Filter/FlateDecode",
        &data,
        startxref(file),
    );
    out
}

/// An object stream, as the body of an object.
pub fn object_stream(more: &str, content: &[u8]) -> String {
    let data: String = deflate(content).into_iter().map(char::from).collect();
    format!(
        "<</Type/ObjStm{more}/Filter/FlateDecode/Length {}>>\nstream\n{data}\nendstream",
        data.chars().count()
    )
}

/// The catalog comes from an object stream, which is this.
pub fn packed_catalog(file: &[u8], pack: String) -> Vec<u8> {
    streamed(
        file,
        &Update::default().add(EXTRA, pack),
        &[(1, [2, EXTRA, 0])],
    )
}

/// One that is large when it is decoded.
pub fn large_pack(file: &[u8]) -> Vec<u8> {
    let mut content = format!("1 0 {}", body(file, 1)).into_bytes();
    content.resize(70 << 20, b' ');
    packed_catalog(file, object_stream("/N 1/First 4", &content))
}

/// One that lies in another one, or in itself.
pub fn pack_in_pack(file: &[u8], pack: u32) -> Vec<u8> {
    let content = format!("1 0 {}", body(file, 1));
    let update = Update::default().add(EXTRA, object_stream("/N 1/First 4", content.as_bytes()));
    streamed(file, &update, &[(1, [2, 301, 0]), (301, [2, pack, 0])])
}

/// Lists in lists.
pub fn deep(open: &str, close: &str, depth: usize) -> String {
    format!("{}0{}", open.repeat(depth), close.repeat(depth))
}

/// Fields below fields, so many.
pub fn deep_fields(file: &[u8], depth: u32) -> Vec<u8> {
    let form = body(file, FORM).replace("[30 0 R", "[400 0 R 30 0 R");
    let mut update = Update::default().add(FORM, form);
    for number in 400..400 + depth {
        update = update.add(number, format!("<</T(a)/Kids[{} 0 R]>>", number + 1));
    }
    update.add(400 + depth, "<</T(z)/FT/Tx>>").save(file)
}

/// A field with a name of many bytes, and children.
pub fn long_name(file: &[u8]) -> Vec<u8> {
    let form = "<</Fields[400 0 R 101 0 R]>>";
    let kids: String = (401..500).fold(String::new(), |mut kids, number| {
        write!(kids, "{number} 0 R ").unwrap();
        kids
    });
    let top = format!("<</FT/Tx/T({})/Kids[{kids}]>>", "a".repeat(100_000));
    let catalog = body(file, 1);
    let mut update = Update::default()
        .add(FORM, form)
        .add(400, top)
        .add(1, catalog);
    for number in 401..500 {
        update = update.add(number, "<</T(b)>>");
    }
    update.save(file)
}

/// Nodes below nodes of the tree of pages, so many.
pub fn deep_pages(file: &[u8], depth: u32) -> Vec<u8> {
    let mut update = Update::default().add(2, "<</Type/Pages/Kids[400 0 R]/Count 2>>");
    for number in 400..400 + depth {
        update = update.add(
            number,
            format!("<</Type/Pages/Kids[{} 0 R]/Count 2>>", number + 1),
        );
    }
    update
        .add(400 + depth, "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>")
        .save(file)
}

/// Rows of the table that name one object twice: as it was, and as it lies in a stream
/// of the file.
pub fn twice(file: &[u8], evil_last: bool) -> Vec<u8> {
    let genuine = file.windows(9).position(|w| w == b"\n5 0 obj\n").unwrap() + 1;
    let evil = last(file, "5 0 obj\n<</Evil");
    let (first, second) = if evil_last {
        (genuine, evil)
    } else {
        (evil, genuine)
    };
    let mut update = Update::default()
        .add(390, "<</Certs[]>>")
        .add(1, with(&body(file, 1), "/DSS 390 0 R"));
    update.rows = format!("5 1\n{first:010} 00000 n \n5 1\n{second:010} 00000 n \n");
    update.save(file)
}

/// What stands in the signature's dictionary when an insider writes it.
pub fn dictionary(change: impl Fn(String) -> String) -> Vec<u8> {
    let before = form().bytes();
    let hand = Hand::default();
    let mut update = hand.update(&before);
    for (number, body) in &mut update.objects {
        if *number == hand.number {
            *body = change(body.clone());
        }
    }
    seal(update.save(&before), plain)
}

/// The signature's dictionary lies in the field.
pub fn inline() -> Vec<u8> {
    let before = form().bytes();
    let hand = Hand::default();
    let mut update = hand.update(&before);
    let (_, dictionary) = update.objects.remove(0);
    for (_, body) in &mut update.objects {
        *body = body.replace("/V 100 0 R", &format!("/V{dictionary}"));
    }
    seal(update.save(&before), plain)
}
