//! Sealed bytes: the example of the RFC, and every change of them.

use crypto::{Aead, KeyError, SecretKey};
use proptest::prelude::*;

const BOTH: [Aead; 2] = [Aead::Sm4Gcm, Aead::Aes256Gcm];

fn opens(key: &str, nonce: &str, aad: &str, sealed: &str, plain: &str) {
    let bytes = |text: &str| hex::decode(text).unwrap();
    let key = SecretKey::from_bytes(&bytes(key)).unwrap();
    let sealed = [bytes(nonce), bytes(sealed)].concat();
    assert_eq!(*key.open(&bytes(aad), &sealed).unwrap(), bytes(plain));
}

/// RFC 8998, A.1.
#[test]
fn the_sm4_gcm_example_of_the_rfc_opens() {
    opens(
        "0123456789abcdeffedcba9876543210",
        "00001234567800000000abcd",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
         d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
         83de3541e4c2b58177e065a9bf7b62ec",
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
         eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
    );
}

/// Test case 16 of the specification of GCM as it was submitted to NIST.
#[test]
fn the_aes_256_gcm_example_of_the_specification_opens() {
    opens(
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
         8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
         76fc6ece0f4e1768cddf8853bb2d551b",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
}

#[test]
fn the_length_of_a_key_tells_its_cipher() {
    for aead in BOTH {
        let key = SecretKey::from_bytes(&vec![7; aead.key_length()]).unwrap();
        assert_eq!(key.aead(), aead);
        assert_eq!(SecretKey::generate(aead).aead(), aead);
    }
    for length in [0, 1, 15, 17, 24, 31, 33, 64] {
        let refused = SecretKey::from_bytes(&vec![7; length]).err();
        assert_eq!(refused, Some(KeyError::Malformed), "{length}");
    }
}

/// A nonce that came twice would give away the key stream.
#[test]
fn the_same_bytes_are_sealed_differently_each_time() {
    for aead in BOTH {
        let key = SecretKey::generate(aead);
        let nonces: std::collections::HashSet<_> = (0..1000)
            .map(|_| key.seal(b"", b"plain")[..12].to_vec())
            .collect();
        assert_eq!(nonces.len(), 1000);
    }
}

#[test]
fn a_wrapped_key_opens_what_the_key_sealed() {
    for aead in BOTH {
        for by in BOTH {
            let (key, by) = (SecretKey::generate(aead), SecretKey::generate(by));
            let sealed = key.seal(b"aad", b"plain");
            let wrapped = key.wrap(&by, b"of whom");
            let again = SecretKey::unwrap(&wrapped, &by, b"of whom").unwrap();
            assert_eq!(*again.open(b"aad", &sealed).unwrap(), b"plain");
            let other = SecretKey::unwrap(&wrapped, &by, b"of another").err();
            assert_eq!(other, Some(KeyError::NotAuthentic));
            let stranger = SecretKey::generate(by.aead());
            let other = SecretKey::unwrap(&wrapped, &stranger, b"of whom").err();
            assert_eq!(other, Some(KeyError::NotAuthentic));
            // Sealed bytes that are no key.
            let none = by.seal(b"of whom", b"short");
            let other = SecretKey::unwrap(&none, &by, b"of whom").err();
            assert_eq!(other, Some(KeyError::Malformed));
        }
    }
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_was_sealed_opens(which in 0..2usize, aad in bytes(80), plain in bytes(600)) {
        let key = SecretKey::generate(BOTH[which]);
        let sealed = key.seal(&aad, &plain);
        prop_assert_eq!(sealed.len(), 12 + plain.len() + 16);
        let opened = key.open(&aad, &sealed).unwrap();
        prop_assert_eq!(&*opened, &plain);
    }

    #[test]
    fn a_changed_byte_does_not_open(
        which in 0..2usize, aad in bytes(40), plain in bytes(100),
        at in any::<usize>(), bit in 0..8u8,
    ) {
        let key = SecretKey::generate(BOTH[which]);
        let sealed = key.seal(&aad, &plain);
        let mut changed = sealed.clone();
        let at = at % changed.len();
        changed[at] ^= 1 << bit;
        let refused = Some(KeyError::NotAuthentic);
        prop_assert_eq!(key.open(&aad, &changed).err(), refused.clone());
        prop_assert_eq!(key.open(&aad, &sealed[..at]).err(), refused.clone());
        let longer = [sealed.as_slice(), &[0]].concat();
        prop_assert_eq!(key.open(&aad, &longer).err(), refused.clone());
        let other = [aad.as_slice(), &[0]].concat();
        prop_assert_eq!(key.open(&other, &sealed).err(), refused.clone());
        let stranger = SecretKey::generate(BOTH[which]);
        prop_assert_eq!(stranger.open(&aad, &sealed).err(), refused);
    }

    #[test]
    fn nothing_at_all_opens_without_a_panic(which in 0..2usize, sealed in bytes(60)) {
        let key = SecretKey::generate(BOTH[which]);
        prop_assert_eq!(key.open(b"", &sealed).err(), Some(KeyError::NotAuthentic));
    }
}
