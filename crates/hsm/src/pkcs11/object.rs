//! Key pairs as a token keeps them: templates, and the public half read back.

use crypto::{
    Hash, Suite,
    bare::{spki_of_point, spki_of_rsa},
};
use cryptoki::{
    error::Error,
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};
use der::{Decode, asn1::OctetStringRef};

/// DER of the object identifier of P-256 (RFC 5480, 2.1.1.1).
const P256: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// 65537.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// By which the two halves of a pair know each other (`CKA_ID`).
fn identifier(label: &str) -> Vec<u8> {
    crypto::digest(Hash::Sha256, label.as_bytes()).as_bytes()[..20].to_vec()
}

/// The private keys of a label, or of all.
pub(super) fn private_keys(
    session: &Session,
    label: Option<&str>,
) -> Result<Vec<ObjectHandle>, Error> {
    let mut template = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Token(true),
    ];
    template.extend(label.map(|label| Attribute::Label(label.into())));
    session.find_objects(&template)
}

/// The label of an object, where it is text.
pub(super) fn label(session: &Session, key: ObjectHandle) -> Result<Option<String>, Error> {
    let found = session.get_attributes(key, &[AttributeType::Label])?;
    Ok(found.into_iter().find_map(|attribute| match attribute {
        Attribute::Label(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    }))
}

/// Suite and `SubjectPublicKeyInfo` of a pair, from its public object; none when it has
/// none, or is of a kind that we do not have.
pub(super) fn public_half(
    session: &Session,
    private: ObjectHandle,
) -> Result<Option<(Suite, Vec<u8>)>, Error> {
    let found = session.get_attributes(private, &[AttributeType::Id, AttributeType::KeyType])?;
    let Some(id) = found
        .iter()
        .find(|it| matches!(it, Attribute::Id(id) if !id.is_empty()))
    else {
        return Ok(None);
    };
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), id.clone()];
    let [public] = session.find_objects(&template)?[..] else {
        return Ok(None);
    };
    let of = |kind| found.contains(&Attribute::KeyType(kind));
    if of(KeyType::EC) {
        return curve_key(session, public);
    }
    if of(KeyType::RSA) {
        return rsa_key(session, public);
    }
    Ok(None)
}

fn curve_key(session: &Session, public: ObjectHandle) -> Result<Option<(Suite, Vec<u8>)>, Error> {
    let wanted = [AttributeType::EcParams, AttributeType::EcPoint];
    let (mut curve, mut point) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(public, &wanted)? {
        match attribute {
            Attribute::EcParams(bytes) => curve = bytes,
            Attribute::EcPoint(bytes) => point = bytes,
            _ => {}
        }
    }
    if curve != P256 {
        return Ok(None);
    }
    // An OCTET STRING of the point; some tokens give the point itself.
    let inner = <&OctetStringRef>::from_der(&point).map_or(&point[..], OctetStringRef::as_bytes);
    let Some((x, y)) = inner
        .strip_prefix(&[4])
        .and_then(|both| both.split_at_checked(32))
    else {
        return Ok(None);
    };
    let suite = Suite::P256Sha256;
    Ok(spki_of_point(suite, x, y).map(|spki| (suite, spki)))
}

fn rsa_key(session: &Session, public: ObjectHandle) -> Result<Option<(Suite, Vec<u8>)>, Error> {
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    let (mut modulus, mut exponent) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(public, &wanted)? {
        match attribute {
            Attribute::Modulus(bytes) => modulus = bytes,
            Attribute::PublicExponent(bytes) => exponent = bytes,
            _ => {}
        }
    }
    let mut suites = [Suite::Rsa2048Sha256, Suite::Rsa3072Sha256].into_iter();
    Ok(suites.find_map(|suite| Some((suite, spki_of_rsa(suite, &modulus, &exponent)?))))
}

/// Makes a pair that stays in the token and whose private half cannot be read.
pub(super) fn generate(
    session: &Session,
    suite: Suite,
    label: &str,
) -> Result<[ObjectHandle; 2], Error> {
    let named = [
        Attribute::Token(true),
        Attribute::Label(label.into()),
        Attribute::Id(identifier(label)),
    ];
    let mut public = named.to_vec();
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    let mut private = named.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    let mechanism = match suite {
        Suite::Rsa2048Sha256 | Suite::Rsa3072Sha256 => {
            let bits: u32 = if suite == Suite::Rsa2048Sha256 {
                2048
            } else {
                3072
            };
            public.push(Attribute::ModulusBits(u64::from(bits).into()));
            public.push(Attribute::PublicExponent(EXPONENT.to_vec()));
            Mechanism::RsaPkcsKeyPairGen
        }
        Suite::P256Sha256 | Suite::Sm2Sm3 => {
            public.push(Attribute::EcParams(P256.to_vec()));
            Mechanism::EccKeyPairGen
        }
    };
    let (public, private) = session.generate_key_pair(&mechanism, &public, &private)?;
    Ok([public, private])
}

/// Whether the token promises that the private half stays in it.
pub(super) fn is_guarded(session: &Session, private: ObjectHandle) -> Result<bool, Error> {
    let wanted = [AttributeType::Sensitive, AttributeType::Extractable];
    let found = session.get_attributes(private, &wanted)?;
    let promised = [Attribute::Sensitive(true), Attribute::Extractable(false)];
    Ok(promised.iter().all(|promise| found.contains(promise)))
}
