//! Certification requests: what OpenSSL says of ours, what we read of OpenSSL's, and
//! what is refused.

use crypto::{EventKey, Signer, SoftwareKey, Suite};
use pki::{CertificationRequest, Name, PkiError, Profile};

use crate::{
    house::{binding, company, person},
    openssl::Desk,
};

const IDENTIFIER: &str = "distid:1234567812345678";

fn ours(suite: Suite) -> CertificationRequest {
    let key = EventKey::generate(suite).unwrap();
    CertificationRequest::sign(&person("张三"), &Profile::Event(binding()), &key).unwrap()
}

#[test]
fn openssl_verifies_the_request_of_every_suite() {
    for suite in Suite::ALL {
        let request = ours(suite);
        let desk = Desk::new();
        desk.put("request.pem", request.to_pem())
            .put("request.der", request.der());
        let id = if suite == Suite::Sm2Sm3 {
            format!("-vfyopt {IDENTIFIER}")
        } else {
            String::new()
        };
        let said = desk.ok(&format!(
            "req -in request.pem -noout -verify -text -nameopt utf8 {id}"
        ));
        assert!(said.contains("verify OK"), "{said}");
        assert!(said.contains("CN=张三"), "{said}");
        assert!(said.contains("X509v3 Extended Key Usage"), "{said}");
        // The witness can say no.
        let mut changed = request.der().to_vec();
        let at = changed.len() / 2;
        changed[at] ^= 1;
        desk.put("changed.der", &changed);
        let (_, said) = desk.run(&format!(
            "req -inform DER -in changed.der -noout -verify {id}"
        ));
        assert!(!said.contains("verify OK"), "{said}");
    }
}

#[test]
fn what_was_asked_is_read_again() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let request = ours(suite);
        for read in [
            CertificationRequest::from_der(request.der()).unwrap(),
            CertificationRequest::from_pem(&request.to_pem()).unwrap(),
        ] {
            assert_eq!(read.der(), request.der());
            assert_eq!(Suite::of_spki(read.spki()), Some(suite));
            assert_eq!(read.subject().unwrap(), person("张三"));
            assert_eq!(read.event_binding(), Some(&binding()));
            assert!(read.asks_for(&Profile::Event(binding())));
            assert!(!read.asks_for(&Profile::Enterprise));
        }
    }
}

/// An event key asks for one certificate and still signs its act.
#[test]
fn an_event_key_asks_and_then_signs() {
    let key = EventKey::generate(Suite::Sm2Sm3).unwrap();
    let ask = || CertificationRequest::sign(&company("示例公司"), &Profile::Enterprise, &key);
    ask().unwrap();
    assert_eq!(ask().unwrap_err().code(), "event-key-request");
    key.sign(b"act").unwrap();
    assert!(matches!(ask(), Err(PkiError::Key(_))));
}

#[test]
fn requests_of_openssl_are_read() {
    let keys = [
        ("ecparam -name SM2 -genkey -noout -out key.pem", "-sm3"),
        (
            "ecparam -name prime256v1 -genkey -noout -out key.pem",
            "-sha256",
        ),
        ("genrsa -out key.pem 2048", "-sha256"),
    ];
    for (generate, hash) in keys {
        let desk = Desk::new();
        desk.ok(generate);
        let id = if hash == "-sm3" {
            format!("-sigopt {IDENTIFIER}")
        } else {
            String::new()
        };
        let new = format!("req -new -key key.pem {hash} {id} -utf8");
        desk.ok(&format!(
            "{new} -subj /CN=示例公司/C=CN/O=示例 -out plain.pem"
        ));
        let usage = "-addext keyUsage=critical,digitalSignature";
        desk.ok(&format!("{new} -subj /CN=a/C=CN {usage} -out usage.pem"));
        desk.ok(&format!("{new} -subj /CN=a/C=CN/L=b -out place.pem"));
        let read = |name| {
            let text = String::from_utf8(desk.get(name)).unwrap();
            CertificationRequest::from_pem(&text).unwrap()
        };
        let plain = read("plain.pem");
        let wanted = Name {
            common_name: "示例公司".to_owned(),
            organization: Some("示例".to_owned()),
            country: "CN".to_owned(),
            serial_number: None,
        };
        assert_eq!(plain.subject().unwrap(), wanted);
        assert!(plain.asks_for_nothing());
        assert!(!read("usage.pem").asks_for_nothing());
        let refused = read("place.pem").subject().unwrap_err();
        assert_eq!(refused.code(), "certificate-request");
    }
}

/// Every byte, with one bit flipped: nothing is read as if it were what was signed.
#[test]
fn a_flipped_bit_of_a_request_is_seen() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let request = ours(suite);
        for at in 0..request.der().len() {
            let mut changed = request.der().to_vec();
            changed[at] ^= 1 << (at % 8);
            let read = CertificationRequest::from_der(&changed);
            assert!(read.is_err(), "byte {at} of {}", suite.name());
        }
    }
}

/// The key of somebody else in a request that one signs oneself.
#[test]
fn a_request_for_somebody_elses_key_is_refused() {
    struct Borrowed(SoftwareKey, Vec<u8>);
    impl Signer for Borrowed {
        fn suite(&self) -> Suite {
            self.0.suite()
        }
        fn spki(&self) -> &[u8] {
            &self.1
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, crypto::KeyError> {
            self.0.sign(message)
        }
    }
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let other = SoftwareKey::generate(suite).unwrap();
        let thief = Borrowed(SoftwareKey::generate(suite).unwrap(), other.spki().to_vec());
        let refused = CertificationRequest::sign(&person("李四"), &Profile::Enterprise, &thief);
        assert_eq!(refused.unwrap_err(), PkiError::SignatureWrong);
    }
}

#[test]
fn other_bytes_are_no_request() {
    let request = ours(Suite::P256Sha256);
    let longer = [request.der(), &[0]].concat();
    for bytes in [&[][..], &[0x30, 0], &longer, &vec![0x30; 100_000]] {
        CertificationRequest::from_der(bytes).unwrap_err();
    }
    let relabelled = request
        .to_pem()
        .replace("CERTIFICATE REQUEST", "CERTIFICATE");
    let twice = request.to_pem().repeat(2);
    for text in ["", "-----BEGIN", &relabelled, &twice] {
        CertificationRequest::from_pem(text).unwrap_err();
    }
}
