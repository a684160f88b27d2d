//! Version, serial number, algorithm, validity.

use der::Tag;

use super::{OURS, Rule, broken, examined::Date};
use crate::algorithm::SignatureAlgorithm;

/// Most bytes of a serial number (RFC 5280, 4.1.2.2), and fewest of ours.
const SERIAL: usize = 20;
const RANDOM: usize = 16;
/// 2050-01-01: from then on dates have four digits for the year.
const LONG_YEARS: i64 = 2_524_608_000;

pub(super) const RULES: [Rule; 9] = [
    Rule {
        code: "version-3",
        source: "RFC 5280, 4.1.2.1",
        demands: "the version is 3",
        broken: |it| {
            let version = it.version.unwrap_or(&[0]);
            broken(version != [2], || format!("version {version:02x?}, from 0"))
        },
    },
    Rule {
        code: "serial-positive",
        source: "RFC 5280, 4.1.2.2",
        demands: "the serial number is greater than zero",
        broken: |it| {
            let negative = it.serial.first().is_none_or(|first| first & 0x80 != 0);
            let zero = it.serial.iter().all(|byte| *byte == 0);
            broken(negative || zero, || hex::encode(it.serial))
        },
    },
    Rule {
        code: "serial-length",
        source: "RFC 5280, 4.1.2.2",
        demands: "the serial number has at most 20 bytes",
        broken: |it| broken(it.serial.len() > SERIAL, || hex::encode(it.serial)),
    },
    Rule {
        code: "serial-128-bits",
        source: OURS,
        demands: "the serial number has room for 128 random bits",
        broken: |it| broken(it.serial.len() < RANDOM, || hex::encode(it.serial)),
    },
    Rule {
        code: "signature-algorithm",
        source: "RFC 5758, 3; RFC 4055, 5; GM/T 0015-2012, 5.2",
        demands: "the signature algorithm is one of the suites', with its parameters",
        broken: |it| {
            let read = SignatureAlgorithm::read(it.algorithm);
            read.err().map(|error| error.to_string())
        },
    },
    Rule {
        code: "validity-form",
        source: "RFC 5280, 4.1.2.5",
        demands: "dates are UTCTime until 2049 and GeneralizedTime after, whole seconds, Z",
        broken: |it| {
            let wrong = [&it.begin, &it.end].into_iter().find(|date| !is_form(date));
            wrong.map(|date| format!("{:?} {}", date.tag, date.text.escape_ascii()))
        },
    },
    Rule {
        code: "validity-order",
        source: "RFC 5280, 4.1.2.5",
        demands: "the validity does not end before it begins",
        broken: |it| {
            let (begin, end) = (it.begin.seconds?, it.end.seconds?);
            broken(end < begin, || format!("{begin} to {end}"))
        },
    },
    Rule {
        code: "validity-length",
        source: OURS,
        demands: "the validity is not longer than the profile allows",
        broken: |it| {
            let (begin, end) = (it.begin.seconds?, it.end.seconds?);
            let longest = it.profile?.longest;
            broken(end - begin > longest, || {
                format!("{} seconds of at most {longest}", end - begin)
            })
        },
    },
    Rule {
        code: "unique-identifiers",
        source: "RFC 5280, 4.1.2.8",
        demands: "there are no unique identifiers of issuer or subject",
        broken: |it| broken(it.unique_identifiers, || "there are".to_owned()),
    },
];

fn is_form(date: &Date) -> bool {
    let digits = match date.tag {
        Tag::UtcTime => 12,
        Tag::GeneralizedTime => 14,
        _ => return false,
    };
    let Some(seconds) = date.seconds else {
        return false;
    };
    let right = (date.tag == Tag::GeneralizedTime) == (seconds >= LONG_YEARS);
    right && date.text.len() == digits + 1 && date.text.ends_with(b"Z")
}
