//! The signing act: whole, or nothing.

use std::sync::atomic::Ordering::SeqCst;

use pdf::verify::{Verdict, verify};
use signing::{event::Order, service::CommandKey};

use crate::house::{House, TENANT};

#[tokio::test]
async fn a_contract_of_two_is_complete_when_both_have_signed() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let first = house.sign(&contract, "borrower").await.unwrap();
    assert_eq!(first.state, "signing");
    let unfinished = house
        .signing
        .finished(TENANT, &contract.contract)
        .await
        .unwrap_err();
    assert_eq!(unfinished.code(), "contract-not-complete");
    let second = house.sign(&contract, "lender").await.unwrap();
    assert_eq!(second.state, "complete");

    let finished = house
        .signing
        .finished(TENANT, &contract.contract)
        .await
        .unwrap();
    let report = verify(&finished.file, &house.authority.anchors(), house.now());
    assert_eq!(report.verdict, Verdict::Valid, "{}", report.reason);
    let modes: Vec<_> = report
        .signatures
        .iter()
        .map(|s| s.mode.clone().unwrap())
        .collect();
    assert_eq!(modes, ["pad", "sms", "closing", "closing"]);
    assert_eq!(finished.manifests.len(), 4);
}

#[tokio::test]
async fn a_manifest_that_was_swapped_is_refused() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    house.authority.swap_manifest.store(true, SeqCst);
    let refused = house.sign(&contract, "borrower").await.unwrap_err();
    assert_eq!(refused.code(), "manifest-mismatch");
    let view = house
        .signing
        .view(TENANT, &contract.contract)
        .await
        .unwrap();
    assert_eq!(view.parties[0].act, None, "nothing was signed");
}

#[tokio::test]
async fn without_certificate_or_timestamp_nothing_is_signed_and_the_signer_tries_again() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.ready(&contract, "borrower").await;
    let package = house.submission(&contract, "borrower", &secret).await;
    for part in [&house.authority.down, &house.authority.no_time] {
        part.store(true, SeqCst);
        let failed = house
            .signing
            .submit(&secret, &package, None)
            .await
            .unwrap_err();
        assert_eq!(failed.code(), "port-down");
        let view = house
            .signing
            .view(TENANT, &contract.contract)
            .await
            .unwrap();
        assert_eq!(view.parties[0].act, None, "nothing was signed");
        part.store(false, SeqCst);
    }
    house.signing.submit(&secret, &package, None).await.unwrap();
}

#[tokio::test]
async fn the_closing_fails_with_its_last_party_and_both_come_later() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    house.sign(&contract, "borrower").await.unwrap();
    let secret = house.ready(&contract, "lender").await;
    let package = house.submission(&contract, "lender", &secret).await;
    house.authority.no_time.store(true, SeqCst);
    house
        .signing
        .submit(&secret, &package, None)
        .await
        .unwrap_err();
    let view = house
        .signing
        .view(TENANT, &contract.contract)
        .await
        .unwrap();
    assert_eq!(
        (view.state.as_str(), &view.parties[1].act),
        ("signing", &None)
    );
    house.authority.no_time.store(false, SeqCst);
    let receipt = house.signing.submit(&secret, &package, None).await.unwrap();
    assert_eq!(receipt.state, "complete");
}

#[tokio::test]
async fn the_same_command_gives_the_same_receipt_and_signs_once() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.ready(&contract, "borrower").await;
    let package = house.submission(&contract, "borrower", &secret).await;
    let key = CommandKey {
        key: "k".to_owned(),
        request: "r".to_owned(),
    };
    let first = house
        .signing
        .submit(&secret, &package, Some(&key))
        .await
        .unwrap();
    let again = house
        .signing
        .submit(&secret, &package, Some(&key))
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(*house.authority.issued.lock().unwrap(), 1);

    let other = CommandKey {
        request: "other".to_owned(),
        ..key
    };
    let refused = house
        .signing
        .submit(&secret, &package, Some(&other))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "idempotency-key-reused");
    let refused = house
        .signing
        .submit(&secret, &package, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "already-signed");
}

#[tokio::test]
async fn a_session_signs_no_other_contract_and_no_other_document() {
    let house = House::new().await;
    let mine = house.contract(Order::Parallel).await;
    let other = house.contract(Order::Parallel).await;
    let secret = house.ready(&mine, "borrower").await;
    let refused = house
        .signing
        .submit(
            &secret,
            &house.submission(&other, "borrower", &secret).await,
            None,
        )
        .await;
    assert_eq!(refused.unwrap_err().code(), "session-foreign");
    let mut package = house.submission(&mine, "borrower", &secret).await;
    package.document = crypto::digest(crypto::Hash::Sm3, b"another document");
    let refused = house
        .signing
        .submit(&secret, &package, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "document-mismatch");
}

/// Submissions of both parties race, on one node and on two; each contract gets both.
#[tokio::test(flavor = "multi_thread")]
async fn two_parties_at_the_same_instant_both_succeed_in_some_order() {
    let house = House::new().await;
    let elsewhere = house.node().await;
    for round in 0..6 {
        let contract = house.contract(Order::Parallel).await;
        let (one, two) = (
            house.ready(&contract, "borrower").await,
            house.ready(&contract, "lender").await,
        );
        let second = if round % 2 == 0 {
            &house.signing
        } else {
            &elsewhere
        };
        let (borrower, lender) = (
            house.submission(&contract, "borrower", &one).await,
            house.submission(&contract, "lender", &two).await,
        );
        let (first, last) = tokio::join!(
            house.signing.submit(&one, &borrower, None),
            second.submit(&two, &lender, None)
        );
        first.unwrap();
        last.unwrap();
        let node = house.node().await;
        let finished = node.finished(TENANT, &contract.contract).await.unwrap();
        let report = verify(&finished.file, &house.authority.anchors(), house.now());
        assert_eq!(
            report.verdict,
            Verdict::Valid,
            "round {round}: {}",
            report.reason
        );
    }
}

/// The signer's connection breaks while the act is being written.
#[tokio::test]
async fn a_caller_that_hangs_up_leaves_the_contract_as_it_is_on_disk() {
    let house = House::new().await;
    for polls in 1..40 {
        let contract = house.contract(Order::Parallel).await;
        let secret = house.ready(&contract, "borrower").await;
        let package = house.submission(&contract, "borrower", &secret).await;
        {
            let mut act = std::pin::pin!(house.signing.submit(&secret, &package, None));
            for _ in 0..polls {
                if futures::poll!(act.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Whatever was written, the other party signs on top of it at the first try.
        house.sign(&contract, "lender").await.unwrap();
    }
}
