//! Digests: the examples of the standards, states that go on, and their text.

use crypto::{Digest, Digester, Hash, digest};
use proptest::prelude::*;

const ALL: [Hash; 4] = [Hash::Sm3, Hash::Sha256, Hash::Sha384, Hash::Sha512];

/// GB/T 32905-2016, A.1, and FIPS 180-4.
#[test]
fn abc_has_the_digests_of_the_standards() {
    let expected = [
        "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
         8086072ba1e7cc2358baeca134c825a7",
        "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ];
    for (hash, expected) in ALL.into_iter().zip(expected) {
        assert_eq!(digest(hash, b"abc").to_string(), expected);
    }
}

/// GB/T 32905-2016, A.2: 64 bytes, so that padding takes a block of its own.
#[test]
fn sixteen_times_abcd_has_the_sm3_of_the_standard() {
    assert_eq!(
        digest(Hash::Sm3, "abcd".repeat(16).as_bytes()).to_string(),
        "sm3:debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    );
}

#[test]
fn a_hash_is_found_by_its_identifier() {
    for hash in ALL {
        assert_eq!(Hash::from_oid(&hash.oid()), Some(hash));
        assert_eq!(digest(hash, b"").as_bytes().len(), hash.size());
        assert_eq!(Digester::new(hash).hash(), hash);
        assert_eq!(digest(hash, b"").hash(), hash);
    }
    let sha1 = const_oid::ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
    assert_eq!(Hash::from_oid(&sha1), None);
}

/// Text that is nearly a digest is none: two texts never name the same digest.
#[test]
fn a_digest_has_one_text() {
    let text = digest(Hash::Sm3, b"abc").to_string();
    let digits = text.strip_prefix("sm3:").unwrap();
    assert_eq!(text.parse(), Ok(digest(Hash::Sm3, b"abc")));
    let wrong = [
        digits.to_owned(),
        format!("SM3:{digits}"),
        format!("sm3:{}", digits.to_uppercase()),
        format!("sm3: {digits}"),
        format!("sm3:{digits}00"),
        format!("sm3:{}", &digits[2..]),
        format!("sm3:{}", &digits[1..]),
        format!("sha384:{digits}"),
        format!("md5:{digits}"),
        "sm3:".to_owned(),
        ":".to_owned(),
        String::new(),
    ];
    for text in wrong {
        assert!(text.parse::<Digest>().is_err(), "{text}");
        let json = serde_json::to_string(&text).unwrap();
        assert!(serde_json::from_str::<Digest>(&json).is_err(), "{json}");
    }
    assert!(Digest::new(Hash::Sha512, &[0; 32]).is_err());
}

proptest! {
    /// What signing relies on when it does not read the beginning of a file again.
    #[test]
    fn a_kept_state_goes_on_as_often_as_it_is_cloned(
        begin in prop::collection::vec(any::<u8>(), 0..300),
        ends in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..4),
        which in 0..ALL.len(),
    ) {
        let mut kept = Digester::new(ALL[which]);
        kept.update(&begin);
        for end in &ends {
            let mut next = kept.clone();
            next.update(end);
            let whole = [begin.as_slice(), end].concat();
            prop_assert_eq!(next.finish(), digest(ALL[which], &whole));
        }
        prop_assert_eq!(kept.finish(), digest(ALL[which], &begin));
    }

    #[test]
    fn a_digest_comes_back_from_its_text(
        bytes in prop::collection::vec(any::<u8>(), 64),
        which in 0..ALL.len(),
    ) {
        let hash = ALL[which];
        let digest = Digest::new(hash, &bytes[..hash.size()]).unwrap();
        prop_assert_eq!(digest.to_string().parse(), Ok(digest.clone()));
        let json = serde_json::to_string(&digest).unwrap();
        prop_assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    }
}
