//! Small PDF files, written byte by byte.

use std::fmt::Write;

/// A file of these objects, numbered from 1; the first one is the catalog.
pub fn file(objects: &[&str], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).into_bytes());
    }
    let start = file.len();
    let size = objects.len() + 1;
    let end = format!(
        "{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n"
    );
    file.extend(end.into_bytes());
    file
}

/// Two pages with a line each, and more in the catalog.
pub fn with_catalog(more: &str) -> Vec<u8> {
    let catalog = format!("<</Type/Catalog/Pages 2 0 R{more}>>");
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<<>>>>";
    let line = "<</Length 22>>stream\n72 700 m 500 700 l S  \nendstream";
    let pages = "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>";
    file(&[&catalog, pages, page, page, line], "")
}

/// Two pages that nobody need be afraid of.
pub fn plain() -> Vec<u8> {
    with_catalog("")
}
