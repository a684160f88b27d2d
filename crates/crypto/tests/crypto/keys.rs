//! Private keys: event keys that sign once, and what is never shown.

use std::sync::Arc;

use crypto::{Aead, EventKey, KeyError, KeyStore, SecretKey, Signer, SoftwareKey, Suite, Verifier};
use tempfile::TempDir;

#[test]
fn an_event_key_signs_once() {
    for suite in Suite::ALL {
        let key = EventKey::generate(suite).unwrap();
        assert_eq!(key.suite(), suite);
        assert!(!key.is_destroyed());
        let signature = key.sign(b"act").unwrap();
        assert!(key.is_destroyed());
        let again = key.sign(b"act").unwrap_err();
        assert_eq!((&again, again.code()), (&KeyError::Used, "event-key-used"));
        // Its public half remains, for the certificate.
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        assert_eq!(verifier.verify(suite.hash(), b"act", &signature), Ok(()));
    }
}

/// Two threads that ask at the same moment: one gets a signature.
#[test]
fn an_event_key_signs_once_for_all_threads_together() {
    let key = Arc::new(EventKey::generate(Suite::P256Sha256).unwrap());
    let start = Arc::new(std::sync::Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (key, start) = (Arc::clone(&key), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                key.sign(b"act")
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let refused = |answer: &&Result<_, _>| **answer == Err(KeyError::Used);
    assert_eq!(answers.iter().filter(refused).count(), 7);
}

/// A certification request for a public key, as far as a key looks at it.
fn request(spki: &[u8]) -> Vec<u8> {
    let body = [&[2, 1, 0, 0x30, 0], spki, &[0xa0, 0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[0x30, length], &body[..]].concat()
}

#[test]
fn an_event_key_asks_for_one_certificate_before_its_act() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let key = EventKey::generate(suite).unwrap();
        let info = request(key.spki());
        let signature = key.sign_request(&info).unwrap();
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        assert_eq!(verifier.verify(suite.hash(), &info, &signature), Ok(()));
        let again = key.sign_request(&info).unwrap_err();
        assert_eq!(again.code(), "event-key-request");
        key.sign(b"act").unwrap();
        assert!(key.is_destroyed());
        assert_eq!(key.sign_request(&info).unwrap_err(), KeyError::Used);
        assert_eq!(key.sign(b"act").unwrap_err(), KeyError::Used);

        let key = EventKey::generate(suite).unwrap();
        key.sign(b"act").unwrap();
        let late = key.sign_request(&request(key.spki()));
        assert_eq!(late.unwrap_err(), KeyError::Used);
    }
}

/// What a key signs as a request is never what it signs for a document.
#[test]
fn an_event_key_signs_nothing_else_as_a_request() {
    let key = EventKey::generate(Suite::P256Sha256).unwrap();
    let other = SoftwareKey::generate(Suite::P256Sha256).unwrap();
    let own = request(key.spki());
    let changed = |at: usize, byte: u8| {
        let mut info = own.clone();
        info[at] = byte;
        info
    };
    let refused = [
        request(other.spki()),
        [&own[..], &[0]].concat(),
        own[..own.len() - 1].to_vec(),
        // A SET, as signed attributes are.
        changed(0, 0x31),
        // Another version; no name; no attributes.
        changed(4, 1),
        changed(5, 0x31),
        changed(own.len() - 2, 0xa1),
        key.spki().to_vec(),
        Vec::new(),
    ];
    for info in refused {
        let refused = key.sign_request(&info).unwrap_err();
        assert_eq!(refused.code(), "event-key-request", "{info:02x?}");
    }
    // Refusing costs nothing.
    key.sign_request(&own).unwrap();
    key.sign(b"act").unwrap();
}

#[test]
fn fresh_keys_are_different_keys() {
    for suite in Suite::ALL {
        let one = SoftwareKey::generate(suite).unwrap();
        let two = SoftwareKey::generate(suite).unwrap();
        assert_ne!(one.spki(), two.spki());
    }
    let (one, two) = (crypto::random::<32>(), crypto::random::<32>());
    assert_ne!(one, two);
    let id = crypto::random_id();
    assert_eq!(id.len(), 32);
    assert!(
        id.bytes()
            .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    );
    assert_ne!(id, crypto::random_id());
}

#[test]
fn a_key_comes_back_from_its_bytes() {
    for suite in Suite::ALL {
        let key = SoftwareKey::generate(suite).unwrap();
        let der = key.to_pkcs8().unwrap();
        let again = SoftwareKey::from_pkcs8(&der).unwrap();
        assert_eq!((again.suite(), again.spki()), (suite, key.spki()));
        let signature = again.sign(b"message").unwrap();
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        assert_eq!(
            verifier.verify(suite.hash(), b"message", &signature),
            Ok(())
        );
        assert!(SoftwareKey::from_pkcs8(&der[..der.len() - 1]).is_err());
    }
}

#[test]
fn an_empty_message_can_be_signed() {
    for suite in Suite::ALL {
        let key = SoftwareKey::generate(suite).unwrap();
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        let signature = key.sign(b"").unwrap();
        assert_eq!(verifier.verify(suite.hash(), b"", &signature), Ok(()));
    }
}

/// Whether `text` shows eight bytes of `secret` on end, in hexadecimal or as numbers.
fn shows(text: &str, secret: &[u8]) -> bool {
    let text = text.to_lowercase();
    secret.windows(8).any(|part| {
        let numbers = format!("{part:?}");
        text.contains(&hex::encode(part)) || text.contains(numbers.trim_matches(['[', ']']))
    })
}

#[test]
fn no_key_shows_its_material() {
    let mut shown = Vec::new();
    for suite in Suite::ALL {
        let key = SoftwareKey::generate(suite).unwrap();
        let der = key.to_pkcs8().unwrap().to_vec();
        shown.push((format!("{key:?} {key:#?}"), der));
    }
    for aead in [Aead::Sm4Gcm, Aead::Aes256Gcm] {
        let bytes = crypto::random::<32>();
        let bytes = &bytes[..aead.key_length()];
        let key = SecretKey::from_bytes(bytes).unwrap();
        shown.push((format!("{key:?} {key:#?}"), bytes.to_vec()));
    }
    let folder = TempDir::new().unwrap();
    let store = KeyStore::create(&folder.path().join("keys"), "passphrase").unwrap();
    store
        .put_bytes("seed", b"secret bytes of the seed")
        .unwrap();
    let text = format!("{store:?} {store:#?}");
    assert!(!text.contains("passphrase"), "{text}");
    shown.push((text, b"secret bytes of the seed".to_vec()));
    for (text, secret) in &shown {
        assert!(!shows(text, secret), "{text}");
        assert!(text.contains("secret"), "{text}");
    }
    // The search finds what is there.
    assert!(shows(&format!("{:?}", shown[0].1), &shown[0].1));
    assert!(shows(&hex::encode_upper(&shown[0].1), &shown[0].1));
}

#[test]
fn an_event_key_shows_only_whether_it_is_destroyed() {
    let key = EventKey::generate(Suite::Sm2Sm3).unwrap();
    assert_eq!(format!("{key:?}"), "EventKey(sm2-sm3, destroyed: false)");
    key.sign(b"act").unwrap();
    assert_eq!(format!("{key:?}"), "EventKey(sm2-sm3, destroyed: true)");
}
