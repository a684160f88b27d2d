//! CMS signed messages (RFC 5652) as `PAdES` puts them into a file, level B-B and B-T
//! (EN 319 142-1): detached content, no signing time, the signer's certificate named
//! by a signed attribute.

mod attributes;
mod lenient;
mod message;
mod structure;

use crypto::{Digest, Suite};

use crate::{Certificate, EventBinding, PkiError, algorithm::SignatureAlgorithm, oid};

pub(crate) use attributes::{attribute, attributes};
pub(crate) use message::{Message, Parts, assemble};
pub(crate) use structure::Attribute;

/// The signed attributes as the DER SET OF that is signed (RFC 5652, 5.4): content
/// type, digest of the content, the signer's certificate and, when given, the act.
///
/// An event certificate carries the act itself; `binding` is for lasting keys.
#[must_use]
pub fn signed_attributes(
    content: &Digest,
    certificate: &Certificate,
    binding: Option<&EventBinding>,
) -> Vec<u8> {
    attributes(oid::DATA, content, certificate, binding)
}

/// The finished message: DER of a `ContentInfo` with detached `SignedData`.
///
/// `attributes` are those of [`signed_attributes`], `signature` was made over them.
/// `chain` begins with the signer's certificate and leaves the root out. `timestamp`
/// is the DER of a token over `signature`.
///
/// # Errors
/// [`PkiError::Missing`] without a signer's certificate.
pub fn signed_data(
    suite: Suite,
    attributes: &[u8],
    signature: &[u8],
    chain: &[Certificate],
    timestamp: Option<&[u8]>,
) -> Result<Vec<u8>, PkiError> {
    let signer = chain
        .first()
        .ok_or(PkiError::Missing("signer's certificate"))?;
    Ok(assemble(&Parts {
        algorithm: SignatureAlgorithm::of(suite),
        content_type: oid::DATA,
        content: None,
        signer,
        certificates: chain,
        attributes,
        signature,
        timestamp,
    }))
}

/// A detached signed message that was read from somewhere.
#[derive(Debug, Clone)]
pub struct SignedData(Message);

impl SignedData {
    /// Reads the DER of a message with one signer, at most 1 MiB and 32 certificates.
    ///
    /// Nothing is verified yet.
    pub fn parse(der: &[u8]) -> Result<Self, PkiError> {
        let message = Message::parse(der)?;
        if message.content_type() != oid::DATA || message.content().is_some() {
            return Err(PkiError::malformed(
                "signed message",
                "its content is not detached data",
            ));
        }
        Ok(Self(message))
    }

    /// Reads a message of another producer: sets in any order, other attributes and
    /// certificates beside what is needed, and no name of the signer's certificate.
    /// Within the same limits; what it does not understand is not verified.
    ///
    /// A message that was read like this proves less: [`to_der`](Self::to_der) need not
    /// give its bytes.
    pub fn parse_lenient(der: &[u8]) -> Result<Self, PkiError> {
        let message = Message::parse_lenient(der)?;
        let data = [oid::DATA, oid::SM2_DATA].contains(&message.content_type());
        if !data || message.content().is_some() {
            return Err(PkiError::malformed(
                "signed message",
                "its content is not detached data",
            ));
        }
        Ok(Self(message))
    }

    /// Whether a signed attribute names the signer's certificate by its digest.
    #[must_use]
    pub fn names_certificate(&self) -> bool {
        self.0.names_certificate()
    }

    /// The signer's certificate.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        self.0.signer()
    }

    /// All certificates, the signer's first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.0.certificates()
    }

    /// The digest that was signed.
    #[must_use]
    pub fn content_digest(&self) -> &Digest {
        self.0.content_digest()
    }

    /// The act: from the signed attribute, or else from the event certificate.
    #[must_use]
    pub fn binding(&self) -> Option<&EventBinding> {
        self.0.binding().or_else(|| self.signer().event_binding())
    }

    /// DER of the timestamp token over [`signature`](Self::signature).
    #[must_use]
    pub fn timestamp_token(&self) -> Option<&[u8]> {
        self.0.timestamp()
    }

    /// The signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// The name of the hash and signature algorithms, such as `sm2-sm3`.
    #[must_use]
    pub fn suite(&self) -> &'static str {
        self.0.suite()
    }

    /// Verifies that the signer signed content with this digest: the digest, the
    /// content type, the certificate that the attributes name, and the signature.
    ///
    /// The signer's path is another question: [`validate`](crate::validate).
    pub fn verify(&self, content: &Digest) -> Result<(), PkiError> {
        self.0.verify(content)
    }

    /// Writes the message down again from what was verified: the signed attributes,
    /// the signature, the timestamp, and those certificates that are on `path`.
    ///
    /// Whatever else the file carried is not there, so that a caller who demands equal
    /// bytes finds every change that no signature covers.
    #[must_use]
    pub fn to_der(&self, path: &[Certificate]) -> Vec<u8> {
        self.0.to_der(path)
    }
}
