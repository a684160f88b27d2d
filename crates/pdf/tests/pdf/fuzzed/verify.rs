//! Any file before the judge, who knows the authorities of some signed files but has no
//! key of theirs: whatever is valid was among them.

use std::{fs, ops::Range, path::Path};

use crypto::{Hash, digest};
use pdf::{
    page_count, page_png,
    verify::{Profile, Report, Verdict, verify_with},
};
use pki::Certificate;

use crate::house::NOW_MS;

/// Anchors, and all that was ever signed under them.
pub struct Known {
    pub anchors: Vec<Certificate>,
    pub revisions: Vec<Signed>,
}

/// A file as it was when it was signed.
pub struct Signed {
    length: usize,
    gap: Range<usize>,
    whole: Vec<u8>,
    signed: Vec<u8>,
}

impl Known {
    /// Reads the folder of the fixtures.
    pub fn read(fixtures: &Path) -> Self {
        let mut known = Self {
            anchors: Vec::new(),
            revisions: Vec::new(),
        };
        for folder in ["foreign", "fuzz/signed"] {
            let pem = fs::read_to_string(fixtures.join(folder).join("anchors.pem")).unwrap();
            known
                .anchors
                .extend(Certificate::from_pem_many(&pem).unwrap());
        }
        for folder in ["foreign/accepted", "foreign/refused", "fuzz/signed"] {
            for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
                known.enter(&fs::read(entry.unwrap().path()).unwrap());
            }
        }
        known
    }

    /// Takes down each revision that a signature ends.
    fn enter(&mut self, bytes: &[u8]) {
        const KEY: &[u8] = b"/ByteRange";
        let keys = bytes
            .windows(KEY.len())
            .enumerate()
            .filter(|(_, w)| *w == KEY);
        for (at, _) in keys {
            let text: String = bytes[at + KEY.len()..]
                .iter()
                .take(80)
                .map(|byte| char::from(*byte))
                .take_while(|c| *c != ']')
                .collect();
            let numbers = text.split(|c: char| !c.is_ascii_digit());
            let numbers: Vec<usize> = numbers.filter_map(|n| n.parse().ok()).collect();
            let &[0, begin, end, rest] = &numbers[..] else {
                continue;
            };
            let gap = begin..end;
            let Some(file) = bytes.get(..end + rest) else {
                continue;
            };
            self.revisions.push(Signed {
                length: file.len(),
                whole: sha256(file),
                signed: signed(file, &gap),
                gap,
            });
        }
    }

    fn check(&self, bytes: &[u8], report: &Report) {
        let strict = report.profile == Profile::Strict;
        let length = bytes.len();
        let known = self.revisions.iter().filter(|known| {
            if strict {
                return known.length == length && known.whole == sha256(bytes);
            }
            let file = bytes.get(..known.length);
            file.is_some_and(|file| known.signed == signed(file, &known.gap))
        });
        let known = known.max_by_key(|known| known.length);
        let known = known.unwrap_or_else(|| panic!("forged: {report:#?}"));
        if known.length < length {
            assert!(same_pictures(&bytes[..known.length], bytes), "{report:#?}");
        }
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(Hash::Sha256, bytes).as_bytes().to_vec()
}

fn signed(file: &[u8], gap: &Range<usize>) -> Vec<u8> {
    sha256(&[&file[..gap.start], &file[gap.end..]].concat())
}

fn same_pictures(before: &[u8], after: &[u8]) -> bool {
    let pages = page_count(before).unwrap_or(0);
    let picture = |file, page| page_png(file, page, 200).ok();
    page_count(after).unwrap_or(0) == pages
        && (0..pages).all(|page| picture(before, page) == picture(after, page))
}

/// Every profile comes to a verdict. What is valid under the strict one is a known file,
/// byte for byte; under the general one it may have another message, or validation data
/// after it, and looks the same.
pub fn verify(bytes: &[u8], known: &Known) {
    for profile in [Profile::Auto, Profile::Strict, Profile::General] {
        let report = verify_with(bytes, &known.anchors, NOW_MS, profile);
        if report.verdict == Verdict::Valid {
            assert!(!report.signatures.is_empty());
            known.check(bytes, &report);
        }
    }
}
