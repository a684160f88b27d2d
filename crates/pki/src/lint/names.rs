//! Issuer and subject.

use der::Tag;

use super::{
    OURS, Rule, broken,
    examined::{Attribute, Examined},
};
use crate::oid::{self, Oid};

/// Upper bound of all attributes (RFC 5280, A.1).
const LIMIT: usize = 64;
/// Digits of a resident identity number with its check character.
const RESIDENT: usize = 18;

pub(super) const RULES: [Rule; 12] = [
    Rule {
        code: "issuer-present",
        source: "RFC 5280, 4.1.2.4",
        demands: "the issuer's name is not empty",
        broken: |it| broken(it.issuer_name.is_empty(), || "it is empty".to_owned()),
    },
    Rule {
        code: "subject-present",
        source: "RFC 5280, 4.1.2.6; GM/T 0015-2012, 5.2",
        demands: "the subject's name is not empty",
        broken: |it| broken(it.subject_name.is_empty(), || "it is empty".to_owned()),
    },
    Rule {
        code: "subject-common-name",
        source: OURS,
        demands: "the subject has a common name",
        broken: |it| {
            let none = it
                .subject_name
                .iter()
                .all(|part| part.kind != oid::COMMON_NAME);
            broken(none && !it.subject_name.is_empty(), || {
                "it has none".to_owned()
            })
        },
    },
    Rule {
        code: "name-country",
        source: "RFC 5280, A.1; X.520, 6.3.1",
        demands: "a country is two capital letters in PrintableString",
        broken: |it| {
            let country = |part: &Attribute| {
                part.kind == oid::COUNTRY
                    && (part.tag != Tag::PrintableString
                        || part.value.len() != 2
                        || !part.value.iter().all(u8::is_ascii_uppercase))
            };
            part(it, country)
        },
    },
    Rule {
        code: "name-serial-number",
        source: "X.520, 6.2.9",
        demands: "a serial number in a name is a PrintableString",
        broken: |it| {
            let serial = |part: &Attribute| {
                part.kind == oid::SERIAL_NUMBER && part.tag != Tag::PrintableString
            };
            part(it, serial)
        },
    },
    Rule {
        code: "name-strings",
        source: "RFC 5280, 4.1.2.4",
        demands: "names are UTF8String or PrintableString, and what they say",
        broken: |it| part(it, |part| text(part).is_none()),
    },
    Rule {
        code: "name-length",
        source: "RFC 5280, A.1",
        demands: "each part of a name has 1 to 64 characters",
        broken: |it| {
            // The country has a rule of its own.
            let long = |part: &Attribute| {
                let count = text(part).map(|text| text.chars().count());
                part.kind != oid::COUNTRY
                    && count.is_some_and(|count| !(1..=LIMIT).contains(&count))
            };
            part(it, long)
        },
    },
    Rule {
        code: "name-characters",
        source: OURS,
        demands: "names have no control characters and no blanks at their ends",
        broken: |it| {
            let odd = |part: &Attribute| {
                text(part)
                    .is_some_and(|text| text.trim() != text || text.chars().any(char::is_control))
            };
            part(it, odd)
        },
    },
    Rule {
        code: "name-parts-known",
        source: OURS,
        demands: "names have country, organisation, common name and serial number alone",
        broken: |it| {
            let known = [
                oid::COUNTRY,
                oid::ORGANIZATION,
                oid::COMMON_NAME,
                oid::SERIAL_NUMBER,
            ];
            part(it, |part| !known.contains(&part.kind))
        },
    },
    Rule {
        code: "name-parts-once",
        source: OURS,
        demands: "each part of a name is there once",
        broken: |it| twice(&it.issuer_name).or_else(|| twice(&it.subject_name)),
    },
    Rule {
        code: "name-parts-apart",
        source: OURS,
        demands: "each part of a name has a set of its own",
        broken: |it| part(it, |part| !part.alone),
    },
    Rule {
        code: "subject-no-resident-number",
        source: "docs/event-certificate.md, ASN.1",
        demands: "the subject names nobody's identity number in clear",
        broken: |it| {
            let has = |part: &Attribute| text(part).is_some_and(has_resident_number);
            // What was found is not repeated.
            let found = it.subject_name.iter().find(|part| has(part))?;
            Some(format!("{} has one", found.kind))
        },
    },
];

/// The first part of either name that is like this.
fn part(it: &Examined, is: impl Fn(&Attribute) -> bool) -> Option<String> {
    let of = |whose: &str, name: &[Attribute]| {
        let found = name.iter().find(|part| is(part))?;
        Some(format!("{whose} {}: {}", found.kind, shown(found)))
    };
    of("issuer", &it.issuer_name).or_else(|| of("subject", &it.subject_name))
}

fn shown(part: &Attribute) -> String {
    match text(part) {
        Some(text) => format!("{text:?}"),
        None => format!("{:?} {}", part.tag, hex::encode(part.value)),
    }
}

fn twice(name: &[Attribute]) -> Option<String> {
    let before = |at: usize, kind: Oid| name[..at].iter().any(|part| part.kind == kind);
    let mut all = name.iter().enumerate();
    let (_, found) = all.find(|(at, part)| before(*at, part.kind))?;
    Some(found.kind.to_string())
}

/// The text of a part; none when it is of another type or not what the type says.
fn text<'a>(part: &Attribute<'a>) -> Option<&'a str> {
    match part.tag {
        Tag::Utf8String => str::from_utf8(part.value).ok(),
        Tag::PrintableString => {
            let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
            let text = str::from_utf8(part.value).ok()?;
            part.value.iter().all(fits).then_some(text)
        }
        _ => None,
    }
}

/// Whether a word is a resident identity number: region, day of birth, and the check
/// character (GB 11643-1999, 4; ISO 7064, MOD 11-2). A company's code of digits alone
/// has the length, but hardly a day in its middle.
fn has_resident_number(text: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'X' | b'x');
    // A digest in hexadecimal has runs of digits too: a number stands alone.
    let words = text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() == RESIDENT && word.iter().all(is_part))
        .any(is_checked)
}

fn is_checked(number: &[u8]) -> bool {
    let sum = number
        .iter()
        .rev()
        .zip(0..)
        .fold(0_u32, |sum, (byte, power)| {
            let digit = match byte {
                b'X' | b'x' => 10,
                digit => u32::from(digit - b'0'),
            };
            sum + digit * (2_u32.pow(power) % 11)
        });
    sum % 11 == 1 && (b'1'..=b'8').contains(&number[0]) && is_day(&number[6..14])
}

fn is_day(digits: &[u8]) -> bool {
    let number = |part: &[u8]| {
        part.iter()
            .fold(0_u32, |number, digit| number * 10 + u32::from(digit & 0x0f))
    };
    let (year, month, day) = (
        number(&digits[..4]),
        number(&digits[4..6]),
        number(&digits[6..]),
    );
    (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}
