//! Where an authority publishes what others need to judge its certificates.

use crate::{
    PkiError, Profile,
    encode::{self},
    extensions::extension,
    oid::{self, Oid},
    profile::Asked,
};

/// Longest address, in bytes.
const LIMIT: usize = 1024;
/// `uniformResourceIdentifier [6] IA5String` of `GeneralName` (RFC 5280, 4.2.1.6).
const URI: u8 = 0x86;

/// Addresses of an authority, `http` without TLS: who checks a certificate of a web
/// server may be on the way to it (RFC 5280, 8). What is none is not named.
///
/// An address in a certificate stays for as long as somebody reads the certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The revocation list, DER.
    pub crl: Option<String>,
    /// The OCSP responder.
    pub ocsp: Option<String>,
    /// The authority's own certificate, DER.
    pub issuer: Option<String>,
}

impl Addresses {
    /// The extensions with those addresses that this profile names, encoded, in order:
    /// none in a root, an event certificate (RFC 9608, 4) and a responder.
    pub(crate) fn extensions(&self, profile: &Profile) -> Result<Vec<u8>, PkiError> {
        let ocsp = match profile.declaration().asked {
            Asked::Anchor | Asked::Never | Asked::NoCheck => return Ok(Vec::new()),
            Asked::List => None,
            Asked::Responder => self.ocsp.as_deref(),
        };
        let mut all = Vec::new();
        if let Some(list) = &self.crl {
            // The full name [0] in the point's name [0] (RFC 5280, 4.2.1.13).
            let name = encode::tlv(0xa0, &[&encode::tlv(0xa0, &[&uri(list)?])]);
            let points = encode::sequence(&[&encode::sequence(&[&name])]);
            all.extend(extension(oid::CRL_DISTRIBUTION_POINTS, false, &points));
        }
        let mut access = Vec::new();
        for (method, address) in [(oid::OCSP, ocsp), (oid::CA_ISSUERS, self.issuer.as_deref())] {
            if let Some(address) = address {
                access.extend(description(method, address)?);
            }
        }
        if !access.is_empty() {
            let access = encode::sequence(&[&access]);
            let id = oid::AUTHORITY_INFORMATION_ACCESS;
            all.extend(extension(id, false, &access));
        }
        Ok(all)
    }
}

/// `AccessDescription` (RFC 5280, 4.2.2.1).
fn description(method: Oid, address: &str) -> Result<Vec<u8>, PkiError> {
    Ok(encode::sequence(&[&encode::oid(method), &uri(address)?]))
}

fn uri(address: &str) -> Result<Vec<u8>, PkiError> {
    if !is_address(address) {
        let reason = format!("{address:?} is no http address of at most {LIMIT} signs");
        return Err(PkiError::Request(reason));
    }
    Ok(encode::tlv(URI, &[address.as_bytes()]))
}

/// Whether it is an address that anybody can fetch from.
pub(crate) fn is_address(address: &str) -> bool {
    let host = address.strip_prefix("http://");
    let host = host.filter(|host| !host.starts_with('/') && !host.is_empty());
    host.is_some() && address.len() <= LIMIT && address.bytes().all(|byte| byte.is_ascii_graphic())
}
