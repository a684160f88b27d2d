//! The authority's answer, both sides.

use der::{
    Decode, Sequence,
    asn1::{AnyRef, BitStringRef, Utf8StringRef},
};

use super::{Rejection, Request, Token};
use crate::{
    PkiError,
    certificate::element,
    encode::{self, UTF8_STRING},
};

const GRANTED: u8 = 0;
const GRANTED_WITH_CHANGES: u8 = 1;
const REJECTION: u8 = 2;

/// ```text
/// TimeStampResp ::= SEQUENCE {
///     status          PKIStatusInfo,
///     timeStampToken  ContentInfo OPTIONAL }
/// ```
#[derive(Sequence)]
struct Structure<'a> {
    status: StatusInfo<'a>,
    token: Option<AnyRef<'a>>,
}

/// ```text
/// PKIStatusInfo ::= SEQUENCE {
///     status        INTEGER,
///     statusString  SEQUENCE OF UTF8String OPTIONAL,
///     failInfo      BIT STRING OPTIONAL }
/// ```
#[derive(Sequence)]
struct StatusInfo<'a> {
    status: u8,
    text: Option<Vec<Utf8StringRef<'a>>>,
    failure: Option<BitStringRef<'a>>,
}

/// DER of a `TimeStampResp`: a token, or a rejection with its reason.
#[must_use]
pub fn response(answer: Result<&[u8], Rejection>) -> Vec<u8> {
    match answer {
        Ok(token) => granted(token),
        Err(reason) => rejected(reason),
    }
}

fn granted(token: &[u8]) -> Vec<u8> {
    let status = encode::sequence(&[&encode::integer(&[GRANTED])]);
    encode::sequence(&[&status, token])
}

fn rejected(reason: Rejection) -> Vec<u8> {
    let text = encode::tlv(UTF8_STRING, &[reason.to_string().as_bytes()]);
    let status = encode::sequence(&[
        &encode::integer(&[REJECTION]),
        &encode::sequence(&[&text]),
        &encode::named_bits(&[reason.bit()]),
    ]);
    encode::sequence(&[&status])
}

/// Reads the answer to a request and verifies that its token is for this request:
/// granted, the same imprint, the same nonce, a good signature.
///
/// # Errors
/// [`PkiError::TimestampRefused`] with the authority's words, or what is wrong with
/// the token.
pub fn read_response(der: &[u8], request: &Request) -> Result<Token, PkiError> {
    let bad = |e: der::Error| PkiError::malformed("timestamp response", &e);
    let read = Structure::from_der(der).map_err(bad)?;
    if !matches!(read.status.status, GRANTED | GRANTED_WITH_CHANGES) {
        let words: Vec<&str> = read
            .status
            .text
            .iter()
            .flatten()
            .map(Utf8StringRef::as_str)
            .collect();
        let bits = read
            .status
            .failure
            .map(|bits| hex::encode(bits.raw_bytes()));
        let reason = match (words.is_empty(), bits) {
            (false, _) => words.join("; "),
            (true, Some(bits)) => format!("failure bits {bits}"),
            (true, None) => format!("status {}", read.status.status),
        };
        return Err(PkiError::TimestampRefused(reason));
    }
    let token = read.token.ok_or(PkiError::Missing("timestamp token"))?;
    let token = Token::parse(&element(token))?;
    token.verify(&request.imprint)?;
    if token.nonce() != request.nonce.as_deref() {
        return Err(PkiError::TimestampRefused(
            "the token answers another request".to_owned(),
        ));
    }
    Ok(token)
}
