//! A signed message with one signer: reading, verifying, and writing canonically.

use crypto::{Digest, digest};
use der::{
    Decode,
    asn1::{AnyRef, SetOfVec},
};

use super::{
    attributes::{Said, attribute, one},
    lenient,
    structure::{Attribute, ContentInfo, SignedData, SignerInfo},
};
use crate::{
    Certificate, EventBinding, PkiError,
    algorithm::{self, SignatureAlgorithm},
    certificate::element,
    encode,
    oid::{self, Oid},
};

/// Largest message that is read, in bytes.
pub(super) const LIMIT: usize = 1024 * 1024;
/// Most certificates in a message.
pub(super) const CERTIFICATES: usize = 32;
/// Most attributes of either kind.
pub(super) const ATTRIBUTES: usize = 64;
pub(super) const WHAT: &str = "signed message";
/// Tags of the implicitly tagged sets.
const SET_0: u8 = 0xa0;
const SET_1: u8 = 0xa1;

/// All that a message is made of.
pub(crate) struct Parts<'a> {
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) content_type: Oid<'a>,
    /// Content inside of the message, if it is not detached.
    pub(crate) content: Option<&'a [u8]>,
    pub(crate) signer: &'a Certificate,
    pub(crate) certificates: &'a [Certificate],
    /// DER SET OF.
    pub(crate) attributes: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) timestamp: Option<&'a [u8]>,
}

/// The one encoding of these parts.
pub(crate) fn assemble(parts: &Parts) -> Vec<u8> {
    // RFC 5652, 5.1: version 3 when the content is not plain data.
    let version: u8 = if parts.content_type == oid::DATA {
        1
    } else {
        3
    };
    let hash = algorithm::hash_to_der(parts.algorithm.hash());
    let content = parts.content.map_or_else(Vec::new, |content| {
        encode::tlv(0xa0, &[&encode::octet_string(content)])
    });
    let ders: Vec<Vec<u8>> = parts
        .certificates
        .iter()
        .map(Certificate::canonical)
        .collect();
    let ders: Vec<&[u8]> = ders.iter().map(Vec::as_slice).collect();
    let certificates = if ders.is_empty() {
        Vec::new()
    } else {
        encode::set_of(SET_0, &ders)
    };
    let signed_data = encode::sequence(&[
        &encode::integer(&[version]),
        &encode::tlv(encode::SET, &[&hash]),
        &encode::sequence(&[&encode::oid(parts.content_type), &content]),
        &certificates,
        &encode::tlv(encode::SET, &[&signer_info(parts, &hash)]),
    ]);
    encode::sequence(&[
        &encode::oid(oid::SIGNED_DATA),
        &encode::tlv(0xa0, &[&signed_data]),
    ])
}

fn signer_info(parts: &Parts, hash: &[u8]) -> Vec<u8> {
    let name = encode::sequence(&[
        parts.signer.issuer_der(),
        &encode::integer(parts.signer.serial()),
    ]);
    // The set that was signed, under its implicit tag.
    let set = AnyRef::from_der(parts.attributes)
        .map(AnyRef::value)
        .unwrap_or_default();
    let unsigned = parts.timestamp.map_or_else(Vec::new, |token| {
        encode::tlv(SET_1, &[&attribute(oid::TIMESTAMP_TOKEN, token)])
    });
    encode::sequence(&[
        encode::ONE,
        &name,
        hash,
        &encode::tlv(SET_0, &[set]),
        &parts.algorithm.to_der(),
        &encode::octet_string(&parts.algorithm.canonical(parts.signature)),
        &unsigned,
    ])
}

/// A message that was read; nothing of it is verified by that.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(super) content_type: Vec<u8>,
    pub(super) content: Option<Vec<u8>>,
    /// The signer's first.
    pub(super) certificates: Vec<Certificate>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) attributes: Vec<u8>,
    pub(super) said: Said,
    pub(super) signature: Vec<u8>,
    pub(super) timestamp: Option<Vec<u8>>,
}

impl Message {
    pub(crate) fn parse(der: &[u8]) -> Result<Self, PkiError> {
        if der.len() > LIMIT {
            return Err(PkiError::TooLarge {
                what: WHAT,
                limit: LIMIT,
            });
        }
        let outer = ContentInfo::from_der(der).map_err(bad)?;
        if outer.content_type != oid::SIGNED_DATA {
            return Err(PkiError::malformed(
                WHAT,
                &format!("type {}", outer.content_type),
            ));
        }
        let data: SignedData = outer.content.decode_as().map_err(bad)?;
        let [signer] = data.signers.as_slice() else {
            return Err(PkiError::malformed(
                WHAT,
                "it does not have exactly one signer",
            ));
        };
        let signer: SignerInfo = signer.decode_as().map_err(bad)?;
        let algorithm = SignatureAlgorithm::read(signer.signature_algorithm)?;
        if algorithm::read_hash(signer.digest_algorithm)? != algorithm.hash() {
            return Err(PkiError::Algorithm(
                "a digest other than the signature's".to_owned(),
            ));
        }
        let set = element(signer.signed);
        if set.first() != Some(&SET_0) {
            return Err(PkiError::Missing("set of signed attributes"));
        }
        let attributes = encode::tlv(encode::SET, &[signer.signed.value()]);
        Ok(Self {
            content_type: data.content.content_type.as_bytes().to_vec(),
            content: data
                .content
                .content
                .map(|content| content.as_bytes().to_vec()),
            certificates: certificates(&data.certificates.unwrap_or_default(), &signer)?,
            algorithm,
            said: Said::read(&attributes, algorithm.hash())?,
            attributes,
            signature: signer.signature.as_bytes().to_vec(),
            timestamp: signer.unsigned.as_ref().map_or(Ok(None), timestamp)?,
        })
    }

    /// Reads what other producers write; see [`lenient`].
    pub(crate) fn parse_lenient(der: &[u8]) -> Result<Self, PkiError> {
        lenient::parse(der)
    }

    /// Whether the signed attributes name the signer's certificate.
    pub(crate) fn names_certificate(&self) -> bool {
        self.said.certificate.is_some()
    }

    pub(crate) fn content_type(&self) -> Oid<'_> {
        Oid::from_content(&self.content_type)
    }

    pub(crate) fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    pub(crate) fn signer(&self) -> &Certificate {
        &self.certificates[0]
    }

    pub(crate) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub(crate) fn content_digest(&self) -> &Digest {
        &self.said.digest
    }

    pub(crate) fn binding(&self) -> Option<&EventBinding> {
        self.said.binding.as_ref()
    }

    pub(crate) fn timestamp(&self) -> Option<&[u8]> {
        self.timestamp.as_deref()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn suite(&self) -> &'static str {
        self.algorithm.name()
    }

    /// RFC 5652, 5.4 and 5.6; RFC 5035, 3.
    pub(crate) fn verify(&self, content: &Digest) -> Result<(), PkiError> {
        if self.said.digest != *content {
            return Err(PkiError::ContentChanged);
        }
        if self.said.content_type != self.content_type {
            return Err(PkiError::malformed(WHAT, "it names two content types"));
        }
        if let Some(named) = &self.said.certificate
            && digest(named.hash(), self.signer().der()) != *named
        {
            return Err(PkiError::OtherCertificate);
        }
        self.algorithm
            .verify(self.signer().spki(), &self.attributes, &self.signature)
    }

    pub(crate) fn to_der(&self, path: &[Certificate]) -> Vec<u8> {
        let verified: Vec<Certificate> = self
            .certificates
            .iter()
            .filter(|one| path.contains(one))
            .cloned()
            .collect();
        assemble(&Parts {
            algorithm: self.algorithm,
            content_type: self.content_type(),
            content: self.content(),
            signer: self.signer(),
            certificates: &verified,
            attributes: &self.attributes,
            signature: &self.signature,
            timestamp: self.timestamp(),
        })
    }
}

/// All certificates, the signer's first.
fn certificates(set: &SetOfVec<AnyRef>, signer: &SignerInfo) -> Result<Vec<Certificate>, PkiError> {
    if set.len() > CERTIFICATES {
        return Err(PkiError::TooLarge {
            what: "set of certificates",
            limit: CERTIFICATES,
        });
    }
    let mut all = Vec::with_capacity(set.len());
    for one in set.iter() {
        all.push(Certificate::from_der(&element(*one))?);
    }
    let issuer = element(signer.signer.issuer);
    let at = all
        .iter()
        .position(|one| {
            one.serial() == signer.signer.serial.as_bytes() && one.issuer_der() == issuer
        })
        .ok_or(PkiError::Missing("signer's certificate"))?;
    all[..=at].rotate_right(1);
    Ok(all)
}

/// The timestamp token. Other unsigned attributes prove nothing and are not kept.
fn timestamp(unsigned: &SetOfVec<Attribute>) -> Result<Option<Vec<u8>>, PkiError> {
    if unsigned.len() > ATTRIBUTES {
        return Err(PkiError::TooLarge {
            what: "set of attributes",
            limit: ATTRIBUTES,
        });
    }
    Ok(one(unsigned, oid::TIMESTAMP_TOKEN)?.map(element))
}

fn bad(error: der::Error) -> PkiError {
    PkiError::malformed(WHAT, &error)
}
