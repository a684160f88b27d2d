//! Reads what other producers write: sets in any order, unsigned attributes of any kind,
//! revocation lists, certificates that are not ours to understand, signers named by
//! their key, and the looser algorithm identifiers.
//!
//! What is *verified* is the same as for our own messages; only what may lie around it
//! is more. Bounded as those are, and lengths must be definite.

use crypto::{Digest, Hash, digest};
use der::{Decode, asn1::AnyRef};
use spki::AlgorithmIdentifierRef;

use super::{
    attributes::{Said, read_named},
    message::{ATTRIBUTES, CERTIFICATES, LIMIT, Message, WHAT},
};
use crate::{
    Certificate, EventBinding, PkiError,
    algorithm::{self, SignatureAlgorithm},
    encode,
    oid::{self, Oid},
};

/// Most elements of one sequence or set.
const ITEMS: usize = 1024;
const EXPLICIT_0: u8 = 0xa0;
const IMPLICIT_1: u8 = 0xa1;
/// The signer's key in place of issuer and serial number (RFC 5652, 5.3).
const KEY_IDENTIFIER: u8 = 0x80;

pub(super) fn parse(der: &[u8]) -> Result<Message, PkiError> {
    if der.len() > LIMIT {
        return Err(too_large(WHAT, LIMIT));
    }
    let outer = Element::whole(der)?.items(encode::SEQUENCE)?;
    let [kind, content] = outer[..] else {
        return Err(bad("it is no pair of type and content"));
    };
    if ![oid::SIGNED_DATA, oid::SM2_SIGNED_DATA].contains(&kind.oid()?) {
        return Err(bad("it is no signed message"));
    }
    let data = Element::whole(content.tagged(EXPLICIT_0)?)?.items(encode::SEQUENCE)?;
    let [_, _, encapsulated, rest @ .., signers] = &data[..] else {
        return Err(bad("parts of it are missing"));
    };
    let [signer] = signers.items(encode::SET)?[..] else {
        return Err(bad("it does not have exactly one signer"));
    };
    let (content_type, content) = encapsulated_content(*encapsulated)?;
    let certificates = rest.iter().find(|part| part.tag == EXPLICIT_0);
    let certificates = certificates.map_or(Ok(Vec::new()), |set| set.items(EXPLICIT_0))?;
    Signer::read(signer)?.message(content_type, content, &certificates)
}

fn encapsulated_content(part: Element<'_>) -> Result<(Oid<'_>, Option<&[u8]>), PkiError> {
    match part.items(encode::SEQUENCE)?[..] {
        [kind] => Ok((kind.oid()?, None)),
        [kind, content] => {
            let content = Element::whole(content.tagged(EXPLICIT_0)?)?;
            Ok((kind.oid()?, Some(content.tagged(encode::OCTET_STRING)?)))
        }
        _ => Err(bad("its content")),
    }
}

/// `SignerInfo` with either name of the signer.
struct Signer<'a> {
    name: Element<'a>,
    algorithm: SignatureAlgorithm,
    /// Content of the set.
    signed: Element<'a>,
    signature: &'a [u8],
    unsigned: Vec<Element<'a>>,
}

impl<'a> Signer<'a> {
    fn read(info: Element<'a>) -> Result<Self, PkiError> {
        let items = info.items(encode::SEQUENCE)?;
        let [_, name, hash, signed, algorithm, signature, unsigned @ ..] = &items[..] else {
            return Err(PkiError::Missing("set of signed attributes"));
        };
        if signed.tag != EXPLICIT_0 {
            return Err(PkiError::Missing("set of signed attributes"));
        }
        let hash = algorithm::read_hash(hash.algorithm()?)?;
        let unsigned = unsigned.first();
        Ok(Self {
            name: *name,
            algorithm: SignatureAlgorithm::read_lenient(algorithm.algorithm()?, hash)?,
            signed: *signed,
            signature: signature.tagged(encode::OCTET_STRING)?,
            unsigned: unsigned.map_or(Ok(Vec::new()), |set| set.items(IMPLICIT_1))?,
        })
    }

    fn message(
        self,
        content_type: Oid,
        content: Option<&[u8]>,
        certificates: &[Element],
    ) -> Result<Message, PkiError> {
        let mut said = said(&self.signed, content_type, self.algorithm.hash())?;
        let certificates = self.certificates(certificates)?;
        if said.certificate.is_none() {
            said.certificate = named_by_sha1(&self.signed, &certificates[0])?;
        }
        let timestamp = attribute(&self.unsigned, oid::TIMESTAMP_TOKEN)?;
        Ok(Message {
            content_type: content_type.as_bytes().to_vec(),
            content: content.map(<[u8]>::to_vec),
            certificates,
            algorithm: self.algorithm,
            attributes: encode::tlv(encode::SET, &[self.signed.value]),
            said,
            signature: self.signature.to_vec(),
            timestamp: timestamp.map(|token| token.whole.to_vec()),
        })
    }

    /// Those that can be read, the signer's first. What is there besides, such as
    /// attribute certificates, can at worst be missing from a path.
    fn certificates(&self, set: &[Element]) -> Result<Vec<Certificate>, PkiError> {
        if set.len() > CERTIFICATES {
            return Err(too_large("set of certificates", CERTIFICATES));
        }
        let read = set
            .iter()
            .filter_map(|one| Certificate::from_der(one.whole).ok());
        let mut all: Vec<Certificate> = read.collect();
        let missing = PkiError::Missing("signer's certificate");
        let at = if self.name.tag == KEY_IDENTIFIER {
            all.iter()
                .position(|one| one.extensions().subject_key.as_deref() == Some(self.name.value))
        } else {
            let name = self.name.items(encode::SEQUENCE)?;
            let [issuer, serial] = name[..] else {
                return Err(missing);
            };
            let serial = serial.value;
            let serial = &serial[serial.iter().take_while(|byte| **byte == 0).count()..];
            all.iter()
                .position(|one| one.serial() == serial && one.issuer_der() == issuer.whole)
        };
        all[..=at.ok_or(missing)?].rotate_right(1);
        Ok(all)
    }
}

/// The signed attributes. The time that the signer claims is not looked at.
fn said(signed: &Element, content_type: Oid, hash: Hash) -> Result<Said, PkiError> {
    let list = signed.items(EXPLICIT_0)?;
    let kind = attribute(&list, oid::CONTENT_TYPE)?.ok_or(PkiError::Missing("content type"))?;
    let digest =
        attribute(&list, oid::MESSAGE_DIGEST)?.ok_or(PkiError::Missing("message digest"))?;
    let digest = digest.tagged(encode::OCTET_STRING)?;
    let digest = Digest::new(hash, digest).map_err(|e| bad(&e.to_string()))?;
    let named = attribute(&list, oid::SIGNING_CERTIFICATE_V2)?;
    let act = attribute(&list, oid::EVENT_BINDING_ATTRIBUTE)?;
    // GB/T 35275 has a type of its own for data, and producers mix the two.
    let data = [oid::DATA, oid::SM2_DATA];
    let kind = kind.oid()?;
    let same = data.contains(&kind) && data.contains(&content_type);
    Ok(Said {
        content_type: if same { content_type } else { kind }.as_bytes().to_vec(),
        digest,
        certificate: named.map(|one| read_named(one.any()?)).transpose()?,
        binding: act
            .map(|act| EventBinding::from_der(act.whole))
            .transpose()?,
    })
}

/// The signer's certificate where the older attribute names it, which knows SHA-1 alone:
/// nobody finds a second certificate of an authority that has the same one.
fn named_by_sha1(attributes: &Element, signer: &Certificate) -> Result<Option<Digest>, PkiError> {
    let list = attributes.items(EXPLICIT_0)?;
    let Some(named) = attribute(&list, oid::SIGNING_CERTIFICATE)? else {
        return Ok(None);
    };
    let hash = named.first_item()?.first_item()?.first_item()?;
    if hash.tagged(encode::OCTET_STRING)? != crypto::sha1_name(signer.der()) {
        return Err(PkiError::OtherCertificate);
    }
    Ok(Some(digest(Hash::Sha256, signer.der())))
}

/// The only value of the only attribute of this kind.
fn attribute<'a>(list: &[Element<'a>], kind: Oid) -> Result<Option<Element<'a>>, PkiError> {
    if list.len() > ATTRIBUTES {
        return Err(too_large("set of attributes", ATTRIBUTES));
    }
    let mut found = None;
    for one in list {
        let parts = one.items(encode::SEQUENCE)?;
        let [name, values] = parts[..] else {
            return Err(bad("an attribute that is none"));
        };
        if name.oid()? != kind {
            continue;
        }
        match values.items(encode::SET)?[..] {
            [value] if found.is_none() => found = Some(value),
            _ => return Err(bad(&format!("{kind} has more than one value"))),
        }
    }
    Ok(found)
}

/// An element with a tag of one byte and a definite length.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    whole: &'a [u8],
    value: &'a [u8],
}

impl<'a> Element<'a> {
    /// All of the bytes are one element.
    fn whole(bytes: &'a [u8]) -> Result<Self, PkiError> {
        match Self::first(bytes)? {
            (one, []) => Ok(one),
            _ => Err(bad("bytes follow after it")),
        }
    }

    fn first(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), PkiError> {
        let cut = || bad("it is cut short, or its length is not definite");
        let (&tag, &short) = bytes.first().zip(bytes.get(1)).ok_or_else(cut)?;
        let count = if short < 0x80 {
            0
        } else {
            usize::from(short & 0x7f)
        };
        if tag & 0x1f == 0x1f || count > 4 || short == 0x80 {
            return Err(cut());
        }
        let length = bytes.get(2..2 + count).ok_or_else(cut)?;
        let length = length
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let length = if count == 0 {
            usize::from(short)
        } else {
            length
        };
        let (head, end) = (2 + count, 2 + count + length);
        let value = bytes.get(head..end).ok_or_else(cut)?;
        let whole = &bytes[..end];
        Ok((Self { tag, whole, value }, &bytes[end..]))
    }

    fn tagged(&self, tag: u8) -> Result<&'a [u8], PkiError> {
        if self.tag == tag {
            Ok(self.value)
        } else {
            Err(bad(&format!(
                "tag {:#04x} in place of {tag:#04x}",
                self.tag
            )))
        }
    }

    fn items(&self, tag: u8) -> Result<Vec<Self>, PkiError> {
        let mut rest = self.tagged(tag)?;
        let mut items = Vec::new();
        while !rest.is_empty() {
            if items.len() == ITEMS {
                return Err(too_large(WHAT, ITEMS));
            }
            let (one, after) = Self::first(rest)?;
            items.push(one);
            rest = after;
        }
        Ok(items)
    }

    /// The first item of a sequence.
    fn first_item(&self) -> Result<Self, PkiError> {
        let first = self.items(encode::SEQUENCE)?.first().copied();
        first.ok_or_else(|| bad("a sequence is empty"))
    }

    fn any(&self) -> Result<AnyRef<'a>, PkiError> {
        AnyRef::from_der(self.whole).map_err(|e| PkiError::malformed(WHAT, &e))
    }

    fn oid(&self) -> Result<Oid<'a>, PkiError> {
        self.any()?
            .decode_as()
            .map_err(|e: der::Error| PkiError::malformed(WHAT, &e))
    }

    fn algorithm(&self) -> Result<AlgorithmIdentifierRef<'a>, PkiError> {
        AlgorithmIdentifierRef::from_der(self.whole).map_err(|e| PkiError::malformed(WHAT, &e))
    }
}

fn bad(reason: &str) -> PkiError {
    PkiError::malformed(WHAT, reason)
}

fn too_large(what: &'static str, limit: usize) -> PkiError {
    PkiError::TooLarge { what, limit }
}
