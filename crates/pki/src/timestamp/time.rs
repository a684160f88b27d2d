//! `genTime`: `GeneralizedTime` in UTC with a fraction of a second.

use der::{
    Decode,
    asn1::{AnyRef, GeneralizedTime},
};

use crate::{PkiError, encode};

/// `YYYYMMDDhhmmss[.f]Z`, the fraction without trailing zeros (RFC 3161, 2.4.2).
/// `None` outside of the years 1970 to 9999.
pub(super) fn to_der(ms: i64) -> Option<Vec<u8>> {
    let digits = encode::calendar(ms.div_euclid(1000))?;
    let fraction = format!(".{:03}", ms.rem_euclid(1000));
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    Some(encode::tlv(
        encode::GENERALIZED_TIME,
        &[digits.as_bytes(), fraction.as_bytes(), b"Z"],
    ))
}

/// Unix milliseconds; what is finer than that is cut off.
pub(super) fn read(value: AnyRef) -> Result<i64, PkiError> {
    read_text(value.value()).ok_or_else(|| PkiError::malformed("timestamp", "its time"))
}

fn read_text(text: &[u8]) -> Option<i64> {
    let (whole, rest) = text.split_at_checked(14)?;
    let seconds = encode::tlv(encode::GENERALIZED_TIME, &[whole, b"Z"]);
    let seconds = GeneralizedTime::from_der(&seconds)
        .ok()?
        .to_unix_duration()
        .as_secs();
    let fraction = rest.strip_suffix(b"Z")?;
    let ms = match fraction.strip_prefix(b".") {
        None if fraction.is_empty() => 0,
        Some(digits) if (1..=9).contains(&digits.len()) && digits.last() != Some(&b'0') => {
            let mut digits = digits.iter().copied();
            let mut ms = 0;
            for _ in 0..3 {
                ms = ms * 10 + i64::from(digit(digits.next().unwrap_or(b'0'))?);
            }
            digits.try_for_each(|rest| digit(rest).map(|_| ()))?;
            ms
        }
        _ => return None,
    };
    i64::try_from(seconds)
        .ok()?
        .checked_mul(1000)?
        .checked_add(ms)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(ms: i64) -> String {
        String::from_utf8(to_der(ms).unwrap()[2..].to_vec()).unwrap()
    }

    #[test]
    fn fractions_have_no_trailing_zeros() {
        assert_eq!(text(1_700_000_000_000), "20231114221320Z");
        assert_eq!(text(1_700_000_000_120), "20231114221320.12Z");
        assert_eq!(text(1_700_000_000_007), "20231114221320.007Z");
        assert_eq!(read_text(b"20231114221320.120Z"), None);
        assert_eq!(read_text(b"20231114221320.Z"), None);
        assert_eq!(read_text(b"20231114221320"), None);
        assert_eq!(
            read_text(b"20231114221320.123456Z"),
            Some(1_700_000_000_123)
        );
        assert_eq!(read_text(b"20231314221320Z"), None);
    }

    proptest! {
        #[test]
        fn times_come_back(ms in 0i64..253_402_300_800_000) {
            prop_assert_eq!(read_text(text(ms).as_bytes()), Some(ms));
        }
    }
}
