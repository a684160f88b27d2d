//! Sealed envelopes: they open in one place, for one key, unchanged.

use crypto::{
    Digest, Hash, digest,
    envelope::{Binding, CONTENT_MAX, Envelope, EnvelopeError, OpeningKey, Recipient, Scheme},
    envelope::{TEXT_MAX, open, seal},
};
use proptest::prelude::*;

use crate::desk::Desk;

const NOT_OPENED: Option<EnvelopeError> = Some(EnvelopeError::NotOpened);

pub fn binding() -> Binding {
    Binding {
        contract: "合同-2026-0001".into(),
        item: "handwriting".into(),
        revision: digest(Hash::Sm3, b"revision"),
        session: "0123456789abcdef".into(),
        signer: "张三 \"\\\u{7}𠮷".into(),
        slot: "borrower".into(),
    }
}

/// The binding with another value of each member.
pub fn moved() -> Vec<Binding> {
    let of = |change: &dyn Fn(&mut Binding)| {
        let mut other = binding();
        change(&mut other);
        other
    };
    vec![
        of(&|b| b.contract.push('2')),
        of(&|b| b.item = "package".into()),
        of(&|b| b.revision = digest(Hash::Sm3, b"another")),
        of(&|b| b.revision = Digest::new(Hash::Sha256, b.revision.as_bytes()).unwrap()),
        of(&|b| b.session.push('0')),
        of(&|b| b.signer = "李四".into()),
        of(&|b| b.slot = "guarantor".into()),
    ]
}

fn keys() -> [OpeningKey; 2] {
    Scheme::ALL.map(|scheme| OpeningKey::generate(scheme).unwrap())
}

#[test]
fn an_envelope_says_where_it_belongs_and_opens_there() {
    for key in keys() {
        let content = "笔迹".as_bytes();
        let envelope = seal(key.recipient(), &binding(), content).unwrap();
        let read = Envelope::from_bytes(envelope.as_bytes().to_vec()).unwrap();
        assert_eq!(read, envelope);
        assert_eq!(read.scheme(), key.recipient().scheme());
        assert_eq!(read.key_id(), key.recipient().key_id());
        assert_eq!(read.binding(), &binding());
        assert_eq!(read.content_length(), content.len());
        assert_eq!(*open(&read, &key, &binding()).unwrap(), content);
        let again = seal(key.recipient(), &binding(), content).unwrap();
        assert_ne!(again, envelope);
    }
}

/// Members in order, no blanks, letters as they are: RFC 8785, 3.2.
#[test]
fn a_binding_is_written_in_one_way() {
    let json = String::from_utf8(binding().to_json().unwrap()).unwrap();
    let revision = digest(Hash::Sm3, b"revision");
    let expected = format!(
        r#"{{"contract":"合同-2026-0001","item":"handwriting","revision":"{revision}","session":"0123456789abcdef","signer":"张三 \"\\\u0007𠮷","slot":"borrower"}}"#
    );
    assert_eq!(json, expected);
}

#[test]
fn every_changed_bit_is_refused_even_where_the_envelope_now_says_to_belong() {
    for key in keys() {
        let sealed = seal(key.recipient(), &binding(), b"i").unwrap();
        let bytes = sealed.as_bytes();
        let mut read = 0;
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = Envelope::from_bytes(changed) else {
                continue;
            };
            read += 1;
            assert_eq!(open(&changed, &key, &binding()).err(), NOT_OPENED, "{bit}");
            let claimed = changed.binding();
            assert_eq!(open(&changed, &key, claimed).err(), NOT_OPENED, "{bit}");
        }
        // Most are refused by opening, not by reading.
        assert!(read > bytes.len() * 4, "{read}");
        for length in 0..bytes.len() {
            if let Ok(cut) = Envelope::from_bytes(bytes[..length].to_vec()) {
                assert_eq!(open(&cut, &key, &binding()).err(), NOT_OPENED, "{length}");
            }
        }
        let longer = Envelope::from_bytes([bytes, &[0]].concat()).unwrap();
        assert_eq!(open(&longer, &key, &binding()).err(), NOT_OPENED);
    }
}

#[test]
fn a_moved_envelope_does_not_open() {
    for key in keys() {
        let sealed = seal(key.recipient(), &binding(), b"content").unwrap();
        for other in moved() {
            assert_eq!(open(&sealed, &key, &other).err(), NOT_OPENED, "{other:?}");
            // Nor when its label is exchanged.
            let label = seal(key.recipient(), &other, b"content").unwrap();
            let at = |of: &Binding| 39 + of.to_json().unwrap().len();
            let head = &label.as_bytes()[..at(&other)];
            let forged = [head, &sealed.as_bytes()[at(&binding())..]].concat();
            let forged = Envelope::from_bytes(forged).unwrap();
            assert_eq!(forged.binding(), &other);
            assert_eq!(open(&forged, &key, &other).err(), NOT_OPENED);
        }
    }
}

#[test]
fn a_stranger_opens_nothing_even_under_the_name_of_the_recipient() {
    for (key, stranger) in keys().into_iter().zip(keys()) {
        let sealed = seal(key.recipient(), &binding(), b"content").unwrap();
        assert_eq!(open(&sealed, &stranger, &binding()).err(), NOT_OPENED);
        let mut renamed = sealed.into_bytes();
        renamed[5..37].copy_from_slice(stranger.recipient().key_id().as_bytes());
        let renamed = Envelope::from_bytes(renamed).unwrap();
        assert_eq!(open(&renamed, &stranger, &binding()).err(), NOT_OPENED);
    }
    let [sm2, p256] = keys();
    let sealed = seal(sm2.recipient(), &binding(), b"content").unwrap();
    assert_eq!(open(&sealed, &p256, &binding()).err(), NOT_OPENED);
}

#[test]
fn limits_are_kept_by_who_seals_and_by_who_reads() {
    let [key, _] = keys();
    let long = vec![0; CONTENT_MAX + 1];
    let refused = seal(key.recipient(), &binding(), &long).err();
    assert_eq!(refused, Some(EnvelopeError::TooLarge));
    let most = seal(key.recipient(), &binding(), &long[1..]).unwrap();
    let longer = [most.as_bytes(), &[0]].concat();
    let refused = Envelope::from_bytes(longer).err();
    assert_eq!(refused, Some(EnvelopeError::TooLarge));

    let with = |signer: String| Binding {
        signer,
        ..binding()
    };
    for signer in [String::new(), "x".repeat(TEXT_MAX + 1), "笔".repeat(86)] {
        let refused = seal(key.recipient(), &with(signer), b"").err();
        assert_eq!(refused, Some(EnvelopeError::Binding("signer")));
    }
    // What JSON writes longest.
    let escaped = with("\u{1}".repeat(TEXT_MAX));
    let sealed = seal(key.recipient(), &escaped, b"x").unwrap();
    assert_eq!(*open(&sealed, &key, &escaped).unwrap(), b"x");
}

/// The same binding in other words would be another envelope with the same content.
#[test]
fn a_binding_in_other_words_is_not_read() {
    let [key, _] = keys();
    let sealed = seal(key.recipient(), &binding(), b"x").unwrap();
    let json = binding().to_json().unwrap();
    let text = String::from_utf8(json.clone()).unwrap();
    let others = [
        text.replacen('{', "{ ", 1),
        text.replace("合", "\\u5408"),
        text.replacen("{\"contract\"", "{\"contract\":\"x\",\"contract\"", 1),
        text.replacen('}', ",\"z\":\"\"}", 1),
        text.replace("borrower", ""),
        text.replace("sm3:", "SM3:"),
        text.clone() + " ",
    ];
    for other in others {
        let bytes = [
            &sealed.as_bytes()[..37],
            &u16::try_from(other.len()).unwrap().to_be_bytes(),
            other.as_bytes(),
            &sealed.as_bytes()[39 + json.len()..],
        ]
        .concat();
        let refused = Envelope::from_bytes(bytes).err();
        assert_eq!(
            refused,
            Some(EnvelopeError::Malformed("the binding")),
            "{other}"
        );
    }
}

/// Points have other forms, with which a sealer could write one envelope in two ways.
#[test]
fn only_uncompressed_points_are_read() {
    for key in keys() {
        let sealed = seal(key.recipient(), &binding(), b"x").unwrap();
        let at = 39 + binding().to_json().unwrap().len();
        assert_eq!(sealed.as_bytes()[at], 4);
        for form in [0, 2, 3, 5, 6, 7] {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[at] = form;
            let refused = Envelope::from_bytes(bytes).err();
            let expected = EnvelopeError::Malformed("the encapsulated key");
            assert_eq!(refused, Some(expected), "{form}");
        }
    }
}

#[test]
fn keys_go_through_pkcs8_and_show_nothing() {
    for key in keys() {
        let sealed = seal(key.recipient(), &binding(), b"x").unwrap();
        let pkcs8 = key.to_pkcs8().unwrap();
        let again = OpeningKey::from_pkcs8(&pkcs8).unwrap();
        assert_eq!(again.recipient(), key.recipient());
        assert_eq!(*open(&sealed, &again, &binding()).unwrap(), b"x");
        let named = Recipient::from_spki(key.recipient().spki()).unwrap();
        assert_eq!(&named, key.recipient());
        let shown = format!("{key:?}");
        assert!(shown.ends_with("secret)") && shown.len() < 50, "{shown}");
        assert!(!format!("{sealed:?}").contains("合同"));
    }
}

#[test]
fn one_seals_to_sm2_and_p256_alone() {
    let desk = Desk::new();
    for (algorithm, taken) in [
        ("EC -pkeyopt ec_paramgen_curve:SM2", true),
        ("EC -pkeyopt ec_paramgen_curve:P-256", true),
        ("EC -pkeyopt ec_paramgen_curve:P-384", false),
        ("RSA -pkeyopt rsa_keygen_bits:2048", false),
        ("ED25519", false),
    ] {
        desk.ok(&format!("genpkey -algorithm {algorithm} -out key.pem"));
        desk.ok("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
        desk.ok("pkey -in key.pem -pubout -outform DER -out public.der");
        let recipient = Recipient::from_spki(&desk.get("public.der"));
        let key = OpeningKey::from_pkcs8(&desk.get("key.der"));
        if taken {
            assert_eq!(&recipient.unwrap(), key.unwrap().recipient());
            desk.ok("ec -in key.pem -pubout -conv_form compressed -outform DER -out public.der");
            let compressed = Recipient::from_spki(&desk.get("public.der")).err();
            assert_eq!(compressed, Some(EnvelopeError::Recipient), "{algorithm}");
            // The older form of private keys (SEC 1).
            desk.ok("ec -in key.pem -outform DER -out key.der");
            let older = OpeningKey::from_pkcs8(&desk.get("key.der")).err();
            assert_eq!(older, Some(EnvelopeError::Key), "{algorithm}");
        } else {
            assert_eq!(
                recipient.err(),
                Some(EnvelopeError::Recipient),
                "{algorithm}"
            );
            assert_eq!(key.err(), Some(EnvelopeError::Key), "{algorithm}");
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,32}",
        "[一-龥]{1,40}",
        "\\PC{1,20}",
        "[\\x00-\\x1f\"\\\\]{1,9}"
    ]
}

prop_compose! {
    fn any_binding()(
        contract in text(), item in text(), session in text(), signer in text(),
        slot in text(), revision in any::<[u8; 8]>(), sm in any::<bool>(),
    ) -> Binding {
        let hash = if sm { Hash::Sm3 } else { Hash::Sha256 };
        Binding { contract, item, revision: digest(hash, &revision), session, signer, slot }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_was_sealed_for_any_place_opens_there(
        which in 0..2usize, place in any_binding(),
        content in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let key = OpeningKey::generate(Scheme::ALL[which]).unwrap();
        let sealed = seal(key.recipient(), &place, &content).unwrap();
        let read = Envelope::from_bytes(sealed.into_bytes()).unwrap();
        prop_assert_eq!(&*open(&read, &key, &place).unwrap(), &content);
    }

    /// Noise at some place, cut somewhere: read or not, but never a panic, and what is
    /// read is the very bytes.
    #[test]
    fn any_bytes_are_read_or_refused(
        which in 0..2usize, place in any_binding(), at in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..40), keep in any::<bool>(),
        end in any::<prop::sample::Index>(),
    ) {
        let key = OpeningKey::generate(Scheme::ALL[which]).unwrap();
        let sealed = seal(key.recipient(), &place, b"content").unwrap();
        let mut bytes = sealed.clone().into_bytes();
        let at = at.index(bytes.len());
        let rest = if keep { (at + noise.len()).min(bytes.len()) } else { at };
        bytes.splice(at..rest, noise);
        bytes.truncate(end.index(bytes.len() * 2 + 1));
        let changed = bytes != sealed.as_bytes();
        if let Ok(read) = Envelope::from_bytes(bytes.clone()) {
            prop_assert_eq!(read.as_bytes(), &bytes);
            prop_assert!(read.content_length() <= bytes.len());
            let opened = open(&read, &key, &read.binding().clone());
            prop_assert_eq!(opened.is_err(), changed);
        }
    }

    #[test]
    fn nothing_at_all_is_read_or_refused(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Envelope::from_bytes(noise.clone()).is_err());
        prop_assert!(Recipient::from_spki(&noise).is_err());
        prop_assert!(OpeningKey::from_pkcs8(&noise).is_err());
        let magic = [b"ISE1\x01".as_slice(), &noise].concat();
        prop_assert!(Envelope::from_bytes(magic).is_err());
    }
}
