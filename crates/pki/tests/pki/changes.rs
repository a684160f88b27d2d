//! No byte of what was signed, and none of what surrounds it, changes unseen; and no
//! input makes a reader panic.

use std::sync::LazyLock;

use crypto::{Digest, Suite, digest, random};
use pki::{
    Certificate, EventBinding, Purpose, SignedData,
    timestamp::{Request, Token, Tsa, read_response},
    validate,
};
use proptest::prelude::*;

use crate::{
    house::{House, NOW, NOW_MS, binding},
    taken_apart,
};

/// A message, its content, and where it should lead.
struct Case {
    message: Vec<u8>,
    content: Digest,
    house: House,
    tsa: Tsa,
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256]
        .map(|suite| {
            let house = House::new(suite);
            let content = digest(suite.hash(), b"content");
            Case {
                message: house.message(&content),
                tsa: house.tsa(),
                content,
                house,
            }
        })
        .into()
});

impl Case {
    fn path(&self, certificates: &[Certificate], purpose: Purpose) -> Option<Vec<Certificate>> {
        let leaf = certificates.first()?;
        validate(leaf, certificates, &self.house.anchors(), NOW, purpose).ok()
    }

    /// What a careful reader does with a message, all of it.
    fn accepts(&self, message: &[u8]) -> bool {
        let Ok(read) = SignedData::parse(message) else {
            return false;
        };
        let Some(path) = self.path(read.certificates(), Purpose::Signing) else {
            return false;
        };
        let Some(token) = read.timestamp_token() else {
            return false;
        };
        read.verify(&self.content).is_ok()
            && read.to_der(&path) == message
            && self.accepts_token(token, &digest(self.content.hash(), read.signature()))
    }

    fn accepts_token(&self, token: &[u8], imprint: &Digest) -> bool {
        let Ok(read) = Token::parse(token) else {
            return false;
        };
        let Some(path) = self.path(read.certificates(), Purpose::Timestamping) else {
            return false;
        };
        read.verify(imprint).is_ok() && read.to_der(&path) == token
    }
}

/// Every single byte, with every bit of it flipped in turn (one of eight per byte, so
/// that the test stays short; the property below does the rest at random).
#[test]
fn a_flipped_bit_anywhere_is_seen() {
    for case in CASES.iter() {
        assert!(case.accepts(&case.message));
        for at in 0..case.message.len() {
            let mut changed = case.message.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(
                !case.accepts(&changed),
                "byte {at} of {}",
                case.house.suite.name()
            );
        }
    }
}

#[test]
fn a_flipped_bit_of_a_certificate_is_seen() {
    for case in CASES.iter() {
        let between = std::slice::from_ref(&case.house.issuing.certificate);
        let leaf = case.house.event().0;
        let holds = |der: &[u8]| {
            Certificate::from_der(der).is_ok_and(|leaf| {
                leaf.der() == der
                    && validate(&leaf, between, &case.house.anchors(), NOW, Purpose::Signing)
                        .is_ok()
            })
        };
        assert!(holds(leaf.der()));
        for at in 0..leaf.der().len() {
            let mut changed = leaf.der().to_vec();
            changed[at] ^= 1 << (at % 8);
            assert!(!holds(&changed), "byte {at} of {}", case.house.suite.name());
        }
    }
}

/// Whoever sees an ECDSA signature can make another one that verifies too, without any
/// key: in the message, in the token, in each certificate.
#[test]
fn the_other_form_of_an_ecdsa_signature_is_seen() {
    let case = &CASES[1];
    assert_eq!(case.house.suite, Suite::P256Sha256);
    let twins = with_other_s(&case.message);
    // Message, token, and two certificates in each of them, of which one is in both.
    assert!(twins.len() >= 5, "{}", twins.len());
    let mut verify = 0;
    for (at, twin) in twins {
        let read = SignedData::parse(&twin).unwrap();
        verify += usize::from(read.verify(&case.content).is_ok());
        assert!(!case.accepts(&twin), "signature at {at}");
    }
    // All but the signer's certificate, which the message names by digest.
    assert!(
        verify >= 4,
        "{verify} are as good as the first, by their numbers"
    );
}

/// The message with s of one signature replaced by n - s, for each signature in it.
fn with_other_s(message: &[u8]) -> Vec<(usize, Vec<u8>)> {
    const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order = hex::decode(ORDER).unwrap();
    let mut twins = Vec::new();
    for at in 0..message.len().saturating_sub(72) {
        let part = &message[at..];
        // SEQUENCE { INTEGER r, INTEGER s } of the right lengths.
        let [0x30, whole @ 0x43..=0x46, 0x02, r @ 0x1f..=0x21, ..] = *part else {
            continue;
        };
        let s_at = at + 4 + usize::from(r);
        let [0x02, s_length @ 0x1f..=0x20, ..] = message[s_at..] else {
            continue;
        };
        if usize::from(whole) != 4 + usize::from(r) + usize::from(s_length) {
            continue;
        }
        let end = s_at + 2 + usize::from(s_length);
        let mut s = vec![0; 32 - usize::from(s_length)];
        s.extend_from_slice(&message[s_at + 2..end]);
        let mut other = vec![0; 32];
        let mut borrow = 0;
        for index in (0..32).rev() {
            let value = i16::from(order[index]) - i16::from(s[index]) - borrow;
            borrow = i16::from(value < 0);
            other[index] = u8::try_from(value + 256 * borrow).unwrap();
        }
        // n - s of a small s has its highest bit set: one byte longer. The lengths above
        // it change too, so the signature alone is put into a copy by DER surgery.
        let mut signature = vec![0x02, r];
        signature.extend_from_slice(&message[at + 4..s_at]);
        signature.extend([0x02, 0x21, 0]);
        signature.extend(other);
        let mut twin = vec![0x30, u8::try_from(signature.len()).unwrap()];
        twin.extend(signature);
        twins.push((at, taken_apart::resized(message, at, end, &twin)));
    }
    twins
}

fn change() -> impl Strategy<Value = (usize, usize, u8, u8)> {
    (0..3usize, any::<usize>(), any::<u8>(), 0..4u8)
}

/// Another byte in place, a byte put in, a byte taken out, or bytes at the end.
fn changed(bytes: &[u8], at: usize, byte: u8, kind: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = at % bytes.len();
    match kind {
        0 => bytes[at] = byte,
        1 => bytes.insert(at, byte),
        2 => drop(bytes.remove(at)),
        _ => bytes.push(byte),
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_change_anywhere_is_seen((which, at, byte, kind) in change()) {
        let case = &CASES[which];
        let other = changed(&case.message, at, byte, kind);
        prop_assume!(other != case.message);
        prop_assert!(!case.accepts(&other));
    }

    #[test]
    fn a_change_of_a_token_is_seen((which, at, byte, kind) in change()) {
        let case = &CASES[which];
        let read = SignedData::parse(&case.message).unwrap();
        let token = read.timestamp_token().unwrap();
        let imprint = digest(case.content.hash(), read.signature());
        prop_assert!(case.accepts_token(token, &imprint));
        let other = changed(token, at, byte, kind);
        prop_assume!(other != token);
        prop_assert!(!case.accepts_token(&other, &imprint));
    }

    #[test]
    fn a_changed_binding_is_another_binding(at in any::<usize>(), byte in any::<u8>(), kind in 0..4u8) {
        let der = binding().to_der();
        let other = changed(&der, at, byte, kind);
        prop_assume!(other != der);
        if let Ok(read) = EventBinding::from_der(&other) {
            prop_assert_ne!(read, binding());
        }
    }

    #[test]
    fn readers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Certificate::from_der(&bytes);
        let _ = SignedData::parse(&bytes);
        let _ = Token::parse(&bytes);
        let _ = Request::from_der(&bytes);
        let _ = EventBinding::from_der(&bytes);
        let _ = Certificate::from_pem_many(&String::from_utf8_lossy(&bytes));
        let request = Request::new(CASES[0].content.clone(), None, true);
        let _ = read_response(&bytes, &request);
    }

    /// Several changes at once get deeper into the readers.
    #[test]
    fn readers_never_panic_on_changed_input(
        which in 0..3usize,
        changes in prop::collection::vec((any::<usize>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let case = &CASES[which];
        let answer = case.tsa.response(
            &Request::new(case.content.clone(), Some(3), true).to_der(), NOW_MS, random(),
        );
        let whole = |seed: &[u8]| {
            changes.iter().fold(seed.to_vec(), |bytes, (at, byte, kind)| {
                changed(&bytes, *at, *byte, *kind)
            })
        };
        if let Ok(message) = SignedData::parse(&whole(&case.message)) {
            let _ = message.verify(&case.content);
            let _ = message.to_der(message.certificates());
        }
        let request = Request::new(case.content.clone(), Some(3), true);
        let _ = read_response(&whole(&answer), &request);
        let _ = case.tsa.response(&whole(&request.to_der()), NOW_MS, random());
        if let Ok(leaf) = Certificate::from_der(&whole(case.house.issuing.certificate.der())) {
            let _ = validate(&leaf, &[], &case.house.anchors(), NOW, Purpose::Signing);
        }
    }
}

/// Depth costs no stack: a message of nothing but opening brackets.
#[test]
fn deep_nesting_is_refused() {
    let mut deep = Vec::new();
    for _ in 0..200_000 {
        deep.extend_from_slice(&[0x30, 0x83, 0x0f, 0xff, 0xff]);
    }
    assert!(SignedData::parse(&deep).is_err());
    assert!(Token::parse(&deep).is_err());
    assert!(Certificate::from_der(&deep[..60_000]).is_err());
    assert_eq!(
        SignedData::parse(&vec![0x30; 2 << 20]).unwrap_err().code(),
        "der-too-large"
    );
}
