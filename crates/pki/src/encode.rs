//! Writing DER. Everything that this crate makes is put together from these.

use der::DateTime;

use crate::oid::Oid;

/// The INTEGER 1, the version of most structures here.
pub(crate) const ONE: &[u8] = &[0x02, 1, 1];
/// BOOLEAN TRUE.
pub(crate) const TRUE: &[u8] = &[0x01, 1, 0xff];
/// NULL.
pub(crate) const NULL: &[u8] = &[0x05, 0];

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
const UTC_TIME: u8 = 0x17;

/// One element: tag, shortest length, and the parts one after the other.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
            out.push(bytes[start..].iter().fold(0x80, |count, _| count + 1));
            out.extend_from_slice(&bytes[start..]);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

/// A SET OF under any tag: the elements in ascending order of their encodings
/// (X.690, 11.6).
pub(crate) fn set_of(tag: u8, elements: &[&[u8]]) -> Vec<u8> {
    let mut sorted = elements.to_vec();
    sorted.sort_unstable();
    tlv(tag, &sorted)
}

pub(crate) fn oid(oid: Oid) -> Vec<u8> {
    tlv(0x06, &[oid.as_bytes()])
}

/// A non-negative INTEGER from its big-endian bytes.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len());
    let digits = &bytes[start..];
    match digits.first() {
        Some(first) if first & 0x80 == 0 => tlv(0x02, &[digits]),
        _ => tlv(0x02, &[&[0], digits]),
    }
}

pub(crate) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, &[bytes])
}

/// A BIT STRING of whole bytes.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes])
}

/// A BIT STRING of named bits, without trailing zero bits (X.690, 11.2.2).
pub(crate) fn named_bits(bits: &[u8]) -> Vec<u8> {
    let Some(last) = bits.iter().max() else {
        return tlv(0x03, &[&[0]]);
    };
    let mut bytes = vec![0u8; usize::from(last / 8) + 1];
    for bit in bits {
        bytes[usize::from(bit / 8)] |= 0x80 >> (bit % 8);
    }
    tlv(0x03, &[&[7 - last % 8], &bytes])
}

/// A certificate's date: `UTCTime` until 2049, `GeneralizedTime` from 2050 on (RFC 5280,
/// 4.1.2.5). `None` when the calendar of DER does not reach so far.
pub(crate) fn time(seconds: i64) -> Option<Vec<u8>> {
    let digits = calendar(seconds)?;
    Some(match digits.as_str() {
        year if year < "2050" => tlv(UTC_TIME, &[&digits.as_bytes()[2..], b"Z"]),
        _ => tlv(GENERALIZED_TIME, &[digits.as_bytes(), b"Z"]),
    })
}

/// `YYYYMMDDhhmmss` of unix seconds between 1970 and 9999.
pub(crate) fn calendar(seconds: i64) -> Option<String> {
    let since = std::time::Duration::from_secs(u64::try_from(seconds).ok()?);
    let at = DateTime::from_unix_duration(since).ok()?;
    Some(format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minutes(),
        at.seconds()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_shortest() {
        assert_eq!(tlv(4, &[&[0; 127]])[..2], [4, 127]);
        assert_eq!(tlv(4, &[&[0; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[&[0; 256]])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn integers_are_shortest_and_positive() {
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn dates_change_their_type_in_2050() {
        assert_eq!(time(2_524_607_999).unwrap(), b"\x17\x0d491231235959Z");
        assert_eq!(time(2_524_608_000).unwrap(), b"\x18\x0f20500101000000Z");
        assert_eq!(time(-1), None);
        assert_eq!(time(i64::MAX), None);
    }

    #[test]
    fn named_bits_have_no_trailing_zeros() {
        assert_eq!(named_bits(&[0, 1]), [3, 2, 6, 0xc0]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(&[14]), [3, 3, 1, 0, 2]);
    }
}
