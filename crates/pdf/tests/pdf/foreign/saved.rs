//! An outsider saves changes into files that others signed.

use std::fmt::Write;

use pdf::verify::Verdict;

use super::{file, judged};
use crate::contract::last;

/// Appends objects with a classic cross-reference, as any editor does.
fn append(bytes: &[u8], objects: &[(u32, &str)], tail: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes[last(bytes, "startxref")..]).into_owned();
    let previous = text.split_ascii_whitespace().nth(1).unwrap().to_owned();
    let mut out = String::new();
    let mut rows = String::new();
    for (number, body) in objects {
        let at = bytes.len() + out.len();
        write!(rows, "{number} 1\n{at:010} 00000 n \n").unwrap();
        write!(out, "{number} 0 obj\n{body}\nendobj\n").unwrap();
    }
    let at = bytes.len() + out.len();
    let trailer = format!("<</Size 999/Root 1 0 R/Prev {previous}>>");
    write!(
        out,
        "xref\n{rows}trailer\n{trailer}\nstartxref\n{at}\n%%EOF\n{tail}"
    )
    .unwrap();
    [bytes, out.as_bytes()].concat()
}

const FILES: [&str; 4] = [
    "accepted/table-pkcs7-b",
    "accepted/table-lta",
    "accepted/certified-2-filled",
    "accepted/certified-3-marked",
];

const CONTENT: &str = "<</Length 28>>\nstream\n1 0 0 rg 0 0 400 300 re f   \nendstream";

#[test]
fn whatever_is_saved_after_the_last_signature_is_seen() {
    for name in FILES {
        let bytes = file(name);
        assert_eq!(judged(&bytes).verdict, Verdict::Valid, "{name}");
        let changes: [&[(u32, &str)]; 8] = [
            &[],
            &[(4, CONTENT)],
            &[(5, CONTENT)],
            &[(1, "<</Type/Catalog/Pages 2 0 R>>")],
            &[(2, "<</Type/Pages/Kids[]/Count 0>>")],
            &[(9, "null")],
            &[(900, "(unused)")],
            &[(
                9,
                "<</Type/Annot/Subtype/Square/F 2/P 3 0 R/Rect[100 20 160 60]>>",
            )],
        ];
        for objects in changes {
            let report = judged(&append(&bytes, objects, ""));
            assert_ne!(report.verdict, Verdict::Valid, "{name} {objects:?}");
        }
    }
}

/// Objects that no cross-reference names, for readers that repair files.
#[test]
fn bytes_that_belong_to_no_object_are_seen() {
    for name in FILES {
        let bytes = file(name);
        let object = format!("4 0 obj\n{CONTENT}\nendobj\n");
        for tail in ["%%EOF", &object, "xref\n0 0\n", "%\n1"] {
            let report = judged(&[&bytes, tail.as_bytes()].concat());
            assert_eq!(report.verdict, Verdict::Altered, "{name} {tail:?}");
        }
    }
}

/// Validation data may be saved by anybody; nothing may come along with them.
#[test]
fn validation_data_may_follow_and_nothing_with_them() {
    let bytes = file("accepted/table-pkcs7-b");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.rfind("\n1 0 obj").unwrap();
    let catalog = text[at..].split("endobj").next().unwrap();
    let catalog = catalog.trim_start().trim_start_matches("1 0 obj").trim();
    let with = |more: &str| catalog.replacen("<<", &format!("<<{more}"), 1);
    let data = (900, "<</Certs[]>>");
    let dss = with("/DSS 900 0 R");
    let report = judged(&append(&bytes, &[(1, &dss), data], ""));
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(report.revisions[1].added[0], "validation data");
    let script = with("/DSS 900 0 R/OpenAction<</S/JavaScript/JS(0)>>");
    for objects in [
        &[(1, dss.as_str()), data, (4, CONTENT)][..],
        &[(1, script.as_str()), data],
    ] {
        let report = judged(&append(&bytes, objects, ""));
        let said = (report.verdict, report.code);
        assert_eq!(said, (Verdict::Altered, "revision-not-allowed"));
    }
    let object = format!("4 0 obj\n{CONTENT}\nendobj\n");
    let report = judged(&append(&bytes, &[(1, &dss), data], &object));
    assert_eq!(report.verdict, Verdict::Altered, "{report:#?}");
}

/// A file that is cut back to a signature is the file of that day.
#[test]
fn a_file_cut_back_to_a_signature_holds() {
    let bytes = file("accepted/table-two-visible");
    let report = judged(&bytes);
    let first = report.signatures[0].covers.unwrap();
    let report = judged(&bytes[..first]);
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(report.signatures.len(), 1);
}
