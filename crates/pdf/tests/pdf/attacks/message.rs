//! The message itself: who signed, with what, at what time, and what lies beside it.

use crypto::{Digest, Hash, Signer, SoftwareKey, digest, random};
use pki::{
    Certificate, CertificateRequest, Name, Profile, sign_tbs, signed_attributes, signed_data, tbs,
};

use super::bases::{Hand, SUITE, form, gap, hexadecimal, plain, stamped_by};
use crate::{
    contract::over,
    house::{HOUSE, NOW, STRANGERS, issue},
};

const YEAR: i64 = 365 * 24 * 3600;

/// The file as somebody signs it with this message.
pub fn signed(message: fn(&Digest) -> Vec<u8>) -> Vec<u8> {
    let hand = Hand {
        message,
        ..Hand::default()
    };
    hand.sign(&form().bytes())
}

/// A message by this key, with this chain.
fn by(content: &Digest, leaf: &Certificate, key: &dyn Signer, between: &[Certificate]) -> Vec<u8> {
    let attributes = signed_attributes(content, leaf, None);
    let signature = key.sign(&attributes).unwrap();
    let chain = [std::slice::from_ref(leaf), between].concat();
    signed_data(SUITE, &attributes, &signature, &chain, None).unwrap()
}

fn fresh() -> SoftwareKey {
    SoftwareKey::generate(SUITE).unwrap()
}

fn name(common_name: &str) -> Name {
    Name {
        common_name: common_name.to_owned(),
        organization: Some("示例科技有限公司".to_owned()),
        country: "CN".to_owned(),
        serial_number: Some("91350211M000100Y43".to_owned()),
    }
}

/// A certificate of the true authority, with this profile and validity in years.
fn issued(content: &Digest, profile: &Profile, [from, to]: [i64; 2]) -> Vec<u8> {
    let (issuing, key) = (&HOUSE.branch(SUITE).issuing, fresh());
    let validity = [NOW + from * YEAR, NOW + to * YEAR];
    let leaf = issue(issuing, "张三", &key, profile, validity);
    by(content, &leaf, &key, std::slice::from_ref(&issuing.0))
}

pub fn expired(content: &Digest) -> Vec<u8> {
    issued(content, &Profile::Enterprise, [-2, -1])
}

pub fn not_yet(content: &Digest) -> Vec<u8> {
    issued(content, &Profile::Enterprise, [1, 2])
}

pub fn for_timestamps(content: &Digest) -> Vec<u8> {
    issued(content, &Profile::Tsa, [-1, 1])
}

/// An authority signs a document.
pub fn authority(content: &Digest) -> Vec<u8> {
    let (issuing, key) = &HOUSE.branch(SUITE).issuing;
    by(content, issuing, key, &[])
}

/// Somebody of the same names.
pub fn stranger(content: &Digest) -> Vec<u8> {
    let branch = STRANGERS.branch(SUITE);
    let (leaf, key) = &branch.seal;
    by(
        content,
        leaf,
        key.as_ref(),
        std::slice::from_ref(&branch.issuing.0),
    )
}

/// The same, with the true authority's certificate.
pub fn stranger_below(content: &Digest) -> Vec<u8> {
    let (leaf, key) = &STRANGERS.branch(SUITE).seal;
    by(
        content,
        leaf,
        key.as_ref(),
        std::slice::from_ref(&HOUSE.branch(SUITE).issuing.0),
    )
}

/// A root of one's own signs.
pub fn own_root(content: &Digest) -> Vec<u8> {
    let key = fresh();
    by(content, &root("测试根", &key), &key, &[])
}

fn root(common_name: &str, key: &SoftwareKey) -> Certificate {
    let request = CertificateRequest {
        subject: &name(common_name),
        spki: key.spki(),
        serial: random(),
        not_before: NOW - YEAR,
        not_after: NOW + YEAR,
        profile: &Profile::Root,
    };
    sign_tbs(&tbs(&request, None, SUITE).unwrap(), key).unwrap()
}

/// The company issues a certificate, as if it were an authority.
pub fn below_the_company(content: &Digest) -> Vec<u8> {
    let branch = HOUSE.branch(SUITE);
    // A root of the company's name and key, for its issuer's name and identifier.
    let request = CertificateRequest {
        subject: &name("示例公司"),
        spki: branch.seal.1.spki(),
        serial: random(),
        not_before: NOW - YEAR,
        not_after: NOW + YEAR,
        profile: &Profile::Root,
    };
    let twin = sign_tbs(&tbs(&request, None, SUITE).unwrap(), branch.seal.1.as_ref()).unwrap();
    let key = fresh();
    let request = CertificateRequest {
        subject: &name("张三"),
        spki: key.spki(),
        serial: random(),
        not_before: NOW - YEAR,
        not_after: NOW + YEAR,
        profile: &Profile::Enterprise,
    };
    let leaf = tbs(&request, Some(&twin), SUITE).unwrap();
    let leaf = sign_tbs(&leaf, branch.seal.1.as_ref()).unwrap();
    by(
        content,
        &leaf,
        &key,
        &[branch.seal.0.clone(), branch.issuing.0.clone()],
    )
}

/// The certificate's own signature is wrong.
pub fn broken_certificate(content: &Digest) -> Vec<u8> {
    let branch = HOUSE.branch(SUITE);
    let mut der = branch.seal.0.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let leaf = Certificate::from_der(&der).unwrap();
    by(
        content,
        &leaf,
        branch.seal.1.as_ref(),
        std::slice::from_ref(&branch.issuing.0),
    )
}

/// The company's certificate, and another key.
pub fn another_key(content: &Digest) -> Vec<u8> {
    let branch = HOUSE.branch(SUITE);
    by(
        content,
        &branch.seal.0,
        &fresh(),
        std::slice::from_ref(&branch.issuing.0),
    )
}

/// The company's key has another certificate too, which takes the place of the one that
/// was signed with.
pub fn another_certificate(content: &Digest) -> Vec<u8> {
    let branch = HOUSE.branch(SUITE);
    let (leaf, key) = &branch.seal;
    let validity = [NOW - YEAR, NOW + YEAR];
    let twin = issue(
        &branch.issuing,
        "示例公司",
        key.as_ref(),
        &Profile::Enterprise,
        validity,
    );
    let attributes = signed_attributes(content, leaf, None);
    let signature = key.sign(&attributes).unwrap();
    let chain = [twin, branch.issuing.0.clone()];
    signed_data(SUITE, &attributes, &signature, &chain, None).unwrap()
}

/// The digest is right, and the signature over it is one over another digest.
pub fn digest_alone(content: &Digest) -> Vec<u8> {
    let other = digest(Hash::Sha256, b"other");
    let message = plain(&other);
    let at = message
        .windows(32)
        .position(|w| w == other.as_bytes())
        .unwrap();
    let mut message = message;
    message[at..at + 32].copy_from_slice(content.as_bytes());
    message
}

pub fn timestamp_of_strangers(content: &Digest) -> Vec<u8> {
    stamped_by(&STRANGERS.branch(SUITE).tsa, content, None)
}

pub fn timestamp_over_another(content: &Digest) -> Vec<u8> {
    stamped_by(
        &HOUSE.branch(SUITE).tsa,
        content,
        Some(b"another signature"),
    )
}

/// DER, taken apart.
#[derive(Clone)]
pub enum Der {
    Leaf(u8, Vec<u8>),
    Node(u8, Vec<Der>),
}

impl Der {
    fn read(bytes: &[u8]) -> (Self, &[u8]) {
        let count = if bytes[1] < 0x80 {
            0
        } else {
            usize::from(bytes[1] & 0x7f)
        };
        let length = match count {
            0 => usize::from(bytes[1]),
            _ => bytes[2..2 + count]
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        let (value, after) = bytes[2 + count..].split_at(length);
        if bytes[0] & 0x20 == 0 {
            return (Self::Leaf(bytes[0], value.to_vec()), after);
        }
        let (mut parts, mut rest) = (Vec::new(), value);
        while !rest.is_empty() {
            let (part, after) = Self::read(rest);
            parts.push(part);
            rest = after;
        }
        (Self::Node(bytes[0], parts), after)
    }

    fn write(&self) -> Vec<u8> {
        let (tag, value) = match self {
            Self::Leaf(tag, value) => (*tag, value.clone()),
            Self::Node(tag, parts) => (*tag, parts.iter().flat_map(Self::write).collect()),
        };
        let length = value.len().to_be_bytes();
        let head = match value.len() {
            0..0x80 => vec![tag, length[7]],
            0x80..0x100 => vec![tag, 0x81, length[7]],
            _ => vec![tag, 0x82, length[6], length[7]],
        };
        [head, value].concat()
    }

    pub fn parts(&mut self) -> &mut Vec<Self> {
        match self {
            Self::Node(_, parts) => parts,
            Self::Leaf(..) => panic!("it has no parts"),
        }
    }
}

/// The file with its last message changed: an outsider can, for nothing covers it.
/// `change` gets the parts of the `SignedData`.
pub fn changed(file: &[u8], change: fn(&mut Vec<Der>)) -> Vec<u8> {
    let gap = gap(file);
    let digits = &file[gap.start + 1..gap.end - 1];
    let nibble = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    let pairs = digits.as_chunks::<2>().0.iter();
    let bytes: Vec<u8> = pairs.map(|[a, b]| nibble(*a) << 4 | nibble(*b)).collect();
    let (mut message, _) = Der::read(&bytes);
    change(message.parts()[1].parts()[0].parts());
    let digits = format!(
        "{:0<width$}",
        hexadecimal(&message.write()),
        width = gap.len() - 2
    );
    let mut out = file.to_vec();
    over(&mut out, gap.start + 1..gap.end - 1, &digits);
    out
}

/// The parts of the only `SignerInfo`.
pub fn signer(data: &mut [Der]) -> &mut Vec<Der> {
    data.last_mut().unwrap().parts()[0].parts()
}

/// An algorithm by the bytes of its identifier.
pub fn algorithm(oid: &[u8]) -> Der {
    Der::Node(0x30, vec![Der::Leaf(0x06, oid.to_vec())])
}

/// Some attribute that says nothing.
pub fn attribute() -> Der {
    let oid = Der::Leaf(0x06, vec![0x2a, 0x03, 0x04]);
    Der::Node(
        0x30,
        vec![
            oid,
            Der::Node(0x31, vec![Der::Leaf(0x0c, b"10000".to_vec())]),
        ],
    )
}

pub const MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
pub const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
