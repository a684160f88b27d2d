//! One request, one certificate; one key, one certificate.

use crypto::{Hash, Signer, SoftwareKey, Suite, digest};
use pki::Certificate;
use sqlx::{Connection, SqliteConnection};
use trust::{EventRequest, Lasting};

use crate::house::{House, NOW, person, request};

const DAY: i64 = 24 * 3_600_000;

async fn issue(house: &House, request: &EventRequest) -> Certificate {
    let chain = house.trust.issue_event("t", request.clone()).await;
    chain.unwrap().swap_remove(0)
}

/// Certificates in the journal and entries in the ledger.
async fn records(house: &House) -> (u64, u64) {
    let journal = house.store.certificate_count().await.unwrap();
    (journal, house.store.ledger_size().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_at_once_get_one_certificate() {
    let house = House::new().await;
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let (request, _key) = request(suite);
        let before = records(&house).await;
        let all = (0..64).map(|_| {
            let (trust, request) = (house.trust.clone(), request.clone());
            tokio::spawn(async move { trust.issue_event("t", request).await })
        });
        let all: Vec<_> = all.collect();
        let mut certificates = Vec::new();
        for one in all {
            certificates.push(one.await.unwrap().unwrap()[0].clone());
        }
        certificates.dedup();
        assert_eq!(certificates.len(), 1);
        assert_eq!(records(&house).await, (before.0 + 1, before.1 + 1));
    }
}

/// Two services over one store have no memory in common: the database decides.
#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_to_two_services_get_one_certificate() {
    let house = House::new().await;
    let other = house.twin().await;
    let before = records(&house).await;
    let (request, _key) = request(Suite::P256Sha256);
    let all = (0..32).map(|n| {
        let trust = if n % 2 == 0 { &house.trust } else { &other };
        let (trust, request) = (trust.clone(), request.clone());
        tokio::spawn(async move { trust.issue_event("t", request).await })
    });
    let all: Vec<_> = all.collect();
    let mut certificates = Vec::new();
    for one in all {
        certificates.push(one.await.unwrap().unwrap()[0].clone());
    }
    certificates.dedup();
    assert_eq!(certificates.len(), 1);
    assert_eq!(records(&house).await, (before.0 + 1, before.1 + 1));
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes_after_a_restart_and_its_end() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let mut house = House::new().await;
        let (request, _key) = request(suite);
        let first = issue(&house, &request).await;
        let before = records(&house).await;
        assert_eq!(issue(&house, &request).await.der(), first.der());
        house = house.again().await.unwrap();
        house.wait(DAY);
        let again = issue(&house, &request).await;
        assert_eq!(again.der(), first.der());
        assert!(again.not_after() < (NOW + DAY) / 1000);
        assert_eq!(records(&house).await, before);
        house.trust.fsck().await.unwrap();
    }
}

/// What a power cut between journal and signature leaves.
#[tokio::test]
async fn a_journaled_certificate_that_was_not_signed_is_signed_when_asked_for_again() {
    let house = House::new().await;
    let (request, _key) = request(Suite::P256Sha256);
    let first = issue(&house, &request).await;
    let folder = house.close().await;
    let url = format!("sqlite://{}", folder.path().join("inkseal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let lost = sqlx::query("DELETE FROM certificate_signature")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(lost.rows_affected(), 1);
    connection.close().await.unwrap();

    let house = House::open(folder).await.unwrap();
    house.wait(DAY);
    let before = records(&house).await;
    let second = issue(&house, &request).await;
    assert_eq!(second.tbs(), first.tbs());
    let house = house.again().await.unwrap();
    assert_eq!(issue(&house, &request).await.der(), second.der());
    assert_eq!(records(&house).await, before);
}

#[tokio::test]
async fn a_key_that_has_a_certificate_gets_no_other() {
    let mut house = House::new().await;
    let (request, _key) = request(Suite::P256Sha256);
    issue(&house, &request).await;
    let mut others = vec![request.clone(); 5];
    others[0].binding.act = "another act".to_owned();
    others[1].binding.revision = digest(Hash::Sm3, b"another revision");
    others[2].binding.evidence = digest(Hash::Sha256, b"other evidence");
    others[3].subject.common_name = "李四".to_owned();
    others[4].subject.serial_number = None;
    for _ in 0..2 {
        let before = records(&house).await;
        for other in &others {
            let refused = house.trust.issue_event("t", other.clone()).await;
            assert_eq!(refused.unwrap_err().code(), "key-certified-before");
        }
        let tenant = house.trust.issue_event("other", request.clone()).await;
        assert_eq!(tenant.unwrap_err().code(), "key-certified-before");
        let spki = request.spki.clone();
        let lasting =
            house
                .trust
                .issue_lasting("t", Lasting::Enterprise, request.suite, person(), spki, 2);
        let lasting = lasting.await.unwrap_err();
        assert_eq!(lasting.code(), "key-certified-before");
        assert_eq!(records(&house).await, before);
        // From memory first, from the database then.
        house = house.again().await.unwrap();
    }
}

#[tokio::test]
async fn each_lasting_profile_and_each_validity_is_a_request_of_its_own() {
    let house = House::new().await;
    let suite = Suite::P256Sha256;
    let key = SoftwareKey::generate(suite).unwrap();
    let spki = || key.spki().to_vec();
    let trust = &house.trust;
    let first = trust
        .issue_lasting("t", Lasting::Person, suite, person(), spki(), 2)
        .await;
    let again = trust
        .issue_lasting("t", Lasting::Person, suite, person(), spki(), 2)
        .await;
    assert_eq!(first.unwrap(), again.unwrap());
    let longer = trust
        .issue_lasting("t", Lasting::Person, suite, person(), spki(), 3)
        .await;
    let maker = trust
        .issue_lasting("t", Lasting::SealMaker, suite, person(), spki(), 2)
        .await;
    for refused in [longer, maker] {
        assert_eq!(refused.unwrap_err().code(), "key-certified-before");
    }
}
