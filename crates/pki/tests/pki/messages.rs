//! Signed messages: what other tools say of them, and what `verify` refuses.

use crypto::{Digest, Hash, Signer, Suite, digest, random};
use pki::{
    Certificate, PkiError, Profile, Purpose, SignedData, signed_attributes, signed_data,
    timestamp::{Request, Token},
    validate,
};

use crate::{
    house::{House, NOW, NOW_MS, binding},
    openssl::Desk,
    taken_apart::signed,
};

const CONTENT: &[u8] = b"The bytes that a signature covers.";

#[test]
fn openssl_verifies_the_message_of_every_suite_that_it_can() {
    for suite in [
        Suite::P256Sha256,
        Suite::Rsa2048Sha256,
        Suite::Rsa3072Sha256,
    ] {
        let house = House::new(suite);
        let desk = Desk::new();
        desk.put("message", house.message(&digest(suite.hash(), CONTENT)))
            .put("content", CONTENT)
            .put("other", b"Other bytes.")
            .put_pem("root.pem", &house.anchors());
        let verify = |content: &str| {
            desk.run(&format!(
                "cms -verify -cades -binary -inform DER -in message -content {content} \
                 -CAfile root.pem -purpose any -attime {NOW} -out said"
            ))
        };
        let (ok, said) = verify("content");
        assert!(ok, "{}: {said}", suite.name());
        assert_eq!(desk.get("said"), CONTENT);
        assert!(!verify("other").0);
    }
}

#[test]
fn openssl_verifies_sm2_over_the_signed_attributes() {
    let house = House::new(Suite::Sm2Sm3);
    let message = house.message(&digest(Hash::Sm3, CONTENT));
    let token = SignedData::parse(&message)
        .unwrap()
        .timestamp_token()
        .unwrap()
        .to_vec();
    let token_signer = Token::parse(&token).unwrap().signer().clone();
    let signer = SignedData::parse(&message).unwrap().signer().clone();
    for (message, signer) in [(message, signer), (token, token_signer)] {
        let (attributes, signature) = signed(&message);
        let desk = Desk::new();
        desk.put("attributes", attributes)
            .put("signature", signature)
            .put_pem("signer.pem", &[signer]);
        desk.put("key.pem", desk.ok("x509 -in signer.pem -noout -pubkey"));
        let said = desk.ok("pkeyutl -verify -pubin -inkey key.pem -rawin -digest sm3 \
             -pkeyopt distid:1234567812345678 -in attributes -sigfile signature");
        assert!(said.contains("Signature Verified Successfully"), "{said}");
    }
}

/// OpenSSL prints what we wrote: another reader finds the same structure.
#[test]
fn openssl_reads_the_sm2_message() {
    let house = House::new(Suite::Sm2Sm3);
    let desk = Desk::new();
    desk.put("message", house.message(&digest(Hash::Sm3, CONTENT)));
    let said = desk.ok("cms -cmsout -print -noout -inform DER -in message");
    for part in [
        "contentType: pkcs7-signedData",
        "eContentType: pkcs7-data (1.2.840.113549.1.7.1)",
        "eContent: <ABSENT>",
        "algorithm: sm3 (1.2.156.10197.1.401)",
        "algorithm: SM2-with-SM3 (1.2.156.10197.1.501)",
        "object: id-smime-aa-signingCertificateV2",
        "object: id-smime-aa-timeStampToken",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    assert!(!said.contains("signingTime"));
}

#[test]
fn a_message_is_read_verified_and_written_again() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let house = House::new(suite);
        let content = digest(suite.hash(), CONTENT);
        let der = house.message(&content);
        let message = SignedData::parse(&der).unwrap();
        message.verify(&content).unwrap();
        assert_eq!(message.content_digest(), &content);
        assert_eq!(message.certificates()[0], *message.signer());
        assert_eq!(message.binding(), Some(&binding()), "from the certificate");
        let path = validate(
            message.signer(),
            message.certificates(),
            &house.anchors(),
            NOW,
            Purpose::Signing,
        )
        .unwrap();
        assert_eq!(path.len(), 3);
        assert_eq!(message.to_der(&path), der);

        let token = Token::parse(message.timestamp_token().unwrap()).unwrap();
        token
            .verify(&digest(suite.hash(), message.signature()))
            .unwrap();
        assert_eq!(token.time_ms(), NOW_MS);
        let path = validate(
            token.signer(),
            token.certificates(),
            &house.anchors(),
            NOW,
            Purpose::Timestamping,
        )
        .unwrap();
        assert_eq!(token.to_der(&path), message.timestamp_token().unwrap());
    }
}

/// A lasting key of the house and a message by it.
fn sealed(
    house: &House,
    certificate: &Certificate,
    attributes: &[u8],
    key: &dyn Signer,
) -> Vec<u8> {
    let signature = key.sign(attributes).unwrap();
    let chain = [certificate.clone(), house.issuing.certificate.clone()];
    signed_data(house.suite, attributes, &signature, &chain, None).unwrap()
}

#[test]
fn a_lasting_key_carries_the_act_as_an_attribute() {
    let house = House::new(Suite::P256Sha256);
    let company = house.issuing.authority("公司", &Profile::Enterprise);
    let content = digest(Hash::Sha256, CONTENT);
    let attributes = signed_attributes(&content, &company.certificate, Some(&binding()));
    let der = sealed(&house, &company.certificate, &attributes, &company.key);
    let message = SignedData::parse(&der).unwrap();
    message.verify(&content).unwrap();
    assert_eq!(message.binding(), Some(&binding()));
    assert_eq!(message.timestamp_token(), None);
}

#[test]
fn other_content_is_refused() {
    let house = House::new(Suite::P256Sha256);
    let message = SignedData::parse(&house.message(&digest(Hash::Sha256, CONTENT))).unwrap();
    let refused = |content: Digest| message.verify(&content).unwrap_err();
    assert_eq!(
        refused(digest(Hash::Sha256, b"other")),
        PkiError::ContentChanged
    );
    assert_eq!(
        refused(digest(Hash::Sm3, CONTENT)),
        PkiError::ContentChanged
    );
}

#[test]
fn a_certificate_that_the_attributes_do_not_name_is_refused() {
    let house = House::new(Suite::P256Sha256);
    let company = house.issuing.authority("公司", &Profile::Enterprise);
    // The same key, issuer and serial number, but not the same certificate.
    let renamed = house.issuing.authority("公司", &Profile::Enterprise);
    let content = digest(Hash::Sha256, CONTENT);
    let attributes = signed_attributes(&content, &renamed.certificate, None);
    let der = sealed(&house, &company.certificate, &attributes, &company.key);
    let message = SignedData::parse(&der).unwrap();
    assert_eq!(
        message.verify(&content).unwrap_err(),
        PkiError::OtherCertificate
    );
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let house = House::new(Suite::P256Sha256);
    let company = house.issuing.authority("公司", &Profile::Enterprise);
    let content = digest(Hash::Sha256, CONTENT);
    let attributes = signed_attributes(&content, &company.certificate, None);
    let der = sealed(&house, &company.certificate, &attributes, &house.root.key);
    let message = SignedData::parse(&der).unwrap();
    assert_eq!(
        message.verify(&content).unwrap_err(),
        PkiError::SignatureWrong
    );
}

#[test]
fn a_signature_over_attributes_of_a_timestamp_is_no_signature_over_content() {
    let house = House::new(Suite::P256Sha256);
    let request = Request::new(digest(Hash::Sha256, CONTENT), None, true);
    let token = house.tsa().token(&request, NOW_MS, random()).unwrap();
    assert_eq!(
        SignedData::parse(&token).unwrap_err().code(),
        "der-malformed"
    );
    let (attributes, signature) = signed(&token);
    let token = Token::parse(&token).unwrap();
    let der = signed_data(
        house.suite,
        &attributes,
        &signature,
        token.certificates(),
        None,
    )
    .unwrap();
    let message = SignedData::parse(&der).unwrap();
    let content = message.content_digest().clone();
    assert_eq!(
        message.verify(&content).unwrap_err().code(),
        "der-malformed"
    );
}

#[test]
fn certificates_outside_of_the_path_do_not_come_back() {
    let house = House::new(Suite::P256Sha256);
    let company = house.issuing.authority("公司", &Profile::Enterprise);
    let stranger = House::new(Suite::P256Sha256).issuing.certificate;
    let content = digest(Hash::Sha256, CONTENT);
    let attributes = signed_attributes(&content, &company.certificate, None);
    let signature = company.key.sign(&attributes).unwrap();
    let mut chain = vec![company.certificate, house.issuing.certificate.clone()];
    let honest = signed_data(house.suite, &attributes, &signature, &chain, None).unwrap();
    chain.push(stranger);
    let der = signed_data(house.suite, &attributes, &signature, &chain, None).unwrap();
    let message = SignedData::parse(&der).unwrap();
    message.verify(&content).unwrap();
    let path = validate(
        message.signer(),
        message.certificates(),
        &house.anchors(),
        NOW,
        Purpose::Signing,
    )
    .unwrap();
    assert_eq!(message.to_der(&path), honest);
    assert_ne!(message.to_der(&path), der);
}

#[test]
fn a_message_without_a_signer_is_not_made() {
    let attributes = [0x31, 0];
    let error = signed_data(Suite::Sm2Sm3, &attributes, &[], &[], None).unwrap_err();
    assert_eq!(error.code(), "part-missing");
}

/// Structures of other tools that we can read: plain `openssl cms -sign`.
#[test]
fn a_message_of_openssl_is_read_and_verified() {
    let house = House::new(Suite::P256Sha256);
    let company = house.issuing.authority("公司", &Profile::Enterprise);
    let desk = Desk::new();
    desk.put("content", CONTENT)
        .put("key.der", &*company.key.to_pkcs8().unwrap())
        .put_pem("company.pem", std::slice::from_ref(&company.certificate));
    desk.ok("pkey -inform DER -in key.der -out key.pem");
    let content = digest(Hash::Sha256, CONTENT);
    // OpenSSL takes either of the two forms that an ECDSA signature has, at random; we
    // write down the smaller one. Both must be read, and then it is byte for byte.
    let (mut same, mut other) = (0, 0);
    while same == 0 || other == 0 {
        assert!(same + other < 64, "{same} {other}");
        desk.ok(
            "cms -sign -cades -binary -md sha256 -signer company.pem -inkey key.pem -in content \
             -outform DER -out message",
        );
        let message = SignedData::parse(&desk.get("message")).unwrap();
        message.verify(&content).unwrap();
        let written = message.to_der(std::slice::from_ref(&company.certificate));
        if written == desk.get("message") {
            same += 1;
        } else {
            other += 1;
        }
    }
}

/// What tools make when nobody asks for more: a certificate of version 1, which can sign
/// but vouches for nobody.
#[test]
fn a_signer_with_a_certificate_of_version_1_is_read() {
    let desk = Desk::new();
    desk.put("content", CONTENT);
    desk.ok("ecparam -name prime256v1 -genkey -noout -out key.pem");
    desk.ok("req -new -key key.pem -subj /CN=Old -out request.pem");
    desk.ok("x509 -req -in request.pem -signkey key.pem -days 3650 -out old.pem");
    desk.ok(
        "cms -sign -cades -binary -md sha256 -signer old.pem -inkey key.pem -in content \
         -outform DER -out message",
    );
    let message = SignedData::parse_lenient(&desk.get("message")).unwrap();
    message.verify(&digest(Hash::Sha256, CONTENT)).unwrap();
    let signer = message.signer().clone();
    let now = signer.not_before() + 60;
    let trusted = |anchors: &[Certificate]| {
        validate(&signer, &[], anchors, now, Purpose::Signing).map(|path| path.len())
    };
    assert_eq!(trusted(std::slice::from_ref(&signer)).unwrap(), 1);
    assert_eq!(trusted(&[]).unwrap_err().code(), "certificate-untrusted");
    // As an issuer it is refused: it does not say that it is one.
    desk.ok("ecparam -name prime256v1 -genkey -noout -out leaf.key");
    desk.ok("req -new -key leaf.key -subj /CN=Leaf -out leaf.request");
    desk.ok("x509 -req -in leaf.request -CA old.pem -CAkey key.pem -CAcreateserial -days 30 -out leaf.pem");
    let leaf = String::from_utf8(desk.get("leaf.pem")).unwrap();
    let leaf = Certificate::from_pem_many(&leaf).unwrap().remove(0);
    let error = validate(&leaf, &[], &[signer], now, Purpose::Signing).unwrap_err();
    assert_eq!(error.code(), "issuer-not-ca");
}
