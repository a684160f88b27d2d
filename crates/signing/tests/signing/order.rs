//! Who may sign when, and how contracts end.

use signing::{event::Order, policy::ItemKind, service::PageShown};

use crate::house::{HOUR, House, TENANT};

#[tokio::test]
async fn in_order_the_second_waits_for_the_first() {
    let house = House::new().await;
    let contract = house.contract(Order::Sequential).await;
    let secret = house.visit(&contract, "lender").await;
    house.read(&contract, &secret).await;
    let early = house.send_code(&secret).await.unwrap_err();
    assert_eq!(early.code(), "not-your-turn");
    let early = house
        .signing
        .submit(
            &secret,
            &house.submission(&contract, "lender", &secret).await,
            None,
        )
        .await;
    assert_eq!(early.unwrap_err().code(), "not-your-turn");
    house.sign(&contract, "borrower").await.unwrap();
    assert_eq!(
        house.sign(&contract, "lender").await.unwrap().state,
        "complete"
    );
}

#[tokio::test]
async fn a_refusal_ends_the_contract_for_all() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let other = house.ready(&contract, "lender").await;
    let secret = house.visit(&contract, "borrower").await;
    house.signing.refuse(&secret, "金额不对").await.unwrap();
    let view = house
        .signing
        .view(TENANT, &contract.contract)
        .await
        .unwrap();
    assert_eq!(view.state, "refused");
    let late = house
        .signing
        .submit(
            &other,
            &house.submission(&contract, "lender", &secret).await,
            None,
        )
        .await;
    assert_eq!(late.unwrap_err().code(), "contract-ended");
    assert_eq!(
        house.signing.session(&other).await.unwrap().state,
        "refused"
    );
}

#[tokio::test]
async fn a_withdrawal_ends_a_contract_but_not_a_complete_one() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    house
        .signing
        .withdraw(TENANT, &contract.contract)
        .await
        .unwrap();
    let link = house
        .signing
        .issue_link(TENANT, &contract.contract, "lender", HOUR, None)
        .await;
    assert_eq!(link.unwrap_err().code(), "contract-ended");

    let contract = house.contract(Order::Parallel).await;
    house.sign(&contract, "borrower").await.unwrap();
    house.sign(&contract, "lender").await.unwrap();
    let late = house
        .signing
        .withdraw(TENANT, &contract.contract)
        .await
        .unwrap_err();
    assert_eq!(late.code(), "contract-complete");
}

#[tokio::test]
async fn another_tenant_sees_nothing() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    for refused in [
        house
            .signing
            .view("other", &contract.contract)
            .await
            .unwrap_err(),
        house
            .signing
            .withdraw("other", &contract.contract)
            .await
            .unwrap_err(),
        house
            .signing
            .finished("other", &contract.contract)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refused.code(), "not-found");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "borrower").await;
    let mut package = house.submission(&contract, "borrower", &secret).await;
    package.handwriting = None;
    let missing = house
        .signing
        .submit(&secret, &package, None)
        .await
        .unwrap_err();
    let kinds = [ItemKind::Reading, ItemKind::Handwriting].map(ItemKind::name);
    assert_eq!(missing.code(), "evidence-missing");
    assert!(
        kinds.iter().all(|kind| missing.to_string().contains(kind)),
        "{missing}"
    );

    let secret = house.visit(&contract, "lender").await;
    house.read(&contract, &secret).await;
    let missing = house
        .signing
        .submit(
            &secret,
            &house.submission(&contract, "lender", &secret).await,
            None,
        )
        .await;
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains(ItemKind::Code.name())
    );
}

#[tokio::test]
async fn handwriting_is_no_evidence_where_a_code_is_asked_for() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.ready(&contract, "lender").await;
    let package = house.submission(&contract, "borrower", &secret).await;
    let refused = house
        .signing
        .submit(&secret, &package, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not-in-mode");
}

#[tokio::test]
async fn evidence_is_added_before_the_act_and_never_after_it() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.ready(&contract, "borrower").await;
    house
        .signing
        .submit(
            &secret,
            &house.submission(&contract, "borrower", &secret).await,
            None,
        )
        .await
        .unwrap();
    let digest = house.signing.page(&secret, 1, 750).await.unwrap().digest;
    let shown = [PageShown {
        page: 1,
        width: 750,
        digest,
        milliseconds: 900,
    }];
    let late = house.signing.read(&secret, &shown).await.unwrap_err();
    assert_eq!(late.code(), "already-signed");
}

#[tokio::test]
async fn evidence_has_an_end() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "borrower").await;
    for _ in 0..100 {
        house.read(&contract, &secret).await;
    }
    let digest = house.signing.page(&secret, 1, 750).await.unwrap().digest;
    let shown = [PageShown {
        page: 1,
        width: 750,
        digest,
        milliseconds: 900,
    }];
    let refused = house.signing.read(&secret, &shown).await.unwrap_err();
    assert_eq!(refused.code(), "evidence-limit");
}

#[tokio::test]
async fn a_new_link_takes_the_place_of_the_old_ones() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let leaked = house.ready(&contract, "borrower").await;
    let unopened = house
        .signing
        .issue_link(TENANT, &contract.contract, "borrower", HOUR, None)
        .await;
    let fresh = house.ready(&contract, "borrower").await;
    let package = house.submission(&contract, "borrower", &fresh).await;
    let refused = house
        .signing
        .submit(&leaked, &package, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "session-expired");
    let refused = house
        .signing
        .open_link(&unopened.unwrap().token)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "link-expired");
    house.signing.submit(&fresh, &package, None).await.unwrap();
}

#[tokio::test]
async fn a_contract_that_came_to_nothing_is_shown_no_more() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret = house.visit(&contract, "borrower").await;
    house.signing.page(&secret, 1, 750).await.unwrap();
    house
        .signing
        .withdraw(TENANT, &contract.contract)
        .await
        .unwrap();
    let refused = house.signing.page(&secret, 1, 750).await.unwrap_err();
    assert_eq!(refused.code(), "contract-ended");
}
