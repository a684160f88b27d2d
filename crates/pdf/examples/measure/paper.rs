//! A file that every peer can sign: PDF 1.7 with a classic cross-reference, which is all
//! that the placeholder of `@signpdf` reads.

use std::fmt::Write as _;

/// Object numbers that come before the pages.
const FRONT: usize = 4;

/// How much there is.
pub struct Paper {
    pub pages: usize,
    /// Lines of text on each page.
    pub lines: usize,
    /// Elements of the structure tree for each page: a tagged contract has that many
    /// objects.
    pub elements: usize,
    /// Width and height of each page's picture in pixels of three bytes.
    pub side: usize,
}

impl Paper {
    /// A contract of six pages.
    pub fn contract(side: usize) -> Self {
        Self {
            pages: 6,
            lines: 40,
            elements: 25,
            side,
        }
    }
}

/// The file.
pub fn bytes(paper: &Paper) -> Vec<u8> {
    let Paper {
        pages,
        lines,
        elements,
        side,
    } = *paper;
    let per_page = 3 + elements;
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    let mut object = |body: &[u8]| {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", offsets.len()).bytes());
        out.extend(body);
        out.extend(b"\nendobj\n");
    };
    let first = |page: usize| FRONT + 1 + page * per_page;
    let list = |numbers: &mut dyn Iterator<Item = usize>| {
        numbers.fold(String::new(), |mut text, number| {
            let _ = write!(text, "{number} 0 R ");
            text
        })
    };
    let kids = list(&mut (0..pages).map(first));
    let all = list(&mut (0..pages).flat_map(|page| first(page) + 3..first(page) + per_page));
    object(b"<</Type/Catalog/Pages 2 0 R/StructTreeRoot 4 0 R>>");
    object(format!("<</Type/Pages/Kids[{kids}]/Count {pages}>>").as_bytes());
    object(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
    object(format!("<</Type/StructTreeRoot/K[{all}]>>").as_bytes());
    let mut noise = 1u32;
    for page in 0..pages {
        let (this, content, picture) = (first(page), first(page) + 1, first(page) + 2);
        object(
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R\
                 /Resources<</Font<</F 3 0 R>>/XObject<</P {picture} 0 R>>>>>>"
            )
            .as_bytes(),
        );
        object(&stream("", text(page, lines).as_bytes()));
        let pixels: Vec<u8> = (0..side * side * 3)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                noise.to_be_bytes()[0]
            })
            .collect();
        let dict = format!(
            "/Type/XObject/Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceRGB\
             /BitsPerComponent 8"
        );
        object(&stream(&dict, &pixels));
        for element in 0..elements {
            let body = format!("<</Type/StructElem/S/P/P 4 0 R/Pg {this} 0 R/K {element}>>");
            object(body.as_bytes());
        }
    }
    let startxref = out.len();
    let size = offsets.len() + 1;
    let mut end = format!("xref\n0 {size}\n0000000000 65535 f \n");
    for offset in &offsets {
        let _ = writeln!(end, "{offset:010} 00000 n ");
    }
    let _ = write!(
        end,
        "trailer\n<</Size {size}/Root 1 0 R/ID[<00112233445566778899aabbccddeeff>\
         <00112233445566778899aabbccddeeff>]>>\nstartxref\n{startxref}\n%%EOF\n"
    );
    out.extend(end.bytes());
    out
}

fn text(page: usize, lines: usize) -> String {
    let mut text = "q 200 0 0 200 300 40 cm /P Do Q BT /F 11 Tf 14 TL 60 780 Td\n".to_owned();
    for line in 0..lines {
        let _ = writeln!(
            text,
            "(Page {page}, clause {line}: the borrower repays what was lent, with interest.) Tj T*"
        );
    }
    text + "ET\n"
}

fn stream(dict: &str, data: &[u8]) -> Vec<u8> {
    let mut body = format!("<<{dict}/Length {}>>\nstream\n", data.len()).into_bytes();
    body.extend(data);
    body.extend(b"\nendstream");
    body
}
