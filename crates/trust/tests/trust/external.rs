//! The record of what an authority elsewhere was asked for, issued and revoked.

use crypto::Suite;
use pki::revocation::{Reason, Revoked};
use trust::TrustError;

use crate::house::{FIRST, House, NOW, request};

#[tokio::test]
async fn what_is_issued_elsewhere_is_in_journal_and_ledger() {
    let (house, elsewhere) = (House::new().await, House::new().await);
    let wanted = request(Suite::Sm2Sm3).0;
    let chain = elsewhere.trust.issue_event("t", wanted).await.unwrap();
    let leaf = &chain[0];
    let trust = &house.trust;
    trust.record_request("t", b"request").await.unwrap();
    trust.record_external("t", "act", leaf).await.unwrap();
    let serial = leaf.serial_hex();
    assert_eq!(trust.sequence().await.unwrap(), FIRST + 2);
    let asked = trust.receipt(FIRST).await.unwrap();
    let asked = asked.verify(&trust.ledger_key()).unwrap();
    let asked = String::from_utf8(asked).unwrap();
    assert!(asked.starts_with(r#"{"kind":"certificate-request","request":"sha256:"#));
    let issued = trust.receipt(FIRST + 1).await.unwrap();
    let issued = issued.verify(&trust.ledger_key()).unwrap();
    assert!(String::from_utf8(issued).unwrap().contains(&serial));
    let clean = trust.fsck().await.unwrap();
    assert_eq!(clean.requests, 1);
    // Whose it is, and that it is none of ours.
    let owner = trust.external_owner(&serial).await.unwrap();
    assert_eq!(owner.as_deref(), Some("t"));
    assert_eq!(trust.external_owner("00").await.unwrap(), None);
    let order = [serial.clone()];
    let refused = trust.revoke("t", &order, Reason::KeyCompromise).await;
    assert!(matches!(refused, Err(TrustError::NotRevocable(_))));
    // A serial number that comes again, or is one of ours.
    let again = trust.record_external("t", "other", leaf).await.unwrap_err();
    assert_eq!(again.code(), "certificate-serial-used");
    let ours = house.trust.issue_event("t", request(Suite::Sm2Sm3).0).await;
    let ours = ours.unwrap();
    let again = trust.record_external("t", "act", &ours[0]).await;
    assert!(matches!(again, Err(TrustError::SerialUsed(_))));
    assert_eq!(
        trust.external_owner(&ours[0].serial_hex()).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_revocation_elsewhere_is_recorded_once() {
    let (house, elsewhere) = (House::new().await, House::new().await);
    let wanted = request(Suite::Sm2Sm3).0;
    let chain = elsewhere.trust.issue_event("t", wanted).await.unwrap();
    house
        .trust
        .record_external("t", "enterprise", &chain[0])
        .await
        .unwrap();
    let serial = chain[0].serial_hex();
    let told = |at_ms, reason| Revoked {
        at_ms,
        reason,
        invalid_since_ms: None,
    };
    let first = told(NOW, Reason::KeyCompromise);
    let later = told(NOW + 9, Reason::Superseded);
    for told in [first, later] {
        let all = [(serial.clone(), told)];
        let recorded = house.trust.record_external_revocations("t", &all).await;
        assert_eq!(recorded.unwrap(), [first]);
    }
    house.trust.sequence().await.unwrap();
    assert_eq!(house.trust.fsck().await.unwrap().revocations, 1);
    let house = house.again().await.unwrap();
    let known = house.trust.revocation(&serial).await.unwrap();
    assert_eq!(known, Some(first));
}

/// What was signed with an authority's certificates leads to its anchors for ever, also
/// when it is no longer asked.
#[tokio::test]
async fn anchors_elsewhere_are_given_out_from_then_on() {
    let (house, elsewhere) = (House::new().await, House::new().await);
    let before = house.trust.anchors_pem();
    let theirs = elsewhere.anchors();
    for _ in 0..2 {
        house.trust.add_anchors(&theirs).await.unwrap();
        let house_and_theirs = house.trust.anchors_pem();
        assert!(house_and_theirs.starts_with(&before));
        assert_eq!(house.anchors().len(), 4);
    }
    let house = house.again().await.unwrap();
    for anchor in theirs {
        assert!(house.trust.anchors_pem().contains(&anchor.to_pem()));
    }
}
