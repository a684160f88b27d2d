//! Subjects: writing the names that we issue, reading those of anybody.

use der::{
    Any, Decode, Tag, Tagged,
    asn1::{PrintableStringRef, Utf8StringRef},
};

use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use crate::{
    PkiError,
    encode::{self, PRINTABLE_STRING, UTF8_STRING},
    oid::{self, Oid},
};

/// Upper bound of all attributes but the country, in characters (RFC 5280, A.1).
const LIMIT: usize = 64;

/// The subject of a certificate that we issue.
///
/// At most 64 characters in each part (X.520).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Real name of the person, the company, or the authority.
    pub common_name: String,
    /// The company.
    pub organization: Option<String>,
    /// ISO 3166 code, two capital letters.
    pub country: String,
    /// Salted digest of an identity number, or a social credit code. Letters, digits
    /// and the few signs of `PrintableString`.
    pub serial_number: Option<String>,
}

impl Name {
    /// The DER of the X.501 Name: country, organisation, common name, serial number,
    /// each in its own set.
    pub(crate) fn to_der(&self) -> Result<Vec<u8>, PkiError> {
        let country = self.country.as_bytes();
        if country.len() != 2 || !country.iter().all(u8::is_ascii_uppercase) {
            return Err(PkiError::Request(format!(
                "the country {:?} is not two capital letters",
                self.country
            )));
        }
        let mut sets = attribute(oid::COUNTRY, PRINTABLE_STRING, &self.country);
        if let Some(organization) = &self.organization {
            check("organization", organization)?;
            sets.extend(attribute(oid::ORGANIZATION, UTF8_STRING, organization));
        }
        check("common name", &self.common_name)?;
        sets.extend(attribute(oid::COMMON_NAME, UTF8_STRING, &self.common_name));
        if let Some(serial) = &self.serial_number {
            check("serial number", serial)?;
            if PrintableStringRef::new(serial).is_err() {
                return Err(PkiError::Request(format!(
                    "the serial number {serial:?} has characters outside of PrintableString"
                )));
            }
            sets.extend(attribute(oid::SERIAL_NUMBER, PRINTABLE_STRING, serial));
        }
        Ok(encode::sequence(&[&sets]))
    }

    /// Reads a name of the parts that we issue, each at most once and in any order.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        let refuse = |reason: String| PkiError::Request(reason);
        let read =
            x509_cert::name::Name::from_der(der).map_err(|e| PkiError::malformed("name", &e))?;
        let [
            mut country,
            mut organization,
            mut common_name,
            mut serial_number,
        ] = [const { None }; 4];
        for part in read.iter() {
            let kind = part.oid.to_string();
            let place = match Oid::from_content(part.oid.as_bytes()) {
                oid::COUNTRY => &mut country,
                oid::ORGANIZATION => &mut organization,
                oid::COMMON_NAME => &mut common_name,
                oid::SERIAL_NUMBER => &mut serial_number,
                _ => return Err(refuse(format!("no subject here has the attribute {kind}"))),
            };
            let text = text(&part.value)
                .ok_or_else(|| refuse(format!("the subject's {kind} is no usual text")))?;
            if place.replace(text).is_some() {
                return Err(refuse(format!("the subject has {kind} twice")));
            }
        }
        let missing = |what| refuse(format!("the subject has no {what}"));
        let name = Self {
            common_name: common_name.ok_or_else(|| missing("common name"))?,
            organization,
            country: country.ok_or_else(|| missing("country"))?,
            serial_number,
        };
        // It can be issued.
        name.to_der()?;
        Ok(name)
    }
}

fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String => Some(value.decode_as::<Utf8StringRef>().ok()?.to_string()),
        Tag::PrintableString => Some(value.decode_as::<PrintableStringRef>().ok()?.to_string()),
        _ => None,
    }
}

fn check(part: &str, text: &str) -> Result<(), PkiError> {
    if (1..=LIMIT).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(PkiError::Request(format!(
        "the {part} {text:?} must have 1 to {LIMIT} characters and no control characters"
    )))
}

fn attribute(kind: Oid, string: u8, text: &str) -> Vec<u8> {
    let value = encode::tlv(string, &[text.as_bytes()]);
    encode::tlv(
        encode::SET,
        &[&encode::sequence(&[&encode::oid(kind), &value])],
    )
}

/// Whether two names, DER, name the same (RFC 5280, 7.1): letters are compared without
/// case, and blanks as one, whether the text is a PrintableString or UTF-8. What is no
/// such text is compared as bytes.
pub(crate) fn same(one: &[u8], two: &[u8]) -> bool {
    if one == two {
        return true;
    }
    let (Ok(one), Ok(two)) = (RdnSequence::from_der(one), RdnSequence::from_der(two)) else {
        return false;
    };
    let mut pairs = one.iter().zip(two.iter());
    one.len() == two.len() && pairs.all(|(one, two)| same_parts(one, two))
}

/// Parts that stand together have no order.
fn same_parts(one: &RelativeDistinguishedName, two: &RelativeDistinguishedName) -> bool {
    let folded = |parts: &RelativeDistinguishedName| {
        let mut all: Vec<_> = parts
            .iter()
            .map(|part| {
                (
                    part.oid,
                    folded(&part.value).ok_or_else(|| part.value.clone()),
                )
            })
            .collect();
        all.sort_by_key(|(kind, _)| *kind);
        all
    };
    folded(one) == folded(two)
}

/// A text without case, its blanks single and only inside.
fn folded(value: &Any) -> Option<String> {
    let lower = text(value)?.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    Some(words.join(" "))
}

/// Common name of a name; empty when there is none.
pub(crate) fn common_name(der: &[u8]) -> Result<String, PkiError> {
    let name = x509_cert::name::Name::from_der(der).map_err(|e| PkiError::malformed("name", &e))?;
    let common = name.common_name().ok().flatten();
    Ok(common.map_or_else(String::new, |text| text.value().into_owned()))
}

/// A name that was read before, as people read it (RFC 4514).
pub(crate) fn display(der: &[u8]) -> String {
    x509_cert::name::Name::from_der(der).map_or_else(|_| String::new(), |name| name.to_string())
}
