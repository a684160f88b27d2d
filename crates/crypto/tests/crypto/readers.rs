//! No input makes a reader panic.

use std::sync::LazyLock;

use crypto::{Digest, Hash, Signer, SoftwareKey, Suite, Verifier, password};
use proptest::prelude::*;

/// A private key and its public half, of every suite.
static KEYS: LazyLock<Vec<(Vec<u8>, Vec<u8>)>> = LazyLock::new(|| {
    let pair = |suite| {
        let key = SoftwareKey::generate(suite).unwrap();
        (key.to_pkcs8().unwrap().to_vec(), key.spki().to_vec())
    };
    Suite::ALL.into_iter().map(pair).collect()
});

/// Another byte in place, a byte put in, a byte taken out, or a byte at the end.
fn changed(bytes: &[u8], changes: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, byte, kind) in changes {
        let at = at % bytes.len();
        match kind {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => bytes.push(*byte),
        }
    }
    bytes
}

/// Reads bytes in every way, and uses what came out.
fn read(bytes: &[u8]) {
    if let Ok(verifier) = Verifier::from_spki(bytes) {
        for hash in [Hash::Sm3, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            assert!(verifier.verify(hash, b"message", bytes).is_err());
            assert!(verifier.verify(hash, b"message", b"").is_err());
        }
    }
    if let Ok(key) = SoftwareKey::from_pkcs8(bytes) {
        // A changed key may not fit its public half; it may refuse, not panic.
        if let Ok(signature) = key.sign(b"message") {
            let verifier = Verifier::from_spki(key.spki()).unwrap();
            let _ = verifier.verify(key.suite().hash(), b"message", &signature);
        }
        let _ = key.to_pkcs8();
    }
    let text = String::from_utf8_lossy(bytes);
    let _ = text.parse::<Digest>();
    let _ = password::verify("word", &text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn readers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
        for (_, public) in KEYS.iter() {
            let verifier = Verifier::from_spki(public).unwrap();
            for hash in [Hash::Sm3, Hash::Sha256] {
                prop_assert!(verifier.verify(hash, b"message", &bytes).is_err());
            }
        }
    }

    #[test]
    fn readers_never_panic_on_text(name in "(sm3|sha256|sha384|sha512|)", rest in ".{0,140}") {
        let text = format!("{name}:{rest}");
        if let Ok(digest) = text.parse::<Digest>() {
            prop_assert_eq!(digest.to_string(), text);
        }
    }

    #[test]
    fn readers_never_panic_on_changed_keys(
        which in 0..4usize,
        changes in prop::collection::vec((any::<usize>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let (private, public) = &KEYS[which];
        read(&changed(private, &changes));
        read(&changed(public, &changes));
    }
}
