//! X.509 certificates, read once and kept as the bytes they came in.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use der::{
    Decode, Encode, Sequence,
    asn1::{AnyRef, BitStringRef, UintRef},
    pem::LineEnding,
};
use spki::AlgorithmIdentifierRef;
use x509_cert::time::Validity;

use crate::{
    EventBinding, PkiError,
    algorithm::SignatureAlgorithm,
    encode,
    extensions::{Extension, Extensions},
    name,
};

/// Largest certificate that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// Most certificates that are read from one PEM text.
const PEM_LIMIT: usize = 256;
const LABEL: &str = "CERTIFICATE";
/// Versions as they are written. Those before 3 have no extensions, and so are never
/// authorities here.
const V1: u8 = 0;
const V3: u8 = 2;

/// An X.509 certificate (RFC 5280, 4.1).
///
/// Cheap to clone. Two are equal when their bytes are.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    algorithm: SignatureAlgorithm,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    /// Written when somebody asks: that takes longer than reading all the rest.
    issuer_text: OnceLock<String>,
    subject: Vec<u8>,
    subject_text: OnceLock<String>,
    common_name: String,
    not_before: i64,
    not_after: i64,
    spki: Vec<u8>,
    extensions: Extensions,
}

/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate      TBSCertificate,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signatureValue      BIT STRING }
/// ```
#[derive(Sequence)]
struct Structure<'a> {
    tbs: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

/// RFC 5280, 4.1. Unique identifiers belong to version 2 and are not read.
#[derive(Sequence)]
struct Tbs<'a> {
    /// Absent in version 1.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    serial: UintRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    spki: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension<'a>>>,
}

impl Certificate {
    /// Reads the DER of a certificate, at most 64 KiB.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        let bad = |e: der::Error| PkiError::malformed("certificate", &e);
        if der.len() > LIMIT {
            return Err(PkiError::TooLarge {
                what: "certificate",
                limit: LIMIT,
            });
        }
        let outer = Structure::from_der(der).map_err(bad)?;
        let tbs: Tbs = outer.tbs.decode_as().map_err(bad)?;
        let version = tbs.version.unwrap_or(V1);
        if version > V3 || (version < V3 && tbs.extensions.is_some()) {
            let reason = "its version is none, or has no extensions";
            return Err(PkiError::malformed("certificate", reason));
        }
        if tbs.algorithm != outer.algorithm {
            return Err(PkiError::malformed(
                "certificate",
                "it names two signature algorithms",
            ));
        }
        let signature = outer.signature.as_bytes();
        let signature =
            signature.ok_or_else(|| PkiError::malformed("certificate", "signature of odd bits"))?;
        let (issuer, subject) = (element(tbs.issuer), element(tbs.subject));
        let common_name = name::common_name(&subject)?;
        name::common_name(&issuer)?;
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            tbs: element(outer.tbs),
            signature: signature.to_vec(),
            algorithm: SignatureAlgorithm::read(outer.algorithm)?,
            serial: tbs.serial.as_bytes().to_vec(),
            issuer_text: OnceLock::new(),
            issuer,
            subject,
            subject_text: OnceLock::new(),
            common_name,
            not_before: seconds(tbs.validity.not_before),
            not_after: seconds(tbs.validity.not_after),
            spki: element(tbs.spki),
            extensions: Extensions::read(tbs.extensions.as_deref().unwrap_or_default())?,
        })))
    }

    /// Reads all certificates of a PEM text, in their order; other text and other PEM
    /// blocks are passed over.
    pub fn from_pem_many(text: &str) -> Result<Vec<Self>, PkiError> {
        let bad = |e: der::pem::Error| PkiError::malformed("PEM certificate", &e);
        let begin = format!("-----BEGIN {LABEL}-----");
        let end = format!("-----END {LABEL}-----");
        let mut found = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(&begin) {
            let block = &rest[at..];
            let Some(length) = block.find(&end).map(|at| at + end.len()) else {
                return Err(PkiError::malformed("PEM certificate", "it does not end"));
            };
            if found.len() == PEM_LIMIT {
                return Err(PkiError::TooLarge {
                    what: "PEM text",
                    limit: PEM_LIMIT,
                });
            }
            let (_, der) = der::pem::decode_vec(&block.as_bytes()[..length]).map_err(bad)?;
            found.push(Self::from_der(&der)?);
            rest = &block[length..];
        }
        Ok(found)
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The bytes as PEM, with a line feed at the end.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Fails only for a label that is no label.
        der::pem::encode_string(LABEL, LineEnding::LF, &self.0.der).unwrap_or_default()
    }

    /// Common name of the subject; empty when it has none.
    #[must_use]
    pub fn common_name(&self) -> &str {
        &self.0.common_name
    }

    /// The subject as people read it, the most special part first (RFC 4514).
    #[must_use]
    pub fn subject(&self) -> &str {
        let text = || name::display(&self.0.subject);
        self.0.subject_text.get_or_init(text)
    }

    /// The issuer as people read it, the most special part first (RFC 4514).
    #[must_use]
    pub fn issuer(&self) -> &str {
        let text = || name::display(&self.0.issuer);
        self.0.issuer_text.get_or_init(text)
    }

    /// Serial number in lowercase hexadecimal, two digits a byte.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex::encode(&self.0.serial)
    }

    /// Serial number, big-endian, without leading zeros.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Addresses of the issuer's revocation lists (RFC 5280, 4.2.1.13). Points for some
    /// reasons only and those of other issuers are left out.
    #[must_use]
    pub fn crl_urls(&self) -> &[String] {
        &self.0.extensions.crl_urls
    }

    /// Addresses of OCSP responders (RFC 5280, 4.2.2.1).
    #[must_use]
    pub fn ocsp_urls(&self) -> &[String] {
        &self.0.extensions.ocsp_urls
    }

    /// Whether it says that there will be no revocation information (RFC 9608).
    #[must_use]
    pub fn has_no_revocation(&self) -> bool {
        self.0.extensions.no_revocation
    }

    /// First second of its validity, unix time.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.0.not_before
    }

    /// Last second of its validity, unix time.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.0.not_after
    }

    /// DER of the `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// The issuer's signature, as it is written.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// DER of the `TBSCertificate`: what is signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.0.tbs
    }

    /// The act that an event certificate was issued for.
    #[must_use]
    pub fn event_binding(&self) -> Option<&EventBinding> {
        self.0.extensions.binding.as_ref()
    }

    /// Whether it may issue certificates.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.0.extensions.ca
    }

    /// Verifies its signature with an authority's key, and nothing else: neither names
    /// nor validity nor whether that is an authority.
    ///
    /// # Errors
    /// [`PkiError::SignatureWrong`], or [`PkiError::Algorithm`] when the key is of
    /// another kind.
    pub fn is_signed_by(&self, authority: &Self) -> Result<(), PkiError> {
        self.signed_by(authority)
    }

    /// The certificate with the one form of its signature, for whoever demands equal
    /// bytes.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let signature = self.0.algorithm.canonical(&self.0.signature);
        encode::sequence(&[
            &self.0.tbs,
            &self.0.algorithm.to_der(),
            &encode::bit_string(&signature),
        ])
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// DER of the issuer's name. Names are compared byte by byte.
    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.0.issuer
    }

    /// DER of the subject's name.
    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.0.subject
    }

    /// Checks its signature with the key of the one who should have issued it.
    pub(crate) fn signed_by(&self, issuer: &Self) -> Result<(), PkiError> {
        self.0
            .algorithm
            .verify(&issuer.0.spki, &self.0.tbs, &self.0.signature)
    }
}

/// An element with its tag and length again, as it was.
pub(crate) fn element(any: AnyRef) -> Vec<u8> {
    // What was read has a length that can be written.
    any.to_der().unwrap_or_default()
}

pub(crate) fn seconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject(), self.serial_hex())
    }
}
