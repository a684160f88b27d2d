//! Who signs: numbers with check digits, and what is kept of a party.

use std::{fmt, str::FromStr};

use crypto::{Digest, Hash};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Why a number is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not 18 characters of the alphabet.
    #[error("the {0} must have 18 characters of the right alphabet")]
    Shape(&'static str),
    /// The birth date in the number does not exist.
    #[error("the birth date in the resident identity number does not exist")]
    BirthDate,
    /// The province in the number does not exist.
    #[error("the first two digits of the resident identity number are no province")]
    Province,
    /// The check character is wrong.
    #[error("the check character of the {0} is wrong; look for a typing error")]
    Check(&'static str),
    /// Not a mobile number.
    #[error("a mobile number has 11 digits and begins with 1")]
    Phone,
    /// Not the number of such a document.
    #[error("this is not the number of a document of the kind `{0}`; look for a typing error")]
    Document(&'static str),
    /// An empty or overlong name.
    #[error("a name has 1 to 64 characters, all of which can be seen")]
    Name,
}

const RESIDENT: &str = "resident identity number";
const CREDIT: &str = "unified social credit code";

/// Provinces, by the first two digits of their codes (GB/T 2260), with those of the
/// residence permits for people of Hong Kong, Macau and Taiwan (81 to 83).
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
];

/// Resident identity number of the People's Republic of China (GB 11643-1999): a province,
/// a real birth date and a correct check character. Counties come and go, and numbers keep
/// the code of a county that is gone: only the province is looked up. Never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(try_from = "String", into = "String")]
pub struct ResidentId(String);

impl FromStr for ResidentId {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let text = text.to_ascii_uppercase();
        let digits = eighteen(text.as_bytes())?;
        let province = (digits[0] - b'0') * 10 + (digits[1] - b'0');
        if !PROVINCES.contains(&province) {
            return Err(IdentityError::Province);
        }
        Ok(Self(text))
    }
}

/// Looks at eighteen characters: digits with a birth date at the seventh, and the check
/// character of all (GB 11643-1999, ISO 7064 MOD 11-2). Gives the first seventeen.
fn eighteen(bytes: &[u8]) -> Result<&[u8; 17], IdentityError> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let shape = IdentityError::Shape(RESIDENT);
    let (digits, check) = bytes.split_first_chunk::<17>().ok_or(shape)?;
    let [check] = check else {
        return Err(shape);
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(shape);
    }
    if !is_date(&digits[6..14]) {
        return Err(IdentityError::BirthDate);
    }
    let weighed = digits.iter().zip(WEIGHTS);
    let sum: u32 = weighed.map(|(b, w)| u32::from(b - b'0') * w).sum();
    if *check != b"10X98765432"[(sum % 11) as usize] {
        return Err(IdentityError::Check(RESIDENT));
    }
    Ok(digits)
}

/// What proves who a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// Resident identity card (GB 11643).
    ResidentId,
    /// Passport of any state.
    Passport,
    /// Card of an officer of the armed forces.
    OfficerCard,
    /// Mainland travel permit for residents of Hong Kong and Macau.
    HongKongMacauPermit,
    /// Mainland travel permit for residents of Taiwan.
    TaiwanPermit,
    /// Permanent residence card of a foreigner.
    ForeignPermanentResident,
}

impl DocumentKind {
    /// The name used in the API, in evidence and in errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ResidentId => "resident-id",
            Self::Passport => "passport",
            Self::OfficerCard => "officer-card",
            Self::HongKongMacauPermit => "hong-kong-macau-permit",
            Self::TaiwanPermit => "taiwan-permit",
            Self::ForeignPermanentResident => "foreign-permanent-resident",
        }
    }
}

/// A document that proves who a person is: kind and number, of which the number is
/// checked as far as its kind allows. Never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(try_from = "DocumentText", into = "DocumentText")]
pub struct IdDocument {
    #[zeroize(skip)]
    kind: DocumentKind,
    number: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentText {
    kind: DocumentKind,
    number: String,
}

impl IdDocument {
    /// Reads a number as it is printed on a document of this kind: check characters and
    /// dates where there are some, the alphabet and the length where there are none.
    pub fn parse(kind: DocumentKind, number: &str) -> Result<Self, IdentityError> {
        let mut number = number.trim().to_uppercase();
        if kind == DocumentKind::TaiwanPermit {
            // The letter of a booklet stands in brackets in some.
            number.retain(|c| !matches!(c, '(' | ')'));
        }
        let bytes = number.as_bytes();
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let letters = |part: &[u8]| part.iter().all(u8::is_ascii_uppercase);
        let good = match kind {
            DocumentKind::ResidentId => {
                let id: ResidentId = number.parse()?;
                return Ok(id.into());
            }
            // At most nine letters and digits in the machine-readable zone (ICAO 9303-4,
            // 4.2.2); some states print more.
            DocumentKind::Passport => {
                (5..=12).contains(&bytes.len())
                    && bytes.iter().all(u8::is_ascii_alphanumeric)
                    && bytes.iter().any(u8::is_ascii_digit)
            }
            DocumentKind::OfficerCard => officer(&number),
            // Eight digits of the person's own; cards from before 2012 add how often they
            // were issued, in two.
            DocumentKind::HongKongMacauPermit => {
                matches!(bytes.len(), 9 | 11)
                    && matches!(bytes[0], b'H' | b'M')
                    && digits(&bytes[1..])
            }
            // Eight digits since the card of 2015; booklets before it have ten and a letter.
            DocumentKind::TaiwanPermit => {
                (bytes.len() == 8 && digits(bytes))
                    || (bytes.len() == 11 && digits(&bytes[..10]) && letters(&bytes[10..]))
            }
            // The state in letters, a region, the birth date in six digits, two more (2017).
            // The last is said to be a check digit of ICAO 9303; no standard that we could
            // read says so, and a number is not refused for it. Since 2023: 9, the province,
            // the state in digits, birth date, and a check character as residents have it.
            DocumentKind::ForeignPermanentResident => match bytes.len() {
                15 => letters(&bytes[..3]) && digits(&bytes[3..]) && six_digit_date(&bytes[7..13]),
                18 => bytes[0] == b'9' && eighteen(bytes).is_ok(),
                _ => false,
            },
        };
        good.then_some(Self { kind, number })
            .ok_or(IdentityError::Document(kind.name()))
    }

    /// What kind of document it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The number, for authorities and digests alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.number
    }

    /// What of the number stays when the document is issued anew: the holder's own eight
    /// digits of a permit for people of Hong Kong, Macau and Taiwan, else all of it.
    #[must_use]
    pub fn lasting(&self) -> &str {
        let length = match self.kind {
            DocumentKind::HongKongMacauPermit => 9,
            DocumentKind::TaiwanPermit => 8,
            _ => self.number.len(),
        };
        self.number.get(..length).unwrap_or(&self.number)
    }

    /// As pages show it: the first and the last two characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let count = self.number.chars().count();
        let shown = |(place, c)| {
            if place < 2 || place + 2 >= count {
                c
            } else {
                '*'
            }
        };
        self.number.chars().enumerate().map(shown).collect()
    }

    /// The birth date that the number holds, as `YYYYMMDD`; none where it holds none, or
    /// not the century.
    #[must_use]
    pub fn birth_date(&self) -> Option<&str> {
        match self.kind {
            DocumentKind::ResidentId | DocumentKind::ForeignPermanentResident
                if self.number.len() == 18 =>
            {
                self.number.get(6..14)
            }
            _ => None,
        }
    }
}

/// `军字第1234567号`, with or without its words: one to three characters, `字第`, four to
/// eight digits, `号`.
fn officer(number: &str) -> bool {
    let Some((arm, rest)) = number.split_once("字第") else {
        return false;
    };
    let digits = rest.strip_suffix('号').unwrap_or(rest);
    (1..=3).contains(&arm.chars().count())
        && arm.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
        && (4..=8).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether six digits are a date of this or the last century.
fn six_digit_date(digits: &[u8]) -> bool {
    ["19", "20"]
        .iter()
        .any(|century| is_date(&[century.as_bytes(), digits].concat()))
}

impl From<ResidentId> for IdDocument {
    fn from(id: ResidentId) -> Self {
        let (kind, number) = (DocumentKind::ResidentId, id.0.clone());
        Self { kind, number }
    }
}

impl TryFrom<DocumentText> for IdDocument {
    type Error = IdentityError;

    fn try_from(text: DocumentText) -> Result<Self, IdentityError> {
        Self::parse(text.kind, &text.number)
    }
}

impl From<IdDocument> for DocumentText {
    fn from(document: IdDocument) -> Self {
        let (kind, number) = (document.kind, document.number.clone());
        Self { kind, number }
    }
}

/// Whether eight digits are a date since 1800 that exists.
fn is_date(digits: &[u8]) -> bool {
    let number = |part: &[u8]| part.iter().fold(0_i32, |n, b| n * 10 + i32::from(b - b'0'));
    let month = u8::try_from(number(&digits[4..6]))
        .ok()
        .and_then(|m| time::Month::try_from(m).ok());
    let day = u8::try_from(number(&digits[6..8])).unwrap_or(0);
    let year = number(&digits[..4]);
    year >= 1800 && month.is_some_and(|m| time::Date::from_calendar_date(year, m, day).is_ok())
}

/// Unified social credit code (GB 32100-2015) with a correct check character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode(String);

impl CreditCode {
    /// The code as text; it is public.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CreditCode {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
        let values: Option<Vec<usize>> = text
            .bytes()
            .map(|b| ALPHABET.iter().position(|a| *a == b))
            .collect();
        let values = values
            .filter(|v| v.len() == 18)
            .ok_or(IdentityError::Shape(CREDIT))?;
        let mut weight = 1;
        let mut sum = 0;
        for value in &values[..17] {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        if values[17] != (31 - sum % 31) % 31 {
            return Err(IdentityError::Check(CREDIT));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Mobile number, 11 digits. Shown only with its middle masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// For the SMS gateway alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// As pages show it: `138****1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

impl FromStr for Phone {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let good =
            text.len() == 11 && text.starts_with('1') && text.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self(text.to_owned()))
            .ok_or(IdentityError::Phone)
    }
}

macro_rules! text_form {
    ($type:ident) => {
        impl TryFrom<String> for $type {
            type Error = IdentityError;

            fn try_from(text: String) -> Result<Self, IdentityError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.0.clone()
            }
        }
    };
}
text_form!(ResidentId);
text_form!(CreditCode);
text_form!(Phone);

macro_rules! masked_debug {
    ($type:ident) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(masked)"))
            }
        }
    };
}
masked_debug!(ResidentId);
masked_debug!(IdDocument);
masked_debug!(Phone);

/// Parses a name of a person or a company: nothing in it that is not seen, or that
/// changes the order of what is seen.
pub fn name(text: &str) -> Result<String, IdentityError> {
    let text = text.trim();
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let good = (1..=64).contains(&text.chars().count()) && !text.chars().any(unseen);
    good.then(|| text.to_owned()).ok_or(IdentityError::Name)
}

/// A party's data. Kept sealed under the party's own key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Details {
    /// 128 random bits in hexadecimal, so that digests cannot be guessed.
    pub salt: String,
    /// Name of the person or company.
    pub name: String,
    /// Number of a person.
    pub id_number: Option<ResidentId>,
    /// Mobile number of a person.
    pub phone: Option<Phone>,
    /// Code of a company.
    pub credit_code: Option<CreditCode>,
}

impl Details {
    /// The salted digest by which events name this party.
    #[must_use]
    pub fn digest(&self, hash: Hash) -> Digest {
        let text = serde_json::to_vec(self).unwrap_or_default();
        crypto::digest(hash, &text)
    }

    /// The party's subject name: the real name, and the number only as a salted
    /// digest (a company's code is public and stands in clear).
    #[must_use]
    pub fn subject(&self) -> pki::Name {
        let salted = |id: &ResidentId| {
            let digest = crypto::digest(Hash::Sha256, format!("{}{}", self.salt, id.0).as_bytes());
            hex::encode(digest.as_bytes())
        };
        let code = self
            .credit_code
            .as_ref()
            .map(|code| code.as_str().to_owned());
        pki::Name {
            common_name: self.name.clone(),
            organization: code.is_some().then(|| self.name.clone()),
            country: "CN".to_owned(),
            serial_number: code.or_else(|| self.id_number.as_ref().map(salted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_id_needs_date_and_check() {
        assert!("11010519491231002X".parse::<ResidentId>().is_ok());
        assert!("11010519491231002x".parse::<ResidentId>().is_ok());
        let bad = |text: &str| text.parse::<ResidentId>().unwrap_err();
        assert_eq!(bad("110105194912310021"), IdentityError::Check(RESIDENT));
        assert_eq!(bad("110105194902310021"), IdentityError::BirthDate);
        assert_eq!(bad("1101051949123100"), IdentityError::Shape(RESIDENT));
        assert_eq!(bad("一一〇一〇五"), IdentityError::Shape(RESIDENT));
    }

    /// What a kind takes as it is printed, and what it does not take.
    #[track_caller]
    fn takes(kind: DocumentKind, good: &[&str], bad: &[&str]) {
        for number in good {
            assert!(IdDocument::parse(kind, number).is_ok(), "{number}");
        }
        for number in bad {
            assert!(IdDocument::parse(kind, number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_resident_id_is_of_a_province() {
        // A residence permit of Hong Kong; a foreigner's card, of which the rest is right.
        let (permit, foreign) = ("810000198001010014", "911124198108030024");
        takes(
            DocumentKind::ResidentId,
            &["11010519491231002x", permit],
            &[foreign],
        );
        let no_province = "990105194912310023".parse::<ResidentId>().unwrap_err();
        assert_eq!(no_province, IdentityError::Province);
    }

    #[test]
    fn a_passport_has_letters_and_digits() {
        let good = [
            "E12345678",
            "EA1234567",
            "141234567",
            "AB123456",
            " g12345678 ",
        ];
        let bad = [
            "",
            "E123",
            "ABCDEFGH",
            "E1234567890123",
            "E12 45678",
            "Ｅ12345678",
            "护照123456",
        ];
        takes(DocumentKind::Passport, &good, &bad);
    }

    #[test]
    fn an_officer_card_names_its_arm() {
        let good = ["军字第1234567号", "空字第12345678号", "南字第123456"];
        let bad = [
            "1234567",
            "军字第123号",
            "军字第123456789号",
            "A字第1234567号",
            "字第1234567号",
        ];
        takes(DocumentKind::OfficerCard, &good, &bad);
    }

    #[test]
    fn a_hong_kong_or_macau_permit_keeps_its_holders_number() {
        let kind = DocumentKind::HongKongMacauPermit;
        let bad = [
            "H1234567",
            "T12345678",
            "H123456789",
            "12345678",
            "H1234567A",
            "ＨＭ12345678",
        ];
        takes(kind, &["H12345678", "m1234567801"], &bad);
        let of = |number| IdDocument::parse(kind, number).unwrap();
        assert_eq!(of("H1234567800").lasting(), of("H12345678").lasting());
        assert_ne!(of("H12345678").lasting(), of("M12345678").lasting());
    }

    #[test]
    fn a_taiwan_permit_keeps_its_holders_number() {
        let kind = DocumentKind::TaiwanPermit;
        let bad = [
            "1234567",
            "123456789",
            "1234567801",
            "12345678011",
            "A2345678",
        ];
        takes(kind, &["12345678", "1234567801B", "1234567801(B)"], &bad);
        let of = |number| IdDocument::parse(kind, number).unwrap();
        assert_eq!(of("1234567801(B)"), of("1234567801b"));
        assert_eq!(of("1234567801B").lasting(), of("12345678").lasting());
    }

    #[test]
    fn a_foreigners_card_has_a_birth_date() {
        let kind = DocumentKind::ForeignPermanentResident;
        // The two of eighteen are published examples of the form of 2023.
        let good = [
            "911124198108030024",
            "931012199012010018",
            "CAN110078120107",
        ];
        let bad = [
            "911124198108030025",
            "911124198113030024",
            "11010519491231002X",
            "CAN110078130107",
            "CA1110078120107",
            "CAN11007812010",
        ];
        takes(kind, &good, &bad);
        let of = |number| IdDocument::parse(kind, number).unwrap();
        assert_eq!(of(good[0]).birth_date(), Some("19810803"));
        assert_eq!(of(good[2]).birth_date(), None);
    }

    #[test]
    fn a_number_is_shown_masked() {
        let of = |kind, number| IdDocument::parse(kind, number).unwrap();
        let id = of(DocumentKind::ResidentId, "11010519491231002X");
        assert_eq!(id.masked(), "11**************2X");
        let card = of(DocumentKind::OfficerCard, "军字第1234567号");
        assert_eq!(card.masked(), "军字********7号");
        assert_eq!(
            format!("{id:?} {card:?}"),
            "IdDocument(masked) IdDocument(masked)"
        );
    }

    #[test]
    fn credit_code_needs_check() {
        assert!("91350100M000100Y43".parse::<CreditCode>().is_ok());
        let bad = "91350100M000100Y44".parse::<CreditCode>().unwrap_err();
        assert_eq!(bad, IdentityError::Check(CREDIT));
        assert!("91350100I000100Y43".parse::<CreditCode>().is_err());
    }

    #[test]
    fn a_name_holds_nothing_unseen() {
        assert_eq!(name(" 陈思远 ").unwrap(), "陈思远");
        assert_eq!(name("阿依努尔·买买提").unwrap(), "阿依努尔·买买提");
        for bad in [
            "",
            "  ",
            "陈\u{202e}远",
            "陈\u{200b}",
            "a\u{0}b",
            "\u{feff}陈",
            &"陈".repeat(65),
        ] {
            assert_eq!(name(bad), Err(IdentityError::Name), "{bad:?}");
        }
    }

    #[test]
    fn debug_shows_no_number() {
        let id: ResidentId = "11010519491231002X".parse().unwrap();
        let phone: Phone = "13800001234".parse().unwrap();
        assert_eq!(
            format!("{id:?} {phone:?}"),
            "ResidentId(masked) Phone(masked)"
        );
        assert_eq!(phone.masked(), "138****1234");
    }
}
