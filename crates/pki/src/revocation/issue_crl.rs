//! Making revocation lists.

use crypto::Signer;

use super::{Crl, RevocationError, Revoked, Scope, structure::significant};
use crate::{
    Certificate, PkiError,
    algorithm::SignatureAlgorithm,
    encode::{self, ONE},
    extensions::extension,
    oid,
};

const ENUMERATED: u8 = 0x0a;
/// Most bytes of a serial number that may be issued (RFC 5280, 4.1.2.2).
const SERIAL: usize = 20;

/// A list that shall be made.
#[derive(Debug, Clone)]
pub struct CrlContent<'a> {
    /// `cRLNumber`; must grow from list to list of one scope (RFC 5280, 5.2.3).
    pub number: u64,
    /// When it is made, unix milliseconds.
    pub this_update_ms: i64,
    /// When the next one is there at the latest, unix milliseconds.
    pub next_update_ms: i64,
    /// Which kind of certificates it holds.
    pub scope: Scope,
    /// Address of the distribution point, when the issuer has more than one list: then
    /// only certificates that name this address are on it.
    pub distribution_point: Option<&'a str>,
    /// The revoked certificates in any order, each once.
    pub entries: &'a [Entry],
}

/// A revoked certificate on a list that shall be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its serial number, big-endian, not zero.
    pub serial: Vec<u8>,
    /// When and why.
    pub revoked: Revoked,
}

/// Makes a list (RFC 5280, 5): version 2, entries in the order of their serial numbers,
/// the reason left out where it is unspecified.
///
/// The same content gives the same bytes up to the signature.
///
/// # Errors
/// [`RevocationError::Request`] says what in the content is wrong,
/// [`NoCrlSign`](RevocationError::NoCrlSign) when the issuer may not do this,
/// [`PkiError::OtherCertificate`] when the key is not the issuer's, or the key's error.
pub fn issue_crl(
    content: &CrlContent,
    issuer: &Certificate,
    signer: &dyn Signer,
) -> Result<Crl, RevocationError> {
    if issuer.spki() != signer.spki() {
        return Err(PkiError::OtherCertificate.into());
    }
    let usage = issuer.extensions().key_usage;
    if usage.is_some_and(|usage| !usage.crl_sign()) {
        return Err(RevocationError::NoCrlSign(issuer.subject().to_owned()));
    }
    if content.next_update_ms < content.this_update_ms {
        return Err(RevocationError::request("the list ends before it begins"));
    }
    let algorithm = SignatureAlgorithm::of(signer.suite());
    let tbs = encode::sequence(&[
        ONE,
        &algorithm.to_der(),
        issuer.subject_der(),
        &time(content.this_update_ms)?,
        &time(content.next_update_ms)?,
        &entries(content.entries)?,
        &encode::tlv(0xa0, &[&extensions(content, issuer)?]),
    ]);
    let signature = signer.sign(&tbs).map_err(PkiError::from)?;
    Crl::from_der(&encode::sequence(&[
        &tbs,
        &algorithm.to_der(),
        &encode::bit_string(&signature),
    ]))
}

/// Nothing when there are none (RFC 5280, 5.1.2.6).
fn entries(list: &[Entry]) -> Result<Vec<u8>, RevocationError> {
    let mut sorted: Vec<(&[u8], &Revoked)> = list
        .iter()
        .map(|entry| (significant(&entry.serial), &entry.revoked))
        .collect();
    sorted.sort_unstable_by_key(|(serial, _)| (serial.len(), *serial));
    if sorted.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(RevocationError::request("a certificate is there twice"));
    }
    let mut all = Vec::new();
    for (serial, revoked) in sorted {
        if serial.len() > SERIAL || serial.iter().all(|byte| *byte == 0) {
            let reason = "a serial number is zero or longer than 20 bytes";
            return Err(RevocationError::request(reason));
        }
        all.extend(encode::sequence(&[
            &encode::integer(serial),
            &time(revoked.at_ms)?,
            &entry_extensions(revoked)?,
        ]));
    }
    Ok(match all.as_slice() {
        [] => all,
        some => encode::sequence(&[some]),
    })
}

fn entry_extensions(revoked: &Revoked) -> Result<Vec<u8>, RevocationError> {
    let mut all = Vec::new();
    let reason = revoked.reason.number();
    if reason != 0 {
        let reason = encode::tlv(ENUMERATED, &[&[reason]]);
        all.extend(extension(oid::REASON_CODE, false, &reason));
    }
    if let Some(since) = revoked.invalid_since_ms {
        let since = generalized_time(since)?;
        all.extend(extension(oid::INVALIDITY_DATE, false, &since));
    }
    Ok(match all.as_slice() {
        [] => all,
        some => encode::sequence(&[some]),
    })
}

fn extensions(content: &CrlContent, issuer: &Certificate) -> Result<Vec<u8>, RevocationError> {
    let mut all = Vec::new();
    if let Some(key) = &issuer.extensions().subject_key {
        let identifier = encode::sequence(&[&encode::tlv(0x80, &[key])]);
        all.extend(extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &identifier));
    }
    let number = encode::integer(&content.number.to_be_bytes());
    all.extend(extension(oid::CRL_NUMBER, false, &number));
    if let Some(point) = issuing_distribution_point(content)? {
        all.extend(extension(oid::ISSUING_DISTRIBUTION_POINT, true, &point));
    }
    Ok(encode::sequence(&[&all]))
}

/// ```text
/// IssuingDistributionPoint ::= SEQUENCE {
///     distributionPoint      [0] DistributionPointName OPTIONAL,
///     onlyContainsUserCerts  [1] BOOLEAN DEFAULT FALSE,
///     onlyContainsCACerts    [2] BOOLEAN DEFAULT FALSE, ... }
/// ```
fn issuing_distribution_point(content: &CrlContent) -> Result<Option<Vec<u8>>, RevocationError> {
    let point = match content.distribution_point {
        None => Vec::new(),
        Some(address) if address.is_empty() || !address.is_ascii() => {
            let reason = "the distribution point is no address in ASCII";
            return Err(RevocationError::request(reason));
        }
        Some(address) => {
            // [6] of GeneralName, in the full name [0], in the point [0].
            let name = encode::tlv(0x86, &[address.as_bytes()]);
            encode::tlv(0xa0, &[&encode::tlv(0xa0, &[&name])])
        }
    };
    let scope: &[u8] = match content.scope {
        Scope::All => &[],
        Scope::UserCertificates => &[0x81, 1, 0xff],
        Scope::Authorities => &[0x82, 1, 0xff],
    };
    let empty = point.is_empty() && scope.is_empty();
    Ok((!empty).then(|| encode::sequence(&[&point, scope])))
}

fn time(ms: i64) -> Result<Vec<u8>, RevocationError> {
    encode::time(ms.div_euclid(1000)).ok_or_else(out_of_calendar)
}

/// `GeneralizedTime` of whole seconds (RFC 5280, 4.1.2.5.2).
pub(super) fn generalized_time(ms: i64) -> Result<Vec<u8>, RevocationError> {
    let digits = encode::calendar(ms.div_euclid(1000)).ok_or_else(out_of_calendar)?;
    let parts: [&[u8]; 2] = [digits.as_bytes(), b"Z"];
    Ok(encode::tlv(encode::GENERALIZED_TIME, &parts))
}

fn out_of_calendar() -> RevocationError {
    RevocationError::request("a date lies outside of the years 1970 to 9999")
}
