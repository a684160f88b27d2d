//! Where certificates say that their state is told, as strangers' tools follow it.

use crypto::{Signer, SoftwareKey, Suite};
use pki::{
    Certificate,
    revocation::{Crl, Reason},
};
use trust::Lasting;

use crate::{
    house::{House, NOW, URL, person, request},
    openssl::Desk,
};

const WEEK: i64 = 7 * 24 * 3_600_000;

async fn company(house: &House, suite: Suite) -> Vec<Certificate> {
    let key = SoftwareKey::generate(suite).unwrap();
    let spki = key.spki().to_vec();
    let issued = house
        .trust
        .issue_lasting("t", Lasting::Enterprise, suite, person(), spki, 2);
    issued.await.unwrap()
}

/// The list at an address of this house.
async fn fetch(house: &House, address: &str) -> Option<Crl> {
    let path = address.strip_prefix(URL).expect("an address of the house");
    let file = path.strip_prefix("/api/v1/trust/crl/").expect("a list");
    let list = house.trust.crl(file.strip_suffix(".crl").unwrap()).await;
    list.unwrap().map(|der| Crl::from_der(&der).unwrap())
}

#[tokio::test]
async fn an_event_certificate_names_no_address_and_the_others_do() {
    let house = House::publishing().await;
    let suite = Suite::P256Sha256;
    let (event, _key) = request(suite);
    let event = house.trust.issue_event("t", event).await.unwrap();
    assert!(event[0].has_no_revocation());
    assert!(event[0].crl_urls().is_empty() && event[0].ocsp_urls().is_empty());

    let fresh = || SoftwareKey::generate(suite).unwrap().spki().to_vec();
    let trust = &house.trust;
    let lasting = [
        trust
            .issue_lasting("t", Lasting::Person, suite, person(), fresh(), 1)
            .await,
        trust
            .issue_lasting("t", Lasting::Enterprise, suite, person(), fresh(), 1)
            .await,
        trust
            .issue_lasting("t", Lasting::SealMaker, suite, person(), fresh(), 1)
            .await,
        trust.issue_log(suite, fresh()).await,
    ];
    for chain in lasting {
        let chain = chain.unwrap();
        assert!(!chain[0].has_no_revocation());
        assert_eq!(chain[0].ocsp_urls(), [format!("{URL}/api/v1/trust/ocsp")]);
        let list = fetch(&house, &chain[0].crl_urls()[0]).await.unwrap();
        list.verify(&chain[1]).unwrap();
        // The authority's own state is on the root's list.
        let roots = fetch(&house, &chain[1].crl_urls()[0]).await.unwrap();
        let root = house
            .anchors()
            .into_iter()
            .find(|root| root.subject() == chain[1].issuer());
        roots.verify(&root.unwrap()).unwrap();
        assert!(chain[1].ocsp_urls().is_empty());
    }
}

#[tokio::test]
async fn a_list_of_a_period_has_its_certificates_alone() {
    let house = House::publishing().await;
    let suite = Suite::P256Sha256;
    let (early, early_too) = (company(&house, suite).await, company(&house, suite).await);
    house.wait(14 * WEEK);
    let late = company(&house, suite).await;
    assert_eq!(early[0].crl_urls(), early_too[0].crl_urls());
    assert_ne!(early[0].crl_urls(), late[0].crl_urls());
    let serials = [early[0].serial_hex(), late[0].serial_hex()];
    house
        .trust
        .revoke("t", &serials, Reason::Superseded)
        .await
        .unwrap();
    for (certificate, others) in [(&early[0], &late[0]), (&late[0], &early[0])] {
        let list = fetch(&house, &certificate.crl_urls()[0]).await.unwrap();
        list.verify(&early[1]).unwrap();
        assert!(list.revoked(certificate.serial()).is_some());
        assert!(list.revoked(others.serial()).is_none());
        assert_eq!(list.len(), 1);
    }
    let whole = house.trust.crl(suite.name()).await.unwrap().unwrap();
    assert_eq!(Crl::from_der(&whole).unwrap().len(), 2);
}

#[tokio::test]
async fn there_is_no_list_of_a_period_without_certificates() {
    let house = House::publishing().await;
    let period = NOW / 1000 / (91 * 24 * 3600);
    for (name, there) in [
        (format!("p256-sha256-{period}"), true),
        (format!("p256-sha256-{}", period + 1), false),
        (format!("p256-sha256-{}", period - 1), false),
        (format!("p256-sha256-0{period}"), false),
        (format!("p256-sha256-+{period}"), false),
        ("p256-sha256--1".to_owned(), false),
        ("p256-sha256-".to_owned(), false),
        ("p256-sha256-root".to_owned(), true),
        ("rsa2048-sha256-root".to_owned(), false),
    ] {
        let list = house.trust.crl(&name).await.unwrap();
        assert_eq!(list.is_some(), there, "{name}");
    }
}

/// OpenSSL takes a list with a distribution point for certificates that name the point
/// and for no others.
#[tokio::test]
async fn openssl_judges_by_the_list_of_the_period() {
    let house = House::publishing().await;
    let suite = Suite::P256Sha256;
    let (revoked, good) = (company(&house, suite).await, company(&house, suite).await);
    house.wait(14 * WEEK);
    let late = company(&house, suite).await;
    let serials = [revoked[0].serial_hex()];
    let reason = Reason::KeyCompromise;
    house.trust.revoke("t", &serials, reason).await.unwrap();

    let desk = Desk::new();
    desk.put("root.pem", house.trust.anchors_pem());
    desk.put_pem("issuing.pem", &good[1..]);
    let period = fetch(&house, &good[0].crl_urls()[0]).await.unwrap();
    let roots = fetch(&house, &good[1].crl_urls()[0]).await.unwrap();
    desk.put("period.crl", period.der());
    desk.put("roots.crl", roots.der());
    for list in ["period", "roots"] {
        desk.ok(&format!("crl -inform DER -in {list}.crl -out {list}.pem"));
    }
    let lists = desk.get("period.pem");
    desk.put("lists.pem", [lists, desk.get("roots.pem")].concat());
    let at = (NOW + 14 * WEEK) / 1000 + 60;
    let judge = |chain: &[Certificate]| {
        desk.put_pem("leaf.pem", &chain[..1]);
        desk.run(&format!(
            "verify -x509_strict -extended_crl -crl_check_all -attime {at} -CAfile root.pem \
             -untrusted issuing.pem -CRLfile lists.pem leaf.pem"
        ))
    };
    let (ok, said) = judge(&good);
    assert!(ok, "{said}");
    let (ok, said) = judge(&revoked);
    assert!(!ok && said.contains("certificate revoked"), "{said}");
    let (ok, said) = judge(&late);
    assert!(!ok && said.contains("different CRL scope"), "{said}");
}
