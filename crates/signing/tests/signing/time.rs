//! Everything ends: links, sessions, codes, contracts.

use signing::event::Order;

use crate::house::{HOUR, House, TENANT};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn a_link_opens_once_and_only_in_its_time() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let issue = || {
        house
            .signing
            .issue_link(TENANT, &contract.contract, "borrower", HOUR, None)
    };
    let link = issue().await.unwrap();
    house.signing.open_link(&link.token).await.unwrap();
    let again = house.signing.open_link(&link.token).await.unwrap_err();
    assert_eq!(again.code(), "link-used");

    let link = issue().await.unwrap();
    house.wait(HOUR);
    let late = house.signing.open_link(&link.token).await.unwrap_err();
    assert_eq!(late.code(), "link-expired");
    let unknown = house
        .signing
        .open_link("00000000000000000000000000000000")
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), "link-unknown");
}

#[tokio::test]
async fn a_session_ends_with_its_time() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.ready(&contract, "borrower").await;
    house.wait(HOUR);
    let late = house
        .signing
        .submit(
            &secret,
            &house.submission(&contract, "borrower", &secret).await,
            None,
        )
        .await;
    assert_eq!(late.unwrap_err().code(), "session-expired");
}

#[tokio::test]
async fn a_contract_expires_by_itself() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    house.sign(&contract, "borrower").await.unwrap();
    house.wait(24 * HOUR - 1);
    let view = house
        .signing
        .view(TENANT, &contract.contract)
        .await
        .unwrap();
    assert_eq!(view.state, "signing");
    house.wait(1);
    let view = house
        .signing
        .view(TENANT, &contract.contract)
        .await
        .unwrap();
    assert_eq!(view.state, "expired");
    let late = house
        .signing
        .issue_link(TENANT, &contract.contract, "lender", HOUR, None)
        .await;
    assert_eq!(late.unwrap_err().code(), "contract-ended");
}

#[tokio::test]
async fn a_code_is_tried_five_times() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "lender").await;
    let early = house.signing.try_code(&secret, "123456").await.unwrap_err();
    assert_eq!(early.code(), "code-not-sent");
    house.send_code(&secret).await.unwrap();
    let right = house.outbox.code();
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for left in (0..5).rev() {
        let error = house.signing.try_code(&secret, wrong).await.unwrap_err();
        assert_eq!(error.code(), "code-wrong");
        assert!(
            error.to_string().contains(&format!("{left} tries")),
            "{error}"
        );
    }
    let sixth = house.signing.try_code(&secret, &right).await.unwrap_err();
    assert_eq!(sixth.code(), "code-exhausted", "not even the right one");
    house.send_code(&secret).await.unwrap();
    house
        .signing
        .try_code(&secret, &house.outbox.code())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_once() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "lender").await;
    house.send_code(&secret).await.unwrap();
    house.wait(5 * MINUTE);
    let late = house
        .signing
        .try_code(&secret, &house.outbox.code())
        .await
        .unwrap_err();
    assert_eq!(late.code(), "code-expired");
    house.send_code(&secret).await.unwrap();
    house.wait(5 * MINUTE - 1);
    house
        .signing
        .try_code(&secret, &house.outbox.code())
        .await
        .unwrap();
    let again = house
        .signing
        .try_code(&secret, &house.outbox.code())
        .await
        .unwrap_err();
    assert_eq!(again.code(), "code-not-sent");
}

#[tokio::test]
async fn a_code_of_another_session_is_wrong() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let other = house.contract(Order::Parallel).await;
    let (one, two) = (
        house.visit(&contract, "lender").await,
        house.visit(&other, "lender").await,
    );
    house.send_code(&one).await.unwrap();
    let of_one = house.outbox.code();
    house.send_code(&two).await.unwrap();
    if of_one != house.outbox.code() {
        let error = house.signing.try_code(&two, &of_one).await.unwrap_err();
        assert_eq!(error.code(), "code-wrong");
    }
}

#[tokio::test]
async fn a_session_gets_five_codes() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "lender").await;
    for _ in 0..5 {
        house.send_code(&secret).await.unwrap();
    }
    assert_eq!(
        house.send_code(&secret).await.unwrap_err().code(),
        "code-limit"
    );
    assert_eq!(
        house.outbox.sent.lock().unwrap().len(),
        5,
        "the sixth was not sent"
    );
}
