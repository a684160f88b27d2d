//! Small files of every make, written by hand: nothing of the crate is used here.

use std::{fmt::Write as _, io::Write as _};

/// How the file is laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Make {
    /// A classic cross-reference table.
    Table,
    /// A cross-reference stream.
    Stream,
    /// Object streams, and a compressed cross-reference stream with a predictor.
    Packed,
}

/// Where something is, if it is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    Absent,
    Inline,
    Apart,
    /// A reference to an object that does not exist.
    Nowhere,
}

/// Two pages of 400 by 300 points, with a blue bar on each.
#[derive(Debug, Clone)]
pub struct Paper {
    pub make: Make,
    pub form: Place,
    pub fields: Place,
    pub annotations: Place,
    /// Goes into the catalog.
    pub catalog: String,
    /// Goes into the first page.
    pub page: String,
    /// Goes into the trailer.
    pub trailer: String,
    pub content: String,
    /// Further objects; stream bodies are written out.
    pub more: Vec<(u32, String)>,
    /// What the trailer says the number of objects is, if not the truth.
    pub size: Option<u32>,
    /// Further pages, as references, and how many pages there are with them.
    pub pages: Option<(String, u32)>,
}

pub const CONTENT: u32 = 5;
pub const FORM: u32 = 6;
pub const FIELDS: u32 = 7;
pub const ANNOTATIONS: u32 = 8;
const LINK: u32 = 9;
const NOWHERE: u32 = 77;
/// First number for what a test adds.
pub const MORE: u32 = 20;

impl Default for Paper {
    fn default() -> Self {
        Self {
            make: Make::Table,
            form: Place::Absent,
            fields: Place::Inline,
            annotations: Place::Absent,
            catalog: String::new(),
            page: String::new(),
            trailer: String::new(),
            content: "0 0 1 rg 20 20 60 10 re f".to_owned(),
            more: Vec::new(),
            size: None,
            pages: None,
        }
    }
}

impl Paper {
    /// One of each make, and of each way in which form and annotations can be there.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for make in [Make::Table, Make::Stream, Make::Packed] {
            for (form, fields, annotations) in [
                (Place::Absent, Place::Inline, Place::Absent),
                (Place::Inline, Place::Inline, Place::Inline),
                (Place::Apart, Place::Inline, Place::Apart),
                (Place::Inline, Place::Apart, Place::Absent),
                (Place::Apart, Place::Apart, Place::Apart),
                (Place::Apart, Place::Nowhere, Place::Nowhere),
                (Place::Nowhere, Place::Inline, Place::Apart),
            ] {
                all.push(Self {
                    make,
                    form,
                    fields,
                    annotations,
                    ..Self::default()
                });
            }
        }
        all
    }

    pub fn with(mut self, number: u32, body: impl Into<String>) -> Self {
        self.more.push((number, body.into()));
        self
    }

    fn objects(&self) -> Vec<(u32, String)> {
        let list = |place, number, items: &str| match place {
            Place::Absent => String::new(),
            Place::Inline => format!("[{items}]"),
            Place::Apart => format!("{number} 0 R"),
            Place::Nowhere => format!("{NOWHERE} 0 R"),
        };
        let form = format!("<</Fields {}/DA(/F 0 Tf)>>", list(self.fields, FIELDS, ""));
        let form_value = match self.form {
            Place::Absent => String::new(),
            Place::Inline => format!("/AcroForm{form}"),
            Place::Apart => format!("/AcroForm {FORM} 0 R"),
            Place::Nowhere => format!("/AcroForm {NOWHERE} 0 R"),
        };
        let link = format!("{LINK} 0 R");
        let annotations = match self.annotations {
            Place::Absent => String::new(),
            place => format!("/Annots {}", list(place, ANNOTATIONS, &link)),
        };
        let page = |more: &str| {
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents {CONTENT} 0 R{more}>>"
            )
        };
        let resources = if self.page.contains("/Resources") {
            ""
        } else {
            "/Resources<<>>"
        };
        let (kids, count) = self.pages.clone().unwrap_or((String::new(), 2));
        let mut objects = vec![
            (
                1,
                format!("<</Type/Catalog/Pages 2 0 R{form_value}{}>>", self.catalog),
            ),
            (
                2,
                format!("<</Type/Pages/Kids[3 0 R 4 0 R{kids}]/Count {count}>>"),
            ),
            (3, page(&format!("{resources}{annotations}{}", self.page))),
            (4, page("/Resources<<>>")),
            (CONTENT, stream("", &self.content)),
        ];
        if self.form == Place::Apart {
            objects.push((FORM, form));
        }
        if self.fields == Place::Apart {
            objects.push((FIELDS, "[]".to_owned()));
        }
        if self.annotations == Place::Apart {
            objects.push((ANNOTATIONS, format!("[{link}]")));
        }
        objects.push((
            LINK,
            "<</Type/Annot/Subtype/Link/Rect[300 200 350 250]/Border[0 0 0]>>".to_owned(),
        ));
        // What a test adds under a number that is there already replaces it.
        for (number, body) in &self.more {
            objects.retain(|(known, _)| known != number);
            objects.push((*number, body.clone()));
        }
        objects
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut entries: Vec<(u32, [u64; 3])> = vec![(0, [0, 0, 65535])];
        let objects = self.objects();
        let next = objects.iter().map(|(number, _)| number + 1).max().unwrap();
        let (mut pack, mut index) = (String::new(), String::new());
        let mut packed = 0;
        for (number, body) in &objects {
            if self.make == Make::Packed && !body.ends_with("endstream") {
                write!(index, "{number} {} ", pack.len()).unwrap();
                write!(pack, "{body} ").unwrap();
                entries.push((*number, [2, u64::from(next), packed]));
                packed += 1;
            } else {
                put(&mut out, &mut entries, *number, body.as_bytes());
            }
        }
        if self.make == Make::Packed {
            let data = deflate(format!("{index}{pack}").as_bytes());
            let dict = format!("/Type/ObjStm/N {packed}/First {}", index.len());
            put(&mut out, &mut entries, next, &flate_stream(&dict, &data));
        }
        let own = next + 1;
        let at = out.len();
        if self.make != Make::Table {
            entries.push((own, [1, at as u64, 0]));
        }
        entries.sort_unstable();
        let size = self.size.unwrap_or(entries.last().unwrap().0 + 1);
        let trailer = format!(
            "/Size {size}/Root 1 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]{}",
            self.trailer
        );
        match self.make {
            Make::Table => table(&mut out, &entries, &trailer),
            _ => xref_stream(&mut out, own, &entries, &trailer, self.make == Make::Packed),
        }
        write!(out, "startxref\n{at}\n%%EOF\n").unwrap();
        out
    }
}

/// The body of a stream without filter.
pub fn stream(dict: &str, data: &str) -> String {
    format!(
        "<<{dict}/Length {}>>\nstream\n{data}\nendstream",
        data.len()
    )
}

fn flate_stream(dict: &str, data: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "<<{dict}/Filter/FlateDecode/Length {}>>\nstream\n",
        data.len()
    )
    .into_bytes();
    body.extend(data);
    body.extend(b"\nendstream");
    body
}

fn put(out: &mut Vec<u8>, entries: &mut Vec<(u32, [u64; 3])>, number: u32, body: &[u8]) {
    entries.push((number, [1, out.len() as u64, 0]));
    writeln!(out, "{number} 0 obj").unwrap();
    out.extend(body);
    out.extend(b"\nendobj\n");
}

fn table(out: &mut Vec<u8>, entries: &[(u32, [u64; 3])], trailer: &str) {
    out.extend(b"xref\n");
    for run in entries.chunk_by(|a, b| a.0 + 1 == b.0) {
        writeln!(out, "{} {}", run[0].0, run.len()).unwrap();
        for (_, [kind, offset, generation]) in run {
            let letter = if *kind == 0 { 'f' } else { 'n' };
            writeln!(out, "{offset:010} {generation:05} {letter} ").unwrap();
        }
    }
    write!(out, "trailer\n<<{trailer}>>\n").unwrap();
}

fn xref_stream(
    out: &mut Vec<u8>,
    own: u32,
    entries: &[(u32, [u64; 3])],
    trailer: &str,
    compressed: bool,
) {
    let mut index = String::new();
    for run in entries.chunk_by(|a, b| a.0 + 1 == b.0) {
        write!(index, "{} {} ", run[0].0, run.len()).unwrap();
    }
    let rows = entries.iter().map(|(_, [kind, second, third])| {
        let (second, third) = (second.to_be_bytes(), third.to_be_bytes());
        [&[kind.to_be_bytes()[7]], &second[4..], &third[6..]].concat()
    });
    let dict = format!("/Type/XRef/W[1 4 2]/Index[{index}]{trailer}");
    let body = if compressed {
        let mut above = vec![0u8; 7];
        let mut data = Vec::new();
        for row in rows {
            data.push(2);
            data.extend(
                row.iter()
                    .zip(&above)
                    .map(|(now, up)| now.wrapping_sub(*up)),
            );
            above = row;
        }
        let dict = format!("{dict}/DecodeParms<</Predictor 12/Columns 7>>");
        flate_stream(&dict, &deflate(&data))
    } else {
        let data: Vec<u8> = rows.flatten().collect();
        let head = format!("<<{dict}/Length {}>>\nstream\n", data.len());
        [head.as_bytes(), &data, b"\nendstream"].concat()
    };
    writeln!(out, "{own} 0 obj").unwrap();
    out.extend(body);
    out.extend(b"\nendobj\n");
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
