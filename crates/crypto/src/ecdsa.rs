//! The one form of an ECDSA signature.
//!
//! Whoever sees a signature (r, s) can make (r, n − s) of it, which verifies as well. We
//! make the one with the smaller s, and a verifier that demands equal bytes asks for it.

use der::{Decode, Encode, Sequence, asn1::UintRef};

use crate::Hash;

/// Order of P-256 (FIPS 186-4, D.1.2.3).
const P256: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// Order of P-384 (FIPS 186-4, D.1.2.4).
const P384: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf\
                    581a0db248b0a77aecec196accc52973";

/// `ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279, 2.2.3).
#[derive(Sequence)]
struct Value<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// DER of two numbers, big-endian.
pub(crate) fn to_der(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = (UintRef::new(r).ok()?, UintRef::new(s).ok()?);
    Value { r, s }.to_der().ok()
}

/// The two numbers of DER that fit into 32 bytes, big-endian.
pub(crate) fn from_der(signature: &[u8]) -> Option<[[u8; 32]; 2]> {
    let padded = |number: UintRef<'_>| {
        let bytes = number.as_bytes();
        let mut padded = [0; 32];
        padded
            .get_mut(32_usize.checked_sub(bytes.len())?..)?
            .copy_from_slice(bytes);
        Some(padded)
    };
    let Value { r, s } = Value::from_der(signature).ok()?;
    Some([padded(r)?, padded(s)?])
}

/// The signature with the smaller s, for the curve that goes with the hash: P-256 with
/// SHA-256, P-384 with SHA-384. What is no such signature comes back as it is.
#[must_use]
pub fn low_s(hash: Hash, signature: &[u8]) -> Vec<u8> {
    smaller(hash, signature).unwrap_or_else(|| signature.to_vec())
}

fn smaller(hash: Hash, signature: &[u8]) -> Option<Vec<u8>> {
    let order = match hash {
        Hash::Sha256 => hex::decode(P256).ok()?,
        Hash::Sha384 => hex::decode(P384).ok()?,
        Hash::Sm3 | Hash::Sha512 => return None,
    };
    let value = Value::from_der(signature).ok()?;
    let bytes = value.s.as_bytes();
    let mut s = vec![0; order.len().checked_sub(bytes.len())?];
    s.extend_from_slice(bytes);
    let other = difference(&order, &s)?;
    if s <= other {
        return None;
    }
    let s = UintRef::new(&other).ok()?;
    Value { r: value.r, s }.to_der().ok()
}

/// a − b of equally long numbers, big-endian; none when b is larger.
fn difference(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; a.len()];
    let mut borrow = 0;
    for at in (0..a.len()).rev() {
        let wanted = i16::from(a[at]) - i16::from(b[at]) - borrow;
        borrow = i16::from(wanted < 0);
        out[at] = u8::try_from(wanted + 256 * borrow).ok()?;
    }
    (borrow == 0).then_some(out)
}
