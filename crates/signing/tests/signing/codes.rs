//! One-time codes on their way: counted before they are sent, good when they are, and in
//! nobody's way.

use std::sync::atomic::Ordering::SeqCst;

use signing::event::Order;

use crate::house::{House, TENANT};

/// Neither another party nor the sender waits for a gateway, and the code that came by
/// telephone is good though the gateway has not said so yet.
#[tokio::test]
async fn a_gateway_that_is_silent_holds_up_nobody_else() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "lender").await;
    let silent = house.outbox.hold().await;
    let (signing, lender) = (house.signing.clone(), secret.clone());
    let here = std::net::Ipv4Addr::LOCALHOST.into();
    let sending = tokio::spawn(async move { signing.send_code(&lender, here).await });
    house.outbox.given().await;
    house.sign(&contract, "borrower").await.unwrap();
    house.signing.session(&secret).await.unwrap();
    let code = house.outbox.code();
    let mut trying = Box::pin(house.signing.try_code(&secret, &code));
    // It waits for the gateway, and is not refused meanwhile.
    for _ in 0..1000 {
        assert!(futures::poll!(&mut trying).is_pending());
        tokio::task::yield_now().await;
    }
    drop(silent);
    sending.await.unwrap().unwrap();
    trying.await.unwrap();
    house.read(&contract, &secret).await;
    let package = house.submission(&contract, "lender", &secret).await;
    house.signing.submit(&secret, &package, None).await.unwrap();
}

/// What the gateway did not take may have come all the same: it counts, and it is not good.
#[tokio::test]
async fn a_code_that_the_gateway_did_not_take_counts_and_is_not_good() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "lender").await;
    house.send_code(&secret).await.unwrap();
    let good = house.outbox.code();
    house.outbox.down.store(true, SeqCst);
    for _ in 0..4 {
        let failed = house.send_code(&secret).await.unwrap_err();
        assert_eq!(failed.code(), "port-down");
    }
    let lost = house.outbox.code();
    house.outbox.down.store(false, SeqCst);
    let refused = house.send_code(&secret).await.unwrap_err();
    assert_eq!(refused.code(), "code-limit");
    if lost != good {
        let refused = house.signing.try_code(&secret, &lost).await.unwrap_err();
        assert_eq!(refused.code(), "code-wrong");
    }
    house.signing.try_code(&secret, &good).await.unwrap();
}

/// The contract ends while the gateway thinks.
#[tokio::test]
async fn a_code_is_not_good_in_a_contract_that_ended_meanwhile() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "lender").await;
    let silent = house.outbox.hold().await;
    let (signing, lender) = (house.signing.clone(), secret.clone());
    let here = std::net::Ipv4Addr::LOCALHOST.into();
    let sending = tokio::spawn(async move { signing.send_code(&lender, here).await });
    house.outbox.given().await;
    let id = &contract.contract;
    house.signing.withdraw(TENANT, id).await.unwrap();
    drop(silent);
    let refused = sending.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), "contract-ended");
}
