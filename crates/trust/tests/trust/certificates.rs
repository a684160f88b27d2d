//! Certificates and timestamps, and the record of them.

use std::collections::BTreeSet;

use crypto::{Hash, Suite, digest};
use pki::{Certificate, Purpose, timestamp::Token, validate};
use trust::Lasting;

use crate::house::{House, NOW, binding, person, request};

const SECOND: i64 = NOW / 1000;

/// Whether a chain leads to this house's anchors at a second.
fn leads(house: &House, chain: &[Certificate], at: i64, purpose: Purpose) -> bool {
    validate(&chain[0], chain, &house.anchors(), at, purpose).is_ok()
}

#[tokio::test]
async fn an_event_certificate_binds_its_act_for_minutes() {
    let house = House::new().await;
    for suite in Suite::ALL {
        let (request, _key) = request(suite);
        let spki = request.spki.clone();
        let chain = house.trust.issue_event("t", request).await.unwrap();
        assert_eq!(
            chain[0].event_binding(),
            Some(&binding()),
            "{}",
            suite.name()
        );
        assert_eq!(chain[0].spki(), spki);
        assert_eq!(chain[0].common_name(), "张三");
        assert!(
            leads(&house, &chain, SECOND, Purpose::Signing),
            "{}",
            suite.name()
        );
        assert!(!leads(&house, &chain, SECOND - 1, Purpose::Signing));
        assert!(!leads(&house, &chain, SECOND + 3600, Purpose::Signing));
    }
}

#[tokio::test]
async fn a_company_certificate_lasts_and_binds_no_act() {
    let house = House::new().await;
    let (request, _key) = request(Suite::P256Sha256);
    let issued = house.trust.issue_lasting(
        "t",
        Lasting::Enterprise,
        request.suite,
        person(),
        request.spki,
        2,
    );
    let chain = issued.await.unwrap();
    assert_eq!(chain[0].event_binding(), None);
    assert!(leads(
        &house,
        &chain,
        SECOND + 365 * 24 * 3600,
        Purpose::Signing
    ));
}

#[tokio::test]
async fn what_was_signed_is_in_the_journal_byte_by_byte() {
    let house = House::new().await;
    let (request, _key) = request(Suite::Sm2Sm3);
    let chain = house.trust.issue_event("t", request).await.unwrap();
    for certificate in chain.iter().chain(&house.anchors()) {
        let journaled = house
            .store
            .certificate(&certificate.serial_hex())
            .await
            .unwrap();
        let tbs = journaled.expect("every certificate was journaled");
        // The certificate is a sequence that begins with the journaled bytes.
        assert_eq!(&certificate.der()[4..4 + tbs.len()], tbs);
    }
}

#[tokio::test]
async fn a_key_of_another_suite_gets_no_certificate() {
    let house = House::new().await;
    let (mut request, _key) = request(Suite::P256Sha256);
    request.suite = Suite::Sm2Sm3;
    let refused = house
        .trust
        .issue_event("t", request.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "wrong-suite");
    request.spki = b"no key at all".to_vec();
    let refused = house.trust.issue_event("t", request).await.unwrap_err();
    assert_eq!(refused.code(), "wrong-suite");
}

#[tokio::test]
async fn authorities_stay_the_same_when_the_house_is_opened_again() {
    let house = House::new().await;
    let (first, _key) = request(Suite::Rsa2048Sha256);
    house.trust.issue_event("t", first).await.unwrap();
    let before = house.trust.anchors_pem();
    let key = house.trust.ledger_key();
    let house = house.again().await.unwrap();
    assert_eq!(house.trust.anchors_pem(), before);
    assert_eq!(house.trust.ledger_key(), key);
    let (second, _key) = request(Suite::Rsa2048Sha256);
    let chain = house.trust.issue_event("t", second).await.unwrap();
    assert!(leads(&house, &chain, SECOND, Purpose::Signing));
}

#[tokio::test]
async fn timestamps_prove_the_digest_and_have_serials_of_their_own() {
    let house = House::new().await;
    let mut serials = BTreeSet::new();
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let imprint = digest(suite.hash(), b"signature");
        for _ in 0..20 {
            let der = house.trust.timestamp(suite, &imprint).await.unwrap();
            let token = Token::parse(&der).unwrap();
            token.verify(&imprint).unwrap();
            assert!(token.verify(&digest(Hash::Sha512, b"other")).is_err());
            assert_eq!(token.time_ms(), NOW);
            assert!(leads(
                &house,
                token.certificates(),
                SECOND,
                Purpose::Timestamping
            ));
            assert!(
                serials.insert(token.serial_hex()),
                "a serial number came twice"
            );
        }
    }
}

#[tokio::test]
async fn suites_that_are_asked_for_at_once_have_one_root() {
    let house = House::new().await;
    let ask = || async {
        let (request, _key) = request(Suite::Rsa2048Sha256);
        house.trust.issue_event("t", request).await.unwrap()
    };
    let (one, two) = tokio::join!(ask(), ask());
    assert_eq!(one[1], two[1]);
    assert_eq!(house.anchors().len(), 3);
}

#[tokio::test]
async fn what_breaks_a_rule_is_neither_recorded_nor_signed() {
    let house = House::new().await;
    let (mut event, _key) = request(Suite::P256Sha256);
    let before = house.store.ledger_size().await.unwrap();
    let key = event.spki.clone();
    let longer = house
        .trust
        .issue_lasting("t", Lasting::Enterprise, event.suite, person(), key, 6);
    let longer = longer.await.unwrap_err();
    assert_eq!(longer.code(), "certificate-lint");
    assert!(longer.to_string().contains("validity-length"), "{longer}");
    event.subject.serial_number = Some("11010519491231002X".to_owned());
    let named = house.trust.issue_event("t", event).await.unwrap_err();
    assert_eq!(named.code(), "certificate-lint");
    let said = named.to_string();
    assert!(said.contains("subject-no-resident-number"), "{said}");
    assert!(!said.contains("1949"), "{said}");
    assert_eq!(house.store.ledger_size().await.unwrap(), before);
}
