//! Genuine files: what other people's producers wrote, signed as yet other people's
//! programs sign, is valid by the general profile.

use crypto::{Digester, Suite};
use pdf::{
    Base, Field, Place, prepare,
    verify::{Profile, Report, Verdict, verify_with},
};

use crate::{
    contract::{RESERVE, placement, stroke},
    house::{HOUSE, NOW_MS},
    producers::{SIGNED, fixtures},
};

const SUITE: Suite = Suite::P256Sha256;
/// Every so many files are signed twice.
const TWICE: usize = 3;

/// Signs without an act, once or twice, seen on the first page or not seen.
fn signed(bytes: &[u8], names: &[&str], seen: bool) -> Result<Vec<u8>, pdf::PdfError> {
    let mut bytes = bytes.to_vec();
    let mut base = Base::read(&bytes)?;
    for name in names {
        let [width, height] = base.page_size(0)?;
        let rect = [width * 0.6, height * 0.1, width * 0.9, height * 0.2];
        let placements = [placement(0, rect)];
        let stroke = stroke();
        let field = Field {
            name,
            place: Place::New(if seen { &placements } else { &[] }),
            appearance: Some(&stroke),
            signer: "Jane Doe",
            reason: "",
            time_ms: NOW_MS,
            reserve: RESERVE,
            certify: None,
        };
        let prepared = prepare(&base, &field)?;
        let mut prefix = Digester::new(SUITE.hash());
        prefix.update(&bytes);
        let message = HOUSE.plain(SUITE, &prepared.digest(&prefix), seen);
        let (increment, next) = prepared.embed(&message)?;
        bytes.extend(increment);
        base = next;
    }
    Ok(bytes)
}

fn judged(bytes: &[u8]) -> Report {
    verify_with(bytes, &HOUSE.anchors(), NOW_MS, Profile::General)
}

#[test]
fn files_of_other_producers_are_valid_when_others_sign_them() {
    let (mut valid, mut wrong) = (0, Vec::new());
    for (at, (name, bytes)) in fixtures().into_iter().enumerate() {
        // Nobody vouches for those who signed these.
        if name.starts_with(SIGNED) {
            continue;
        }
        let names = if at % TWICE == 0 {
            &["one", "two"][..]
        } else {
            &["one"]
        };
        let file = match signed(&bytes, names, at % 2 == 0) {
            Ok(file) => file,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let report = judged(&file);
        if report.verdict == Verdict::Valid && report.signatures.len() == names.len() {
            valid += 1;
        } else {
            wrong.push(format!("{name}: {} {}", report.code, report.reason));
        }
        let changed = judged(&[&file[..], b"\n"].concat());
        assert_ne!(changed.verdict, Verdict::Valid, "{name}");
    }
    assert!(wrong.is_empty(), "{valid} valid\n{}", wrong.join("\n"));
    assert!(valid >= 200, "{valid} valid");
}
