//! OCSP, against `openssl ocsp` on both sides.

use std::sync::Arc;

use crypto::{SoftwareKey, Suite};
use pki::{
    Certificate, PkiError, Profile,
    revocation::{
        CertId, CertIdHash, CertStatus, OcspFailure, OcspRequest, OcspResponder, OcspResponse,
        OcspTimes, Reason, Revoked,
    },
};
use proptest::prelude::*;

use crate::{
    house::{Authority, HOUR, House, NOW},
    openssl::Desk,
    taken_apart,
};

const MADE: i64 = NOW * 1000;
const TIMES: OcspTimes = OcspTimes {
    produced_ms: MADE,
    this_update_ms: MADE - 60_000,
    next_update_ms: Some(MADE + HOUR * 1000),
};
const REVOKED: Revoked = Revoked {
    at_ms: MADE - 5_000,
    reason: Reason::KeyCompromise,
    invalid_since_ms: Some(MADE - 90_000),
};

/// An authority with its delegated responder, a good and a revoked certificate.
struct Case {
    house: House,
    delegate: Certificate,
    delegated: OcspResponder,
    direct: OcspResponder,
    good: Certificate,
    revoked: Certificate,
}

/// The same key again, for a second owner.
fn copy(key: &SoftwareKey) -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap())
}

impl Case {
    fn new(suite: Suite) -> Self {
        let house = House::new(suite);
        let issuing = &house.issuing;
        let responder = issuing.authority("应答", &Profile::OcspResponder);
        let [good, revoked] =
            ["甲", "乙"].map(|name| issuing.authority(name, &Profile::Enterprise).certificate);
        let ca = issuing.certificate.clone();
        let delegate = responder.certificate.clone();
        let key = Arc::new(responder.key);
        Self {
            delegated: OcspResponder::new(ca.clone(), Some(delegate.clone()), key).unwrap(),
            direct: OcspResponder::new(ca, None, copy(&issuing.key)).unwrap(),
            delegate,
            good,
            revoked,
            house,
        }
    }

    fn ca(&self) -> &Certificate {
        &self.house.issuing.certificate
    }

    fn status(&self, serial: &[u8]) -> CertStatus {
        match serial {
            one if one == self.good.serial() => CertStatus::Good,
            one if one == self.revoked.serial() => CertStatus::Revoked(REVOKED),
            _ => CertStatus::Unknown,
        }
    }

    fn request(&self, hash: CertIdHash, nonce: Option<&[u8]>) -> OcspRequest {
        let ids = [&self.good, &self.revoked, &self.delegate];
        let ids = ids.map(|one| CertId::new(hash, one, self.ca()));
        OcspRequest::new(ids.to_vec(), nonce.map(<[u8]>::to_vec)).unwrap()
    }

    fn answer(&self, responder: &OcspResponder, request: &OcspRequest) -> OcspResponse {
        let answer = responder.response(&request.to_der(), TIMES, |serial| self.status(serial));
        OcspResponse::from_der(&answer).unwrap()
    }
}

const HASHES: [CertIdHash; 3] = [CertIdHash::Sha1, CertIdHash::Sha256, CertIdHash::Sm3];

#[test]
fn answers_of_every_suite_come_back() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let case = Case::new(suite);
        for hash in HASHES {
            let request = case.request(hash, Some(&[7; 32]));
            assert_eq!(
                OcspRequest::from_der(&request.to_der()),
                Ok(request.clone())
            );
            for (responder, signer) in
                [(&case.delegated, &case.delegate), (&case.direct, case.ca())]
            {
                let read = case.answer(responder, &request);
                assert_eq!(read.verify(case.ca()).unwrap(), *signer);
                read.check_answers(&request, MADE).unwrap();
                assert_eq!(read.produced_ms(), MADE);
                assert_eq!(read.nonce(), Some(&[7; 32][..]));
                let said = |one| read.answer(one, case.ca()).map(|answer| answer.status);
                assert_eq!(said(&case.good), Some(CertStatus::Good));
                assert_eq!(said(&case.revoked), Some(CertStatus::Revoked(REVOKED)));
                assert_eq!(said(&case.delegate), Some(CertStatus::Unknown));
                assert_eq!(said(case.ca()), None);
                let answer = read.answer(&case.good, case.ca()).unwrap();
                assert_eq!(answer.this_update_ms, TIMES.this_update_ms);
                assert_eq!(answer.next_update_ms, TIMES.next_update_ms);
            }
        }
    }
}

fn desk(case: &Case) -> Desk {
    let desk = Desk::new();
    desk.put_pem("ca.pem", std::slice::from_ref(case.ca()))
        .put_pem("root.pem", &case.house.anchors())
        .put_pem("good.pem", std::slice::from_ref(&case.good))
        .put_pem("revoked.pem", std::slice::from_ref(&case.revoked));
    desk
}

#[test]
fn openssl_believes_our_answers_to_its_requests() {
    for suite in [
        Suite::P256Sha256,
        Suite::Rsa2048Sha256,
        Suite::Rsa3072Sha256,
    ] {
        let case = Case::new(suite);
        let desk = desk(&case);
        for (hash, nonce) in [
            ("-sha1", "-nonce"),
            ("-sha256", "-nonce"),
            ("-sha256", "-no_nonce"),
        ] {
            desk.ok(&format!(
                "ocsp {hash} -issuer ca.pem -cert good.pem -cert revoked.pem {nonce} -reqout request"
            ));
            for responder in [&case.delegated, &case.direct] {
                let answer =
                    responder.response(&desk.get("request"), TIMES, |one| case.status(one));
                desk.put("answer", answer);
                let check = format!(
                    "ocsp {hash} -no_nonce -reqin request -respin answer -CAfile root.pem \
                     -verify_other ca.pem -attime {NOW} -issuer ca.pem \
                     -cert good.pem -cert revoked.pem -validity_period 1000000000"
                );
                let said = desk.ok(&check);
                assert!(said.contains("Response verify OK"), "{said}");
                assert!(!said.contains("WARNING"), "{said}");
                assert!(said.contains("good.pem: good"), "{said}");
                assert!(said.contains("revoked.pem: revoked"), "{said}");
                assert!(said.contains("Reason: keyCompromise"), "{said}");
                if nonce == "-nonce" {
                    // Without -no_nonce it puts a fresh nonce into the request.
                    let (ok, said) = desk.run(&check.replace("-no_nonce", ""));
                    assert!(!ok && said.contains("Nonce Verify error"), "{said}");
                }
                let mut changed = desk.get("answer");
                let at = taken_apart::find(&changed, b"20270115080000Z");
                changed[at + 13] = b'1';
                desk.put("answer", changed);
                let (_, said) = desk.run(&check);
                assert!(said.contains("Response Verify Failure"), "{said}");
            }
        }
    }
}

#[test]
fn openssl_reads_an_sm3_request_and_an_sm2_answer() {
    let case = Case::new(Suite::Sm2Sm3);
    let desk = desk(&case);
    let request = case.request(CertIdHash::Sm3, Some(&[0xab; 128]));
    desk.put("request", request.to_der());
    let said = desk.ok("ocsp -reqin request -req_text");
    assert_eq!(said.matches("Hash Algorithm: sm3").count(), 3, "{said}");
    assert!(said.contains("OCSP Nonce"), "{said}");
    let answer = case.answer(&case.delegated, &request);
    desk.put("answer", answer.der());
    let said = desk.ok("ocsp -respin answer -resp_text -noverify");
    for part in [
        "OCSP Response Status: successful (0x0)",
        "Produced At: Jan 15 08:00:00 2027 GMT",
        "Cert Status: good",
        "Cert Status: revoked",
        "Revocation Reason: keyCompromise (0x1)",
        "Cert Status: unknown",
        "Signature Algorithm: SM2-with-SM3",
        "OCSP Signing",
        "OCSP No Check",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    // The bytes that were signed and the signature, for a judge that knows SM2.
    let (tbs, signature) = taken_apart::ocsp(answer.der());
    desk.put("tbs", &tbs)
        .put("signature", &signature)
        .put("key", case.delegate.spki());
    let verify = "pkeyutl -verify -pubin -keyform DER -inkey key -rawin -digest sm3 \
                  -pkeyopt distid:1234567812345678 -in tbs -sigfile signature";
    desk.ok(verify);
    desk.put("tbs", [&tbs[..], &[0]].concat());
    assert!(!desk.run(verify).0);
}

/// The client's side against a responder that is not ours.
#[test]
fn answers_of_openssl_are_read_and_verified() {
    for suite in [Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let case = Case::new(suite);
        let desk = desk(&case);
        let responder = case
            .house
            .issuing
            .authority("应答", &Profile::OcspResponder);
        let put = |name: &str, one: &Authority| {
            desk.put("key.der", &*one.key.to_pkcs8().unwrap()).put_pem(
                &format!("{name}.pem"),
                std::slice::from_ref(&one.certificate),
            );
            desk.ok(&format!("pkey -inform DER -in key.der -out {name}.key"));
        };
        put("delegated", &responder);
        put("direct", &case.house.issuing);
        desk.put(
            "index",
            format!(
                "V\t400101000000Z\t\t{}\tunknown\t/CN=good\n\
                 R\t400101000000Z\t270101080000Z,superseded\t{}\tunknown\t/CN=revoked\n",
                case.good.serial_hex().to_uppercase(),
                case.revoked.serial_hex().to_uppercase(),
            ),
        );
        for hash in HASHES {
            for (name, more) in [
                ("delegated", ""),
                ("direct", "-resp_key_id"),
                ("direct", "-resp_no_certs"),
            ] {
                let request = case.request(hash, Some(&[9; 16]));
                desk.put("request", request.to_der());
                desk.ok(&format!(
                    "ocsp -index index -CA ca.pem -rsigner {name}.pem -rkey {name}.key \
                     -rmd sha256 -reqin request -respout answer -ndays 3650 {more}"
                ));
                let read = OcspResponse::from_der(&desk.get("answer")).unwrap();
                let signer = read.verify(case.ca()).unwrap();
                let delegated = name == "delegated";
                assert_eq!(signer == responder.certificate, delegated);
                read.check_answers(&request, read.produced_ms()).unwrap();
                let said = |one| read.answer(one, case.ca()).unwrap().status;
                assert_eq!(said(&case.good), CertStatus::Good);
                assert_eq!(said(&case.delegate), CertStatus::Unknown);
                let CertStatus::Revoked(revoked) = said(&case.revoked) else {
                    panic!("it is revoked");
                };
                assert_eq!(revoked.reason, Reason::Superseded);
                assert_eq!(revoked.at_ms, 1_798_790_400_000);
            }
        }
    }
}

/// An answer signed by this certificate, whatever it is, with the certificate in it.
fn signed_by(case: &Case, signer: Authority, produced_ms: i64) -> OcspResponse {
    let Authority { certificate, key } = signer;
    let times = OcspTimes {
        produced_ms,
        ..TIMES
    };
    let der = OcspResponder::new(certificate.clone(), None, Arc::new(key))
        .unwrap()
        .answer(&case.request(CertIdHash::Sha256, None), times, |_| {
            CertStatus::Good
        })
        .unwrap();
    let der = taken_apart::with_certificate(&der, certificate.der());
    let read = OcspResponse::from_der(&der).unwrap();
    assert_eq!(read.certificates(), [certificate]);
    read
}

#[test]
fn an_answer_of_somebody_else_is_refused() {
    let case = Case::new(Suite::P256Sha256);
    let issuing = &case.house.issuing;
    let code = |signer, at| {
        let refused = signed_by(&case, signer, at).verify(case.ca());
        refused.err().map_or("", |error| error.code())
    };
    let mine = |name: &str, profile: &Profile| issuing.authority(name, profile);
    assert_eq!(code(mine("应答", &Profile::OcspResponder), MADE), "");
    assert_eq!(
        code(mine("丙", &Profile::Enterprise), MADE),
        "ocsp-responder-usage"
    );
    assert_eq!(
        code(mine("丙", &Profile::Tsa), MADE),
        "ocsp-responder-usage"
    );
    let ours = mine("应答", &Profile::OcspResponder);
    let (from, to) = (ours.certificate.not_before(), ours.certificate.not_after());
    for (second, wanted) in [
        (from - 1, "ocsp-responder-not-valid"),
        (from, ""),
        (to, ""),
        (to + 1, "ocsp-responder-not-valid"),
    ] {
        let again = Authority {
            certificate: ours.certificate.clone(),
            key: SoftwareKey::from_pkcs8(&ours.key.to_pkcs8().unwrap()).unwrap(),
        };
        assert_eq!(code(again, second * 1000), wanted, "{second}");
    }
    // Of the root, of a stranger, and of a stranger with the same name as the issuer.
    let root = case.house.root.authority("应答", &Profile::OcspResponder);
    assert_eq!(code(root, MADE), "ocsp-responder-not-delegated");
    let twin = case.house.root.authority("测试签发", &Profile::Issuing);
    let theirs = twin.authority("应答", &Profile::OcspResponder);
    assert_eq!(code(theirs, MADE), "ocsp-responder-not-delegated");
    // An extension that nobody knows.
    let critical = with_critical(issuing);
    assert_eq!(code(critical, MADE), "revocation-unknown-critical");
}

fn with_critical(issuing: &Authority) -> Authority {
    let one = issuing.authority("应答", &Profile::OcspResponder);
    let (tbs, _) = taken_apart::tbs(one.certificate.der());
    let unknown = [0x30, 12, 6, 3, 0x2a, 3, 4, 1, 1, 0xff, 4, 2, 5, 0];
    let certificate = issuing.sign(&taken_apart::with_extension(&tbs, &unknown));
    Authority {
        certificate,
        key: one.key,
    }
}

#[test]
fn an_answer_without_its_signer_is_refused() {
    let case = Case::new(Suite::P256Sha256);
    let answer = case.answer(&case.direct, &case.request(CertIdHash::Sha256, None));
    let no = answer.verify(&case.house.root.certificate).unwrap_err();
    assert_eq!(no.code(), "ocsp-responder-unknown");
    // The same name, another key.
    let twin = case.house.root.authority("测试签发", &Profile::Issuing);
    assert_eq!(
        answer.verify(&twin.certificate).unwrap_err().code(),
        "signature-wrong"
    );
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let case = Case::new(Suite::P256Sha256);
    let asked = |nonce: Option<&[u8]>| case.request(CertIdHash::Sha256, nonce);
    let code = |answered: &OcspRequest, asked: &OcspRequest, now| {
        let checked = case
            .answer(&case.delegated, answered)
            .check_answers(asked, now);
        checked.err().map_or("", |error| error.code())
    };
    let (one, two, none) = (asked(Some(&[1])), asked(Some(&[2])), asked(None));
    assert_eq!(code(&one, &one, MADE), "");
    assert_eq!(code(&none, &none, MADE), "");
    assert_eq!(code(&none, &one, MADE), "ocsp-nonce-missing");
    assert_eq!(code(&two, &one, MADE), "ocsp-nonce-mismatch");
    assert_eq!(code(&one, &none, MADE), "ocsp-nonce-mismatch");
    assert_eq!(code(&one, &one, MADE - 1), "revocation-from-future");
    let end = TIMES.next_update_ms.unwrap();
    assert_eq!(code(&one, &one, end), "");
    assert_eq!(code(&one, &one, end + 1), "revocation-stale");
    let other = vec![CertId::new(
        CertIdHash::Sha256,
        case.ca(),
        &case.house.root.certificate,
    )];
    let other = OcspRequest::new(other, None).unwrap();
    assert_eq!(code(&none, &other, MADE), "ocsp-not-answered");
    // One asked about by another hash is another question.
    assert_eq!(
        code(&none, &case.request(CertIdHash::Sha1, None), MADE),
        "ocsp-not-answered"
    );
}

#[test]
fn a_certificate_of_another_issuer_is_unknown() {
    let case = Case::new(Suite::P256Sha256);
    let (ca, root) = (case.ca(), &case.house.root.certificate);
    let ids = vec![CertId::new(CertIdHash::Sha1, ca, root)];
    let request = OcspRequest::new(ids, None).unwrap();
    let answer = case
        .direct
        .response(&request.to_der(), TIMES, |_| CertStatus::Good);
    let read = OcspResponse::from_der(&answer).unwrap();
    assert_eq!(read.answer(ca, root).unwrap().status, CertStatus::Unknown);
}

/// Two authorities of one name, such as one that has got a new key.
#[test]
fn an_issuer_is_told_by_its_key_as_well() {
    let (case, other) = (Case::new(Suite::P256Sha256), Case::new(Suite::P256Sha256));
    assert_eq!(case.ca().subject(), other.ca().subject());
    for hash in HASHES {
        let id = CertId::new(hash, &case.good, other.ca());
        assert!(id.is_of(other.ca()) && !id.is_of(case.ca()));
        let request = OcspRequest::new(vec![id], None).unwrap();
        let read = case.answer(&case.direct, &request);
        assert!(read.answer(&case.good, case.ca()).is_none());
        let [answer] = read.answers() else {
            panic!("{:?}", read.answers());
        };
        assert_eq!(answer.status, CertStatus::Unknown);
    }
}

#[test]
fn what_cannot_be_answered_is_refused_by_name() {
    let case = Case::new(Suite::P256Sha256);
    let id = CertId::new(CertIdHash::Sha1, &case.good, case.ca());
    for (ids, nonce) in [
        (Vec::new(), None),
        (vec![id.clone(); 129], None),
        (vec![id.clone()], Some(Vec::new())),
        (vec![id.clone()], Some(vec![0; 129])),
    ] {
        let no = OcspRequest::new(ids, nonce).unwrap_err();
        assert_eq!(no.code(), "revocation-request");
    }
    let nonce = |length: usize| {
        let request = OcspRequest::new(vec![id.clone()], Some(vec![0x5a; 100])).unwrap();
        let der = request.to_der();
        let at = taken_apart::find(&der, &[0x5a; 100]);
        taken_apart::resized(&der, at, at + 100, &vec![0x5a; length])
    };
    let longest = OcspRequest::from_der(&nonce(128)).unwrap();
    assert_eq!(longest.nonce(), Some(&[0x5a; 128][..]));
    let malformed = Err(OcspFailure::MalformedRequest);
    let large = vec![0x30; 70_000];
    for request in [&nonce(129)[..], b"nonsense", &large, &[]] {
        assert_eq!(OcspRequest::from_der(request), malformed);
        let answer = case.direct.response(request, TIMES, |_| CertStatus::Good);
        let no = OcspResponse::from_der(&answer).unwrap_err();
        assert_eq!(no.code(), "ocsp-malformed-request");
    }
    let desk = Desk::new();
    for (failure, words, code) in [
        (
            OcspFailure::MalformedRequest,
            "malformedrequest",
            "ocsp-malformed-request",
        ),
        (
            OcspFailure::InternalError,
            "internalerror",
            "ocsp-internal-error",
        ),
        (OcspFailure::TryLater, "trylater", "ocsp-try-later"),
        (
            OcspFailure::SigRequired,
            "sigrequired",
            "ocsp-signature-required",
        ),
        (
            OcspFailure::Unauthorized,
            "unauthorized",
            "ocsp-unauthorized",
        ),
    ] {
        desk.put("answer", failure.to_der());
        let (_, said) = desk.run("ocsp -respin answer -noverify");
        assert!(said.contains(words), "{said}");
        assert_eq!(
            OcspResponse::from_der(&failure.to_der())
                .unwrap_err()
                .code(),
            code
        );
    }
    let bad = OcspTimes {
        next_update_ms: Some(0),
        ..TIMES
    };
    let request = OcspRequest::new(vec![id], None).unwrap();
    let no = case
        .direct
        .answer(&request, bad, |_| CertStatus::Good)
        .unwrap_err();
    assert_eq!(no.code(), "revocation-request");
}

#[test]
fn a_responder_needs_a_key_and_a_right() {
    let case = Case::new(Suite::P256Sha256);
    let issuing = &case.house.issuing;
    let code = |delegate: &Certificate, key: &SoftwareKey| {
        OcspResponder::new(case.ca().clone(), Some(delegate.clone()), copy(key))
            .err()
            .map_or("", |error| error.code())
    };
    let other = PkiError::OtherCertificate.code();
    assert_eq!(code(&case.delegate, &issuing.key), other);
    let company = issuing.authority("丙", &Profile::Enterprise);
    assert_eq!(
        code(&company.certificate, &company.key),
        "ocsp-responder-usage"
    );
    let theirs = case.house.root.authority("应答", &Profile::OcspResponder);
    assert_eq!(
        code(&theirs.certificate, &theirs.key),
        "ocsp-responder-not-delegated"
    );
}

/// A byte anywhere, with one of its bits flipped.
#[test]
fn a_flipped_bit_of_an_answer_is_seen() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let case = Case::new(suite);
        let request = case.request(CertIdHash::Sha1, Some(&[3; 8]));
        for responder in [&case.delegated, &case.direct] {
            let answer = case.answer(responder, &request);
            let holds = |der: &[u8]| {
                OcspResponse::from_der(der).is_ok_and(|read| read.verify(case.ca()).is_ok())
            };
            assert!(holds(answer.der()));
            for at in 0..answer.der().len() {
                let mut changed = answer.der().to_vec();
                changed[at] ^= 1 << (at % 8);
                assert!(!holds(&changed), "byte {at} of {}", suite.name());
            }
        }
    }
}

static CASE: std::sync::LazyLock<(Case, OcspRequest, OcspResponse)> =
    std::sync::LazyLock::new(|| {
        let case = Case::new(Suite::P256Sha256);
        let request = case.request(CertIdHash::Sha1, Some(&[3; 8]));
        let answer = case.answer(&case.delegated, &request);
        (case, request, answer)
    });

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn readers_of_ocsp_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (case, request, answer) = &*CASE;
        let changed = |der: &[u8]| {
            let mut der = der.to_vec();
            for (at, byte, kind) in &changes {
                let at = at.index(der.len());
                match kind {
                    0 => der[at] = *byte,
                    1 => der.insert(at, *byte),
                    _ => drop(der.remove(at)),
                }
            }
            der
        };
        for der in [bytes, changed(answer.der())] {
            if let Ok(read) = OcspResponse::from_der(&der) {
                let _ = read.verify(case.ca());
                let _ = read.check_answers(request, MADE);
            }
            let _ = OcspRequest::from_der(&der);
        }
        let _ = case.direct.response(&changed(&request.to_der()), TIMES, |_| CertStatus::Good);
    }
}
