//! Keys and signatures go to OpenSSL and come from it.

use crypto::{EventKey, Signer, SoftwareKey, Suite, Verifier};

use crate::desk::Desk;

const MESSAGE: &[u8] = "借款合同 loan contract".as_bytes();

/// How openssl signs or verifies `message` in this suite.
fn pkeyutl(suite: Suite, rest: &str) -> String {
    let how = match suite {
        Suite::Sm2Sm3 => "-digest sm3 -pkeyopt distid:1234567812345678",
        _ => "-digest sha256",
    };
    format!("pkeyutl -rawin {how} -keyform DER -in message {rest}")
}

fn genpkey(suite: Suite) -> &'static str {
    match suite {
        Suite::Sm2Sm3 => "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2",
        Suite::P256Sha256 => "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        Suite::Rsa2048Sha256 => "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        Suite::Rsa3072Sha256 => "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
    }
}

/// Makes `key.der`, in PKCS #8: genpkey by itself writes an older form.
fn make_key(desk: &Desk, genpkey: &str) {
    desk.ok(&format!("{genpkey} -out key.pem"));
    desk.ok("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
}

#[test]
fn openssl_verifies_what_we_sign() {
    for suite in Suite::ALL {
        let kept = SoftwareKey::generate(suite).unwrap();
        let event = EventKey::generate(suite).unwrap();
        for key in [&kept as &dyn Signer, &event] {
            let desk = Desk::new();
            desk.put("message", MESSAGE)
                .put("public.der", key.spki())
                .put("signature", key.sign(MESSAGE).unwrap());
            let verify = pkeyutl(suite, "-verify -pubin -inkey public.der -sigfile signature");
            desk.ok(&verify);
            // The witness can say no.
            desk.put("message", "借款合同 Loan contract");
            assert!(!desk.run(&verify).0, "{}", suite.name());
        }
    }
}

#[test]
fn openssl_dgst_verifies_what_we_sign() {
    for suite in Suite::ALL.into_iter().filter(|s| *s != Suite::Sm2Sm3) {
        let key = SoftwareKey::generate(suite).unwrap();
        let desk = Desk::new();
        desk.put("message", MESSAGE)
            .put("public.der", key.spki())
            .put("signature", key.sign(MESSAGE).unwrap());
        desk.ok("dgst -sha256 -keyform DER -verify public.der -signature signature message");
    }
}

#[test]
fn we_verify_what_openssl_signs_and_read_its_keys() {
    for suite in Suite::ALL {
        let desk = Desk::new();
        desk.put("message", MESSAGE);
        make_key(&desk, genpkey(suite));
        desk.ok("pkey -inform DER -in key.der -pubout -outform DER -out public.der");
        desk.ok(&pkeyutl(suite, "-sign -inkey key.der -out signature"));

        let key = SoftwareKey::from_pkcs8(&desk.get("key.der")).unwrap();
        assert_eq!(key.suite(), suite);
        assert_eq!(key.spki(), desk.get("public.der"));
        let verifier = Verifier::from_spki(&desk.get("public.der")).unwrap();
        let signature = desk.get("signature");
        assert_eq!(verifier.verify(suite.hash(), MESSAGE, &signature), Ok(()));
        assert!(verifier.verify(suite.hash(), b"other", &signature).is_err());
        let ours = key.sign(MESSAGE).unwrap();
        assert_eq!(verifier.verify(suite.hash(), MESSAGE, &ours), Ok(()));
    }
}

#[test]
fn openssl_reads_our_keys_and_signs_with_them() {
    for suite in Suite::ALL {
        let key = SoftwareKey::generate(suite).unwrap();
        let desk = Desk::new();
        desk.put("message", MESSAGE)
            .put("key.der", &*key.to_pkcs8().unwrap());
        desk.ok("pkey -inform DER -in key.der -check -noout");
        desk.ok("pkey -inform DER -in key.der -pubout -outform DER -out public.der");
        assert_eq!(desk.get("public.der"), key.spki());
        desk.ok(&pkeyutl(suite, "-sign -inkey key.der -out signature"));
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        let signature = desk.get("signature");
        assert_eq!(verifier.verify(suite.hash(), MESSAGE, &signature), Ok(()));
    }
}

/// Anchors of others may be stronger than what we sign with.
#[test]
fn signatures_of_p384_and_rsa_4096_verify() {
    use crypto::Hash::{Sha256, Sha384, Sha512};
    let desk = Desk::new();
    desk.put("message", MESSAGE);
    let keys = [
        ("EC -pkeyopt ec_paramgen_curve:P-384", &[Sha384][..]),
        (
            "RSA -pkeyopt rsa_keygen_bits:4096",
            &[Sha256, Sha384, Sha512],
        ),
    ];
    for (algorithm, hashes) in keys {
        desk.ok(&format!("genpkey -algorithm {algorithm} -out key.pem"));
        desk.ok("pkey -in key.pem -pubout -outform DER -out public.der");
        let verifier = Verifier::from_spki(&desk.get("public.der")).unwrap();
        for hash in hashes {
            let name = hash.name();
            desk.ok(&format!(
                "dgst -{name} -sign key.pem -out signature message"
            ));
            let signature = desk.get("signature");
            assert_eq!(verifier.verify(*hash, MESSAGE, &signature), Ok(()));
            assert!(verifier.verify(*hash, b"other", &signature).is_err());
        }
    }
}

/// What is too weak or unknown is refused when it is read, not only when it verifies.
#[test]
fn keys_of_other_kinds_are_unknown() {
    let desk = Desk::new();
    for algorithm in [
        "RSA -pkeyopt rsa_keygen_bits:1024",
        "EC -pkeyopt ec_paramgen_curve:secp256k1",
        "EC -pkeyopt ec_paramgen_curve:P-521",
        "ED25519",
        "X25519",
    ] {
        make_key(&desk, &format!("genpkey -algorithm {algorithm}"));
        desk.ok("pkey -inform DER -in key.der -pubout -outform DER -out public.der");
        let public = Verifier::from_spki(&desk.get("public.der"));
        assert_eq!(
            public.err(),
            Some(crypto::VerifyError::UnknownKey),
            "{algorithm}"
        );
        let private = SoftwareKey::from_pkcs8(&desk.get("key.der"));
        assert_eq!(
            private.err(),
            Some(crypto::KeyError::Malformed),
            "{algorithm}"
        );
    }
}

/// A key has one form, so that nobody can make another certificate look like the same.
#[test]
fn compressed_and_hybrid_points_are_unknown() {
    let desk = Desk::new();
    for curve in ["SM2", "P-256", "P-384"] {
        make_key(
            &desk,
            &format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve}"),
        );
        for (form, taken) in [
            ("uncompressed", true),
            ("compressed", false),
            ("hybrid", false),
        ] {
            desk.ok(&format!(
                "ec -in key.pem -pubout -conv_form {form} -outform DER -out public.der"
            ));
            let key = Verifier::from_spki(&desk.get("public.der"));
            assert_eq!(key.is_ok(), taken, "{curve} {form}");
        }
    }
}
