//! Asking a certificate authority for a certificate: PKCS #10 (RFC 2986).

use crypto::Signer;
use der::{
    Decode, Sequence,
    asn1::{AnyRef, BitStringRef, SetOfVec},
    pem::LineEnding,
};
use spki::AlgorithmIdentifierRef;

use crate::{
    Certificate, EventBinding, Name, PkiError, Profile,
    algorithm::SignatureAlgorithm,
    certificate::element,
    cms::{Attribute, attribute},
    encode,
    extensions::{Extension, Extensions},
    name, oid,
};

/// Largest request that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// Most attributes of a request.
const ATTRIBUTES: usize = 16;
const WHAT: &str = "certification request";
const LABEL: &str = "CERTIFICATE REQUEST";
const IMPLICIT_0: u8 = 0xa0;
/// The only version there is.
const V1: u8 = 0;

/// A certification request whose signature was verified: whoever made it had the key.
#[derive(Debug)]
pub struct CertificationRequest {
    der: Vec<u8>,
    subject: Vec<u8>,
    common_name: String,
    spki: Vec<u8>,
    /// The `Extension`s that were asked for, one after the other.
    requested: Vec<u8>,
    extensions: Extensions,
}

/// ```text
/// CertificationRequest ::= SEQUENCE {
///     certificationRequestInfo  CertificationRequestInfo,
///     signatureAlgorithm        AlgorithmIdentifier,
///     signature                 BIT STRING }
/// ```
#[derive(Sequence)]
struct Structure<'a> {
    info: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

/// ```text
/// CertificationRequestInfo ::= SEQUENCE {
///     version        INTEGER { v1(0) },
///     subject        Name,
///     subjectPKInfo  SubjectPublicKeyInfo,
///     attributes     [0] IMPLICIT SET OF Attribute }
/// ```
#[derive(Sequence)]
struct Info<'a> {
    version: u8,
    subject: AnyRef<'a>,
    spki: AnyRef<'a>,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    attributes: Option<SetOfVec<Attribute<'a>>>,
}

impl CertificationRequest {
    /// Asks for a certificate of `subject` for the signer's key, with the extensions of
    /// `profile` in an `extensionRequest` attribute (RFC 2985, 5.4.2).
    ///
    /// # Errors
    /// [`PkiError::Request`] when the subject is no name that we issue, and the key's
    /// errors: an event key signs one request.
    pub fn sign(subject: &Name, profile: &Profile, signer: &dyn Signer) -> Result<Self, PkiError> {
        let extensions = encode::sequence(&[&profile.extensions()]);
        let attribute = attribute(oid::EXTENSION_REQUEST, &extensions);
        let info = encode::sequence(&[
            &encode::integer(&[V1]),
            &subject.to_der()?,
            signer.spki(),
            &encode::set_of(IMPLICIT_0, &[&attribute]),
        ]);
        let signature = signer.sign_request(&info)?;
        let algorithm = SignatureAlgorithm::of(signer.suite()).to_der();
        Self::from_der(&encode::sequence(&[
            &info,
            &algorithm,
            &encode::bit_string(&signature),
        ]))
    }

    /// Reads the DER of a request, at most 64 KiB, and verifies that its signature was
    /// made with the key that it asks a certificate for. Attributes that we do not know
    /// change nothing.
    ///
    /// # Errors
    /// [`PkiError::SignatureWrong`] when the requester does not have the key.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        if der.len() > LIMIT {
            return Err(PkiError::TooLarge {
                what: WHAT,
                limit: LIMIT,
            });
        }
        let outer = Structure::from_der(der).map_err(bad)?;
        let info: Info = outer.info.decode_as().map_err(bad)?;
        if info.version != V1 {
            return Err(bad("unknown version"));
        }
        let attributes = info.attributes.ok_or_else(|| bad("no attributes"))?;
        let spki = element(info.spki);
        let signature = outer.signature.as_bytes();
        let signature = signature.ok_or_else(|| bad("signature of odd bits"))?;
        SignatureAlgorithm::read(outer.algorithm)?.verify(
            &spki,
            &element(outer.info),
            signature,
        )?;
        let list = requested(&attributes)?;
        let subject = element(info.subject);
        Ok(Self {
            der: der.to_vec(),
            common_name: name::common_name(&subject)?,
            subject,
            spki,
            requested: list.iter().flat_map(Extension::to_der).collect(),
            extensions: Extensions::read(&list)?,
        })
    }

    /// Reads a PEM text that holds one request and nothing else.
    pub fn from_pem(text: &str) -> Result<Self, PkiError> {
        let (label, der) = der::pem::decode_vec(text.as_bytes()).map_err(bad)?;
        // The second is what one system writes (RFC 7468, 7).
        if ![LABEL, "NEW CERTIFICATE REQUEST"].contains(&label) {
            return Err(bad("the PEM block is something else"));
        }
        Self::from_der(&der)
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes as PEM, with a line feed at the end.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Fails only for a label that is no label.
        der::pem::encode_string(LABEL, LineEnding::LF, &self.der).unwrap_or_default()
    }

    /// DER of the `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Common name of the subject; empty when it has none.
    #[must_use]
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The subject, for issuing.
    ///
    /// # Errors
    /// [`PkiError::Request`] when it is no name that we would issue.
    pub fn subject(&self) -> Result<Name, PkiError> {
        Name::from_der(&self.subject)
    }

    /// The act that the certificate shall be bound to.
    #[must_use]
    pub fn event_binding(&self) -> Option<&EventBinding> {
        self.extensions.binding.as_ref()
    }

    /// What in a certificate is not as it was asked for: `key`, `subject`, `event binding`.
    #[must_use]
    pub fn differs(&self, certificate: &Certificate) -> Option<&'static str> {
        let differences = [
            (certificate.spki() != self.spki, "key"),
            (certificate.subject_der() != self.subject, "subject"),
            (
                certificate.event_binding() != self.event_binding(),
                "event binding",
            ),
        ];
        let found = differences.into_iter().find(|(differs, _)| *differs);
        found.map(|(_, what)| what)
    }

    /// Whether it asks for exactly the extensions of this profile.
    #[must_use]
    pub fn asks_for(&self, profile: &Profile) -> bool {
        self.requested == profile.extensions()
    }

    /// Whether it asks for no extensions, and leaves them to the authority.
    #[must_use]
    pub fn asks_for_nothing(&self) -> bool {
        self.requested.is_empty()
    }
}

/// The extensions that a request asks for.
fn requested<'a>(attributes: &SetOfVec<Attribute<'a>>) -> Result<Vec<Extension<'a>>, PkiError> {
    if attributes.len() > ATTRIBUTES {
        return Err(PkiError::TooLarge {
            what: WHAT,
            limit: ATTRIBUTES,
        });
    }
    let mut lists = attributes
        .iter()
        .filter(|attribute| attribute.kind == oid::EXTENSION_REQUEST);
    let Some(list) = lists.next() else {
        return Ok(Vec::new());
    };
    match (list.values.as_slice(), lists.next()) {
        ([list], None) => list.decode_as().map_err(bad),
        _ => Err(bad("it asks for extensions twice")),
    }
}

fn bad(reason: impl std::fmt::Display) -> PkiError {
    PkiError::malformed(WHAT, &reason.to_string())
}
