//! Certificate extensions: all that path validation and readers ask of them.

use der::{
    Decode, Encode, Sequence,
    asn1::{Null, OctetStringRef},
};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints,
    KeyUsage,
    name::{DistributionPointName, GeneralName},
};

use crate::{
    EventBinding, PkiError,
    encode::{self, TRUE},
    oid::{self, Oid},
    policies::Policies,
};

/// ```text
/// Extension ::= SEQUENCE {
///     extnID     OBJECT IDENTIFIER,
///     critical   BOOLEAN DEFAULT FALSE,
///     extnValue  OCTET STRING }
/// ```
#[derive(Sequence)]
pub(crate) struct Extension<'a> {
    pub(crate) id: Oid<'a>,
    #[asn1(default = "Default::default")]
    pub(crate) critical: bool,
    pub(crate) value: &'a OctetStringRef,
}

impl Extension<'_> {
    /// The encoding that it was read from.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        extension(self.id, self.critical, self.value.as_bytes())
    }
}

/// One extension, encoded.
pub(crate) fn extension(id: Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { TRUE } else { &[] };
    encode::sequence(&[&encode::oid(id), critical, &encode::octet_string(value)])
}

/// The extensions that mean something here.
#[derive(Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u8>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(crate) subject_key: Option<Vec<u8>>,
    pub(crate) authority_key: Option<Vec<u8>>,
    pub(crate) no_revocation: bool,
    /// Addresses of revocation lists (RFC 5280, 4.2.1.13).
    pub(crate) crl_urls: Vec<String>,
    /// DER of the names of the points of these lists, addresses among them.
    pub(crate) crl_points: Vec<Vec<u8>>,
    /// Addresses of OCSP responders (RFC 5280, 4.2.2.1).
    pub(crate) ocsp_urls: Vec<String>,
    /// An OCSP responder that is not asked about itself (RFC 6960, 4.2.2.2.1).
    pub(crate) ocsp_no_check: bool,
    pub(crate) binding: Option<EventBinding>,
    pub(crate) policies: Policies,
    /// Dotted identifier of a critical extension that we do not process.
    pub(crate) unknown_critical: Option<String>,
}

/// Purposes, as encoded identifiers.
#[derive(Debug)]
pub(crate) struct ExtendedKeyUsage {
    pub(crate) critical: bool,
    purposes: Vec<Vec<u8>>,
}

impl ExtendedKeyUsage {
    pub(crate) fn names(&self, purpose: Oid) -> bool {
        self.purposes
            .iter()
            .any(|known| known == purpose.as_bytes())
    }

    pub(crate) fn is_only(&self, purpose: Oid) -> bool {
        self.purposes.len() == 1 && self.names(purpose)
    }
}

impl Extensions {
    /// Reads all of them; each may be there once (RFC 5280, 4.2).
    pub(crate) fn read(list: &[Extension]) -> Result<Self, PkiError> {
        let mut read = Self::default();
        for (at, extension) in list.iter().enumerate() {
            if list[..at].iter().any(|before| before.id == extension.id) {
                let reason = format!("extension {} is there twice", extension.id);
                return Err(PkiError::malformed("certificate", &reason));
            }
            read.take(extension).map_err(|e| {
                PkiError::malformed("certificate", &format!("extension {}: {e}", extension.id))
            })?;
        }
        Ok(read)
    }

    fn take(&mut self, extension: &Extension) -> Result<(), Box<dyn std::error::Error>> {
        let value = extension.value.as_bytes();
        match extension.id {
            oid::BASIC_CONSTRAINTS => {
                let constraints = BasicConstraints::from_der(value)?;
                self.ca = constraints.ca;
                self.path_length = constraints.path_len_constraint;
            }
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage::from_der(value)?),
            oid::EXTENDED_KEY_USAGE => {
                let purposes = Vec::<Oid>::from_der(value)?;
                self.extended_key_usage = Some(ExtendedKeyUsage {
                    critical: extension.critical,
                    purposes: purposes.iter().map(|oid| oid.as_bytes().to_vec()).collect(),
                });
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                let key = <&OctetStringRef>::from_der(value)?;
                self.subject_key = Some(key.as_bytes().to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let key = AuthorityKeyIdentifier::from_der(value)?.key_identifier;
                self.authority_key = key.map(|key| key.as_bytes().to_vec());
            }
            oid::NO_REVOCATION_AVAILABLE => {
                Null::from_der(value)?;
                self.no_revocation = true;
            }
            oid::OCSP_NO_CHECK => {
                Null::from_der(value)?;
                self.ocsp_no_check = true;
            }
            // Hints about where to ask; one that cannot be read makes nothing invalid.
            oid::CRL_DISTRIBUTION_POINTS if !extension.critical => {
                let names = crl_points(value).unwrap_or_default();
                self.crl_points = encoded(&names);
                self.crl_urls = names.into_iter().filter_map(url).collect();
            }
            oid::AUTHORITY_INFORMATION_ACCESS if !extension.critical => {
                self.ocsp_urls = ocsp_urls(value).unwrap_or_default();
            }
            oid::EVENT_BINDING_EXTENSION => self.binding = Some(EventBinding::from_der(value)?),
            // No name is looked up.
            oid::SUBJECT_ALTERNATIVE_NAME => {}
            other if self.policies.take(other, value)? => {}
            other if extension.critical => self.unknown_critical = Some(other.to_string()),
            _ => {}
        }
        Ok(())
    }
}

/// The names of all points that hold all reasons and are the issuer's own.
fn crl_points(value: &[u8]) -> der::Result<Vec<GeneralName>> {
    let points = CrlDistributionPoints::from_der(value)?.0;
    let whole = points
        .into_iter()
        .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none());
    let names = whole.filter_map(|point| match point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    Ok(names.flatten().collect())
}

/// DER of names, by which a list's point and a certificate's are compared.
pub(crate) fn encoded(names: &[GeneralName]) -> Vec<Vec<u8>> {
    names.iter().filter_map(|name| name.to_der().ok()).collect()
}

fn ocsp_urls(value: &[u8]) -> der::Result<Vec<String>> {
    let points = AuthorityInfoAccessSyntax::from_der(value)?.0;
    let ocsp = points
        .into_iter()
        .filter(|point| point.access_method.as_bytes() == oid::OCSP.as_bytes());
    Ok(ocsp
        .filter_map(|point| url(point.access_location))
        .collect())
}

pub(crate) fn url(name: GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}
