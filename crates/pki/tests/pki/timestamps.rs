//! Timestamps, against `openssl ts` on both sides.

use std::time::Duration;

use crypto::{Digest, Hash, Suite, digest, random};
use pki::{
    PkiError, Profile,
    timestamp::{Rejection, Request, Token, Tsa, read_response},
};

use crate::{
    house::{House, NOW, NOW_MS},
    openssl::Desk,
};

const DATA: &[u8] = b"a signature value";

#[test]
fn openssl_verifies_our_answers_to_its_queries() {
    for suite in [
        Suite::P256Sha256,
        Suite::Rsa2048Sha256,
        Suite::Rsa3072Sha256,
    ] {
        let house = House::new(suite);
        let desk = Desk::new();
        desk.put("data", DATA)
            .put("other", b"other")
            .put_pem("root.pem", &house.anchors());
        for options in ["-sha256 -cert", "-sha512 -cert", "-sha256 -cert -no_nonce"] {
            desk.ok(&format!("ts -query -data data {options} -out query"));
            desk.put(
                "answer",
                house.tsa().response(&desk.get("query"), NOW_MS, random()),
            );
            let verify = format!("ts -verify -CAfile root.pem -attime {NOW} -in answer");
            let said = desk.ok(&format!("{verify} -queryfile query"));
            assert!(said.contains("Verification: OK"), "{said}");
            desk.ok(&format!("{verify} -data data"));
            assert!(!desk.run(&format!("{verify} -data other")).0);
        }
    }
}

/// Without -cert the answer has no certificates; OpenSSL is given them.
#[test]
fn certificates_are_left_out_when_they_are_not_asked_for() {
    let house = House::new(Suite::P256Sha256);
    let tsa = house.tsa();
    let desk = Desk::new();
    desk.put("data", DATA)
        .put_pem("root.pem", &house.anchors())
        .put_pem(
            "tsa.pem",
            &[tsa.certificate().clone(), house.issuing.certificate.clone()],
        );
    desk.ok("ts -query -data data -sha256 -out query");
    desk.put("answer", tsa.response(&desk.get("query"), NOW_MS, random()));
    let verify = format!("ts -verify -attime {NOW} -CAfile root.pem -queryfile query -in answer");
    assert!(!desk.run(&verify).0);
    desk.ok(&format!("{verify} -untrusted tsa.pem"));
}

#[test]
fn openssl_shows_an_sm3_answer() {
    let house = House::new(Suite::Sm2Sm3);
    let request = Request::new(digest(Hash::Sm3, DATA), Some(0xabcd), true);
    let desk = Desk::new();
    desk.put(
        "answer",
        house.tsa().response(&request.to_der(), NOW_MS, random()),
    );
    let said = desk.ok("ts -reply -in answer -text");
    for part in [
        "Status: Granted.",
        "Policy OID: 2.25.282878840528970780026491239474396998021.3.3",
        "Hash Algorithm: sm3",
        "Time stamp: Jan 15 08:00:00.12 2027 GMT",
        "Accuracy: 0x01 seconds",
        "Nonce: 0xABCD",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
}

#[test]
fn openssl_reads_our_requests() {
    let desk = Desk::new();
    desk.put(
        "query",
        Request::new(digest(Hash::Sm3, DATA), Some(u64::MAX), true).to_der(),
    );
    let said = desk.ok("ts -query -in query -text");
    assert!(said.contains("Hash Algorithm: sm3"), "{said}");
    assert!(said.contains("Nonce: 0xFFFFFFFFFFFFFFFF"), "{said}");
    assert!(said.contains("Certificate required: yes"), "{said}");
}

/// The client's side against an authority that is not ours.
#[test]
fn an_answer_of_openssl_is_read_and_verified() {
    let house = House::new(Suite::P256Sha256);
    let authority = house.issuing.authority("时间戳", &Profile::Tsa);
    let desk = Desk::new();
    let request = Request::new(digest(Hash::Sha256, DATA), Some(99), true);
    desk.put("query", request.to_der())
        .put("key.der", &*authority.key.to_pkcs8().unwrap())
        .put("serial", "01")
        .put_pem("tsa.pem", std::slice::from_ref(&authority.certificate))
        .put_pem(
            "chain.pem",
            std::slice::from_ref(&house.issuing.certificate),
        )
        .put(
            "tsa.cnf",
            "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\nsigner_digest = sha256\n\
             default_policy = 1.2.3.4\ndigests = sha256\nordering = yes\ntsa_name = yes\n\
             accuracy = secs:1, millisecs:500, microsecs:100\ness_cert_id_chain = no\n\
             ess_cert_id_alg = sha256\nclock_precision_digits = 3\ncrypto_device = builtin\n",
        );
    desk.ok("pkey -inform DER -in key.der -out key.pem");
    desk.ok(
        "ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey key.pem \
         -chain chain.pem -out answer",
    );
    let token = read_response(&desk.get("answer"), &request).unwrap();
    assert_eq!(token.policy(), "1.2.3.4");
    assert_eq!(*token.signer(), authority.certificate);
    assert!(token.time_ms() > 1_700_000_000_000);
    assert_eq!(token.accuracy(), Some(Duration::from_micros(1_500_100)));
}

fn token(tsa: &Tsa, imprint: &Digest) -> Token {
    let request = Request::new(imprint.clone(), None, true);
    Token::parse(&tsa.token(&request, NOW_MS, random()).unwrap()).unwrap()
}

#[test]
fn every_hash_can_be_stamped_by_every_suite() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let tsa = House::new(suite).tsa();
        for hash in [Hash::Sm3, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let token = token(&tsa, &digest(hash, DATA));
            token.verify(&digest(hash, DATA)).unwrap();
            assert_eq!(token.time_ms(), NOW_MS);
            let other = token.verify(&digest(hash, b"other")).unwrap_err();
            assert_eq!(other, PkiError::ContentChanged);
        }
    }
}

#[test]
fn tokens_promise_what_their_authority_can_hold() {
    let request = Request::new(digest(Hash::Sha256, DATA), None, true);
    let desk = Desk::new();
    for (ms, shown) in [
        (1, "unspecified seconds, 0x01 millis, unspecified micros"),
        (
            500,
            "unspecified seconds, 0x01F4 millis, unspecified micros",
        ),
        (1500, "0x01 seconds, 0x01F4 millis, unspecified micros"),
        (
            300_000,
            "0x012C seconds, unspecified millis, unspecified micros",
        ),
    ] {
        let promise = Some(Duration::from_millis(ms));
        let tsa = House::new(Suite::P256Sha256).tsa().with_accuracy(promise);
        let answer = tsa.response(&request.to_der(), NOW_MS, random());
        let token = read_response(&answer, &request).unwrap();
        assert_eq!(token.accuracy(), promise);
        desk.put("answer", &answer);
        let said = desk.ok("ts -reply -in answer -text");
        assert!(said.contains(&format!("Accuracy: {shown}")), "{said}");
        assert!(said.contains("Ordering: no"), "{said}");
    }
    let tsa = House::new(Suite::P256Sha256).tsa().with_accuracy(None);
    let answer = tsa.response(&request.to_der(), NOW_MS, random());
    assert_eq!(read_response(&answer, &request).unwrap().accuracy(), None);
}

#[test]
fn requests_come_back() {
    for nonce in [None, Some(0), Some(1), Some(0x80), Some(u64::MAX)] {
        for certificates in [true, false] {
            let request = Request::new(digest(Hash::Sm3, DATA), nonce, certificates);
            assert_eq!(Request::from_der(&request.to_der()), Ok(request));
        }
    }
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let tsa = House::new(Suite::P256Sha256).tsa();
    let imprint = digest(Hash::Sha256, DATA);
    let asked = Request::new(imprint.clone(), Some(1), true);
    let answer = tsa.response(&asked.to_der(), NOW_MS, random());
    assert!(read_response(&answer, &asked).is_ok());
    let nonce = Request::new(imprint, Some(2), true);
    assert_eq!(
        read_response(&answer, &nonce).unwrap_err().code(),
        "timestamp-refused"
    );
    let data = Request::new(digest(Hash::Sha256, b"other"), Some(1), true);
    assert_eq!(
        read_response(&answer, &data).unwrap_err(),
        PkiError::ContentChanged
    );
}

#[test]
fn what_cannot_be_stamped_is_rejected_with_its_reason() {
    let tsa = House::new(Suite::P256Sha256).tsa();
    let desk = Desk::new();
    desk.put("data", DATA);
    let query = |options: &str| {
        desk.ok(&format!("ts -query -data data {options} -out query"));
        desk.get("query")
    };
    let cases = [
        (
            query("-sha1"),
            Rejection::BadAlgorithm,
            "unrecognized or unsupported algorithm",
        ),
        (
            query("-sha256 -tspolicy 1.2.3.4"),
            Rejection::UnacceptedPolicy,
            "requested TSA policy is not supported",
        ),
        (
            b"nonsense".to_vec(),
            Rejection::BadDataFormat,
            "data submitted has the wrong format",
        ),
        (
            vec![0; 5000],
            Rejection::BadDataFormat,
            "data submitted has the wrong format",
        ),
    ];
    for (request, reason, words) in cases {
        assert_eq!(Request::from_der(&request), Err(reason));
        let answer = tsa.response(&request, NOW_MS, random());
        desk.put("answer", &answer);
        let said = desk.ok("ts -reply -in answer -text");
        assert!(said.contains("Status: Rejected."), "{said}");
        assert!(said.contains(words), "{said}");
        let asked = Request::new(digest(Hash::Sha256, DATA), None, true);
        let error = read_response(&answer, &asked).unwrap_err();
        assert_eq!(error, PkiError::TimestampRefused(reason.to_string()));
    }
}

#[test]
fn a_time_that_cannot_be_written_is_no_token() {
    let tsa = House::new(Suite::P256Sha256).tsa();
    let request = Request::new(digest(Hash::Sha256, DATA), None, true);
    for time in [-1, i64::MIN, i64::MAX] {
        assert!(tsa.token(&request, time, random()).is_err());
    }
}

#[test]
fn an_authority_needs_the_key_of_its_certificate() {
    let house = House::new(Suite::P256Sha256);
    let one = house.issuing.authority("甲", &Profile::Tsa);
    let two = house.issuing.authority("乙", &Profile::Tsa);
    let wrong = Tsa::new(one.certificate, Vec::new(), std::sync::Arc::new(two.key));
    assert!(matches!(wrong.err(), Some(PkiError::OtherCertificate)));
}
