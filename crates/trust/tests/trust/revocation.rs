//! Revoking, and what everybody is told of it.

use crypto::{Signer, SoftwareKey, Suite};
use pki::{
    Certificate,
    revocation::{
        CertId, CertIdHash, CertStatus, Crl, OcspFailure, OcspRequest, OcspResponse, Reason,
        RevocationError, Revoked,
    },
};
use trust::Lasting;

use crate::house::{House, NOW, person, request};

const HOUR: i64 = 3_600_000;

async fn company(house: &House, suite: Suite) -> Vec<Certificate> {
    let key = SoftwareKey::generate(suite).unwrap();
    let spki = key.spki().to_vec();
    let issued = house
        .trust
        .issue_lasting("t", Lasting::Enterprise, suite, person(), spki, 2);
    issued.await.unwrap()
}

async fn revoke(house: &House, chain: &[Certificate], reason: Reason) -> Revoked {
    let serials = [chain[0].serial_hex()];
    house.trust.revoke("t", &serials, reason).await.unwrap()[0]
}

async fn list(house: &House, chain: &[Certificate], suite: Suite) -> Crl {
    let list = house.trust.crl(suite.name()).await.unwrap().unwrap();
    let list = Crl::from_der(&list).unwrap();
    list.verify(&chain[1]).unwrap();
    list
}

fn number(list: &Crl) -> u64 {
    let bytes = list.number().unwrap().iter();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Asks, and gives the answer's bytes with what it says.
async fn ask(house: &House, chain: &[Certificate], nonce: Option<&[u8]>) -> (Vec<u8>, CertStatus) {
    let id = CertId::new(CertIdHash::Sha1, &chain[0], &chain[1]);
    let request = OcspRequest::new(vec![id], nonce.map(<[u8]>::to_vec)).unwrap();
    let der = house.trust.ocsp(&request.to_der()).await.unwrap();
    let response = OcspResponse::from_der(&der).unwrap();
    response.verify(&chain[1]).unwrap();
    assert_eq!(response.nonce(), nonce);
    let status = response.answer(&chain[0], &chain[1]).unwrap().status;
    (der.to_vec(), status)
}

#[tokio::test]
async fn a_revocation_is_told_at_once_and_stays_after_a_stop() {
    let mut house = House::new().await;
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let chain = company(&house, suite).await;
        let other = company(&house, suite).await;
        assert_eq!(ask(&house, &chain, None).await.1, CertStatus::Good);
        let empty = list(&house, &chain, suite).await;
        assert!(empty.is_empty());
        house.wait(5000);
        let revoked = revoke(&house, &chain, Reason::KeyCompromise).await;
        assert!(revoked.at_ms >= NOW + 5000, "{revoked:?}");

        for _ in 0..2 {
            let told = CertStatus::Revoked(Revoked {
                at_ms: revoked.at_ms.div_euclid(1000) * 1000,
                ..revoked
            });
            assert_eq!(ask(&house, &chain, None).await.1, told);
            assert_eq!(ask(&house, &chain, Some(b"nonce")).await.1, told);
            assert_eq!(ask(&house, &other, None).await.1, CertStatus::Good);
            let full = list(&house, &chain, suite).await;
            assert!(number(&full) > number(&empty));
            let entry = full.revoked(chain[0].serial()).unwrap();
            assert_eq!(told, CertStatus::Revoked(entry));
            assert_eq!(full.len(), 1);
            house = house.again().await.unwrap();
            let again = house.trust.revocation(&chain[0].serial_hex()).await;
            assert_eq!(again.unwrap(), Some(revoked));
        }
    }
    assert_eq!(house.trust.fsck().await.unwrap().revocations, 2);
}

#[tokio::test]
async fn revoking_twice_gives_the_first_answer() {
    let house = House::new().await;
    let (one, two) = (
        company(&house, Suite::P256Sha256).await,
        company(&house, Suite::P256Sha256).await,
    );
    let first = revoke(&house, &one, Reason::Superseded).await;
    let size = house.store.ledger_size().await.unwrap();
    house.wait(HOUR);
    assert_eq!(revoke(&house, &one, Reason::KeyCompromise).await, first);
    assert_eq!(house.store.ledger_size().await.unwrap(), size);
    let both = [one[0].serial_hex(), two[0].serial_hex()];
    let both = house.trust.revoke("t", &both, Reason::KeyCompromise).await;
    let both = both.unwrap();
    assert_eq!((both[0], both[1].at_ms), (first, NOW + HOUR));
}

#[tokio::test]
async fn what_is_no_company_of_the_tenant_is_not_revoked() {
    let house = House::new().await;
    let chain = company(&house, Suite::P256Sha256).await;
    let (event, _key) = request(Suite::P256Sha256);
    let event = house.trust.issue_event("t", event).await.unwrap();
    for (tenant, serial, code) in [
        ("t", "00".repeat(16), "certificate-unknown"),
        ("other", chain[0].serial_hex(), "certificate-unknown"),
        ("t", event[0].serial_hex(), "certificate-not-revocable"),
    ] {
        // All or none: the first one is revocable.
        let serials = [chain[0].serial_hex(), serial.clone()];
        let refused = house.trust.revoke(tenant, &serials, Reason::default());
        let refused = refused.await.unwrap_err();
        assert_eq!(refused.code(), code);
        let named = refused.to_string();
        assert!(serials.iter().any(|serial| named.contains(serial)));
    }
    let there = house.trust.revocation(&chain[0].serial_hex()).await;
    assert_eq!(there.unwrap(), None);
    assert_eq!(ask(&house, &event, None).await.1, CertStatus::Good);
}

#[tokio::test]
async fn a_certificate_that_was_never_issued_is_unknown() {
    let (house, other) = (House::new().await, House::new().await);
    let (chain, foreign) = (
        company(&house, Suite::P256Sha256).await,
        company(&other, Suite::P256Sha256).await,
    );
    // The same issuer, with a serial number that it never used: or, the other way
    // round, one of the authorities', which another issuer signed.
    for never in [&foreign[0], &chain[1]] {
        let chain = [never.clone(), chain[1].clone()];
        assert_eq!(ask(&house, &chain, None).await.1, CertStatus::Unknown);
    }
    let id = CertId::new(CertIdHash::Sha256, &foreign[0], &foreign[1]);
    let request = OcspRequest::new(vec![id], None).unwrap().to_der();
    for (request, failure) in [
        (request.as_slice(), OcspFailure::Unauthorized),
        (b"no request", OcspFailure::MalformedRequest),
    ] {
        let answer = house.trust.ocsp(request).await.unwrap();
        let refused = OcspResponse::from_der(&answer).err().unwrap();
        assert!(
            matches!(refused, RevocationError::OcspRefused(why) if why == failure),
            "{refused}"
        );
    }
    assert_eq!(house.trust.crl("rsa2048-sha256").await.unwrap(), None);
}

#[tokio::test]
async fn lists_and_answers_are_kept_until_their_time_is_half_over() {
    let house = House::new().await;
    let suite = Suite::P256Sha256;
    let chain = company(&house, suite).await;
    let (answer, _) = ask(&house, &chain, None).await;
    let first = list(&house, &chain, suite).await;
    house.wait(HOUR / 4);
    assert_eq!(ask(&house, &chain, None).await.0, answer);
    let (fresh, _) = ask(&house, &chain, Some(b"one")).await;
    assert_ne!(ask(&house, &chain, Some(b"one")).await.0, fresh);
    assert_eq!(list(&house, &chain, suite).await.der(), first.der());
    house.wait(HOUR);
    assert_ne!(ask(&house, &chain, None).await.0, answer);
    house.wait(12 * HOUR);
    let second = list(&house, &chain, suite).await;
    assert_eq!(number(&second), number(&first) + 1);
    assert!(second.this_update_ms() > first.this_update_ms());
    second.check_current(NOW + 14 * HOUR).unwrap();
}

/// The responder's certificate is short-lived, the house is not.
#[tokio::test]
async fn the_responder_has_another_certificate_before_its_own_ends() {
    let house = House::new().await;
    let chain = company(&house, Suite::P256Sha256).await;
    for days in [61, 61, 61] {
        house.wait(days * 24 * HOUR);
        ask(&house, &chain, None).await;
        let id = CertId::new(CertIdHash::Sha256, &chain[0], &chain[1]);
        let request = OcspRequest::new(vec![id], None).unwrap().to_der();
        let der = house.trust.ocsp(&request).await.unwrap();
        let response = OcspResponse::from_der(&der).unwrap();
        let responder = response.verify(&chain[1]).unwrap();
        let left = responder.not_after() - response.produced_ms() / 1000;
        assert!(left > 30 * 24 * 3600, "{left}");
    }
}
