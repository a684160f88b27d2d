//! HMAC with SM3 against the vectors of the standard and against OpenSSL.

use crypto::{Hash, MacKey};

use crate::desk::Desk;

/// GM/T 0042-2015, D.3: key, message and tag.
#[test]
fn hmac_sm3_is_that_of_the_standard() {
    let key = |last: u8| (1..=last).collect::<Vec<u8>>();
    let letters = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".repeat(2);
    let vectors = [
        (
            key(32),
            letters,
            "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a",
        ),
        (
            key(37),
            vec![0xcd; 50],
            "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae",
        ),
    ];
    for (key, message, tag) in vectors {
        let key = MacKey::sm3(&key).unwrap();
        assert_eq!(hex::encode(key.tag(&message)), tag);
        assert_eq!(key.hash(), Hash::Sm3);
    }
}

/// Keys below, at and above the length of a block, and messages of many lengths.
#[test]
fn openssl_finds_the_same_tags() {
    let desk = Desk::new();
    for (key, length) in [(32, 0), (63, 1), (64, 63), (65, 64), (200, 10_000)] {
        let secret: Vec<u8> = (0..key).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let message = vec![b'x'; length];
        desk.put("message", &message);
        let secrets = [
            ("sm3", MacKey::sm3(&secret).unwrap()),
            ("sha256", MacKey::new(&secret).unwrap()),
        ];
        for (hash, own) in secrets {
            let hexadecimal = hex::encode(&secret);
            let options = format!("-digest {hash} -macopt hexkey:{hexadecimal} -in message HMAC");
            let said = desk.ok(&format!("mac {options}"));
            let tag = hex::encode(own.tag(&message));
            assert_eq!(said.trim().to_lowercase(), tag, "{hash}, {key}, {length}");
        }
    }
}

#[test]
fn another_tag_secret_or_hash_is_refused() {
    let key = MacKey::sm3(&[1; 32]).unwrap();
    let tag = key.tag(b"message");
    assert!(key.verify(b"message", &tag));
    assert!(!key.verify(b"massage", &tag));
    assert!(!key.verify(b"message", &tag[..31]));
    assert!(!MacKey::sm3(&[2; 32]).unwrap().verify(b"message", &tag));
    assert!(!MacKey::new(&[1; 32]).unwrap().verify(b"message", &tag));
    assert!(MacKey::sm3(&[1; 31]).is_none());
    assert_eq!(format!("{key:?}"), "MacKey(secret)");
}
