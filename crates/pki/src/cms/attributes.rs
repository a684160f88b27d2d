//! Signed attributes: what a signer says along with the signature.

use crypto::{Digest, Hash, digest};
use der::{
    Decode,
    asn1::{AnyRef, OctetStringRef, SetOfVec},
};

use super::structure::{Attribute, EssCertIdV2, SigningCertificateV2};
use crate::{
    Certificate, EventBinding, PkiError, algorithm,
    certificate::element,
    encode,
    oid::{self, Oid},
};

const WHAT: &str = "signed attributes";

/// The DER SET OF, which is the message that is signed.
pub(crate) fn attributes(
    content_type: Oid,
    content: &Digest,
    certificate: &Certificate,
    binding: Option<&EventBinding>,
) -> Vec<u8> {
    let kind = attribute(oid::CONTENT_TYPE, &encode::oid(content_type));
    let digest = attribute(
        oid::MESSAGE_DIGEST,
        &encode::octet_string(content.as_bytes()),
    );
    let signer = attribute(
        oid::SIGNING_CERTIFICATE_V2,
        &named(certificate, content.hash()),
    );
    let act = binding.map(|act| attribute(oid::EVENT_BINDING_ATTRIBUTE, &act.to_der()));
    let mut all: Vec<&[u8]> = vec![&kind, &digest, &signer];
    all.extend(act.as_deref());
    encode::set_of(encode::SET, &all)
}

/// One attribute with one value.
pub(crate) fn attribute(kind: Oid, value: &[u8]) -> Vec<u8> {
    encode::sequence(&[&encode::oid(kind), &encode::tlv(encode::SET, &[value])])
}

/// `SigningCertificateV2` with the digest of one certificate. SHA-256 is the default
/// and is left out, as DER demands.
fn named(certificate: &Certificate, hash: Hash) -> Vec<u8> {
    let algorithm = match hash {
        Hash::Sha256 => Vec::new(),
        other => algorithm::hash_to_der(other),
    };
    let digest = digest(hash, certificate.der());
    let identifier = encode::sequence(&[&algorithm, &encode::octet_string(digest.as_bytes())]);
    encode::sequence(&[&encode::sequence(&[&identifier])])
}

/// What signed attributes say.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) content_type: Vec<u8>,
    pub(super) digest: Digest,
    /// Ours always name it.
    pub(super) certificate: Option<Digest>,
    pub(super) binding: Option<EventBinding>,
}

impl Said {
    /// Reads the SET OF that was signed. Attributes that we do not know are signed
    /// too, and change nothing.
    pub(super) fn read(set: &[u8], hash: Hash) -> Result<Self, PkiError> {
        let list =
            SetOfVec::<Attribute>::from_der(set).map_err(|e| PkiError::malformed(WHAT, &e))?;
        let content_type =
            one(&list, oid::CONTENT_TYPE)?.ok_or(PkiError::Missing("content type"))?;
        let content_type: Oid = content_type.decode_as().map_err(bad)?;
        let digest = one(&list, oid::MESSAGE_DIGEST)?.ok_or(PkiError::Missing("message digest"))?;
        let digest = digest.decode_as::<&OctetStringRef>().map_err(bad)?;
        let signer = one(&list, oid::SIGNING_CERTIFICATE_V2)?
            .ok_or(PkiError::Missing("signing certificate attribute"))?;
        let act = one(&list, oid::EVENT_BINDING_ATTRIBUTE)?;
        Ok(Self {
            content_type: content_type.as_bytes().to_vec(),
            digest: Digest::new(hash, digest.as_bytes()).map_err(bad)?,
            certificate: Some(read_named(signer)?),
            binding: act
                .map(|act| EventBinding::from_der(&element(act)))
                .transpose()?,
        })
    }
}

/// The digest of the signer's certificate, which comes first (RFC 5035, 3).
pub(super) fn read_named(value: AnyRef) -> Result<Digest, PkiError> {
    let named: SigningCertificateV2 = value.decode_as().map_err(bad)?;
    let Some(EssCertIdV2 { hash, digest, .. }) = named.certificates.first() else {
        return Err(PkiError::Missing("signing certificate attribute"));
    };
    let hash = hash.map_or(Ok(Hash::Sha256), algorithm::read_hash)?;
    Digest::new(hash, digest.as_bytes()).map_err(bad)
}

/// The only value of the only attribute of this kind.
pub(super) fn one<'a>(
    list: &SetOfVec<Attribute<'a>>,
    kind: Oid,
) -> Result<Option<AnyRef<'a>>, PkiError> {
    let mut values = list.iter().filter(|attribute| attribute.kind == kind);
    let Some(first) = values.next() else {
        return Ok(None);
    };
    match (first.values.as_slice(), values.next()) {
        ([value], None) => Ok(Some(*value)),
        _ => Err(PkiError::malformed(
            WHAT,
            &format!("{kind} has more than one value"),
        )),
    }
}

fn bad(reason: impl std::fmt::Display) -> PkiError {
    PkiError::malformed(WHAT, &reason)
}
