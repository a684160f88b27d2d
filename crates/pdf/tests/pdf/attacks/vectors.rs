//! Every forgery is refused by every profile, for the reason that the table tells.

use std::collections::BTreeSet;

use pdf::verify::{Profile, Report, Verdict, verify_with};

use super::table;
use crate::house::{HOUSE, NOW_MS};

fn judged(file: &[u8], profile: Profile) -> Report {
    verify_with(file, &HOUSE.anchors(), NOW_MS, profile)
}

fn refused(tables: &[&[table::Row]]) {
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for row in tables.iter().copied().flatten() {
        assert!(names.insert((row.class, row.name)), "{} twice", row.name);
        for (at, (base, code)) in row.on.iter().enumerate() {
            let genuine = base();
            let report = judged(&genuine, Profile::Auto);
            assert_eq!(report.verdict, Verdict::Valid, "{}: {report:#?}", row.name);
            let forged = (row.forge)(&genuine);
            assert_ne!(forged, genuine);
            let who = format!("{}: {} ({at})", row.class, row.name);
            let report = judged(&forged, Profile::Auto);
            println!(
                "{who}: {:?} {} · {}",
                report.verdict, report.code, report.reason
            );
            if report.code != *code {
                wrong.push(format!(
                    "{who}: {} in place of {code}: {}",
                    report.code, report.reason
                ));
            }
            for profile in [Profile::Auto, Profile::General, Profile::Strict] {
                let report = judged(&forged, profile);
                if report.verdict == Verdict::Valid {
                    wrong.push(format!("{who}: VALID by {profile:?}"));
                }
            }
            let picture = |file: &[u8]| pdf::page_png(file, 0, 200).ok();
            if row.seen == "seen" && picture(&forged).is_none_or(|p| Some(p) == picture(&genuine)) {
                wrong.push(format!("{who}: nothing of it is seen"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn universal_forgery_and_wrapping() {
    refused(&[table::UNIVERSAL, table::WRAPPING]);
}

#[test]
fn incremental_saving() {
    refused(&[table::SAVING]);
}

#[test]
fn shadows() {
    refused(&[table::SHADOW]);
}

#[test]
fn second_signers_and_certified_files() {
    refused(&[table::INSIDER, table::CERTIFIED]);
}

#[test]
fn messages() {
    refused(&[table::MESSAGE]);
}

#[test]
fn structures() {
    refused(&[table::STRUCTURE]);
}

#[test]
fn honest_changes_are_valid() {
    for (name, change) in table::HONEST {
        let report = judged(&change(), Profile::Auto);
        assert_eq!(report.verdict, Verdict::Valid, "{name}: {report:#?}");
    }
}
