//! A certificate taken apart as it is written, right or wrong.

use der::{
    Decode, Reader, SliceReader, Tag, Tagged,
    asn1::{AnyRef, GeneralizedTime, UtcTime},
};
use spki::AlgorithmIdentifierRef;

use crate::{
    Certificate,
    certificate::element,
    extensions::Extension,
    oid::{self, Oid},
    profile::{
        Declaration, ENTERPRISE, EVENT, ISSUING, LOG, OCSP_RESPONDER, PERSON, ROOT, SEAL_MAKER, TSA,
    },
};

/// Most parts of one structure.
const PARTS: usize = 64;
/// Profiles that their policy tells.
const BY_POLICY: [&Declaration; 7] = [
    &EVENT,
    &PERSON,
    &ENTERPRISE,
    &SEAL_MAKER,
    &TSA,
    &LOG,
    &ISSUING,
];

pub(super) struct Examined<'a> {
    /// Content of the version's INTEGER; none for version 1.
    pub version: Option<&'a [u8]>,
    /// Content of the INTEGER.
    pub serial: &'a [u8],
    pub algorithm: AlgorithmIdentifierRef<'a>,
    pub issuer: Vec<u8>,
    pub issuer_name: Vec<Attribute<'a>>,
    pub begin: Date<'a>,
    pub end: Date<'a>,
    pub subject: Vec<u8>,
    pub subject_name: Vec<Attribute<'a>>,
    pub spki: Vec<u8>,
    /// Whether it has the unique identifiers of version 2.
    pub unique_identifiers: bool,
    pub extensions: Vec<Extension<'a>>,
    pub profile: Option<&'static Declaration>,
    pub authority: Option<&'a Certificate>,
}

/// A part of a name.
pub(super) struct Attribute<'a> {
    pub kind: Oid<'a>,
    pub tag: Tag,
    pub value: &'a [u8],
    /// Whether its set has no other.
    pub alone: bool,
}

/// A date as it is written.
pub(super) struct Date<'a> {
    pub tag: Tag,
    pub text: &'a [u8],
    /// Unix time; none when it is no date.
    pub seconds: Option<i64>,
}

impl<'a> Examined<'a> {
    pub fn read(
        tbs: &'a [u8],
        profile: Option<&'static Declaration>,
        authority: Option<&'a Certificate>,
    ) -> der::Result<Self> {
        let whole = AnyRef::from_der(tbs)?;
        whole.tag().assert_eq(Tag::Sequence)?;
        let mut reader = SliceReader::new(whole.value())?;
        let mut serial: AnyRef = reader.decode()?;
        let mut version = None;
        if is_context(serial, 0) {
            version = Some(integer(AnyRef::from_der(serial.value())?)?);
            serial = reader.decode()?;
        }
        let algorithm = reader.decode()?;
        let issuer: AnyRef = reader.decode()?;
        let dates = parts(sequence(reader.decode()?)?)?;
        let [begin, end] = dates[..] else {
            return Err(Tag::Sequence.value_error().into());
        };
        let subject: AnyRef = reader.decode()?;
        let spki = element(sequence_any(reader.decode()?)?);
        let (mut unique_identifiers, mut extensions) = (false, Vec::new());
        while !reader.is_finished() {
            let rest: AnyRef = reader.decode()?;
            if is_context(rest, 3) {
                let list = parts(sequence(AnyRef::from_der(rest.value())?)?)?;
                let read = |one: &AnyRef<'a>| one.decode_as::<Extension>();
                extensions = list.iter().map(read).collect::<der::Result<_>>()?;
            } else if is_context(rest, 1) || is_context(rest, 2) {
                unique_identifiers = true;
            } else {
                return Err(rest.tag().unexpected_error(None).into());
            }
        }
        let mut examined = Self {
            version,
            serial: integer(serial)?,
            algorithm,
            issuer: element(issuer),
            issuer_name: name(issuer)?,
            begin: date(begin),
            end: date(end),
            subject: element(subject),
            subject_name: name(subject)?,
            spki,
            unique_identifiers,
            extensions,
            profile,
            authority,
        };
        examined.profile = profile.or_else(|| examined.told());
        Ok(examined)
    }

    pub fn extension(&self, id: Oid) -> Option<&Extension<'a>> {
        self.extensions.iter().find(|one| one.id == id)
    }

    pub fn has(&self, id: Oid) -> bool {
        self.extension(id).is_some()
    }

    /// The value of an extension as a type; none when it is not there, or not that.
    pub fn value<'b, T: Decode<'b>>(&'b self, id: Oid) -> Option<T> {
        T::from_der(self.extension(id)?.value.as_bytes()).ok()
    }

    /// The profile by what is written.
    fn told(&self) -> Option<&'static Declaration> {
        let policies = self.policies();
        let of = |policy: Oid| policies.iter().any(|(one, _)| *one == policy);
        let by_policy = |one: &&Declaration| one.policy.is_some_and(of);
        if let Some(found) = BY_POLICY.into_iter().find(by_policy) {
            return Some(found);
        }
        let purposes: Vec<Oid> = self.value(oid::EXTENDED_KEY_USAGE).unwrap_or_default();
        if purposes.contains(&oid::OCSP_SIGNING) {
            return Some(&OCSP_RESPONDER);
        }
        (policies.is_empty() && self.issuer == self.subject).then_some(&ROOT)
    }

    /// The policies, each with the bytes of its qualifiers.
    pub fn policies(&self) -> Vec<(Oid<'_>, Option<&[u8]>)> {
        let Some(list) = self.value::<Vec<AnyRef>>(oid::CERTIFICATE_POLICIES) else {
            return Vec::new();
        };
        list.into_iter().filter_map(policy).collect()
    }
}

/// A `PolicyInformation`: the policy, and the bytes of its qualifiers.
fn policy(information: AnyRef<'_>) -> Option<(Oid<'_>, Option<&[u8]>)> {
    let parts = parts(information.value()).ok()?;
    let policy = parts.first()?.decode_as().ok()?;
    Some((policy, parts.get(1).map(|rest| rest.value())))
}

fn is_context(any: AnyRef, number: u8) -> bool {
    let tag = any.tag();
    tag.is_context_specific() && tag.number().value() == u32::from(number)
}

fn integer(any: AnyRef<'_>) -> der::Result<&[u8]> {
    any.tag().assert_eq(Tag::Integer)?;
    Ok(any.value())
}

fn sequence(any: AnyRef<'_>) -> der::Result<&[u8]> {
    Ok(sequence_any(any)?.value())
}

fn sequence_any(any: AnyRef<'_>) -> der::Result<AnyRef<'_>> {
    any.tag().assert_eq(Tag::Sequence)?;
    Ok(any)
}

/// The elements one after the other.
pub(super) fn parts(bytes: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(bytes)?;
    let mut all = Vec::new();
    while !reader.is_finished() {
        if all.len() == PARTS {
            return Err(Tag::Sequence.length_error().into());
        }
        all.push(reader.decode()?);
    }
    Ok(all)
}

fn name(any: AnyRef<'_>) -> der::Result<Vec<Attribute<'_>>> {
    let mut all = Vec::new();
    for set in parts(sequence(any)?)? {
        set.tag().assert_eq(Tag::Set)?;
        let set = parts(set.value())?;
        for one in &set {
            let pair = parts(sequence(*one)?)?;
            let [kind, value] = pair[..] else {
                return Err(Tag::Sequence.value_error().into());
            };
            all.push(Attribute {
                kind: kind.decode_as()?,
                tag: value.tag(),
                value: value.value(),
                alone: set.len() == 1,
            });
        }
    }
    Ok(all)
}

fn date(any: AnyRef<'_>) -> Date<'_> {
    let since = match any.tag() {
        Tag::UtcTime => any.decode_as::<UtcTime>().map(|at| at.to_unix_duration()),
        _ => any
            .decode_as::<GeneralizedTime>()
            .map(|at| at.to_unix_duration()),
    };
    let seconds = since.ok().and_then(|at| i64::try_from(at.as_secs()).ok());
    Date {
        tag: any.tag(),
        text: any.value(),
        seconds,
    }
}
