//! Whose turn it is.

use serde_json::json;

use crate::kit::{House, contract};

#[tokio::test]
async fn parties_sign_in_order_where_an_order_is_agreed() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().with("order", "sequential");
    let draft = draft.person("first", "pad").person("second", "pad");
    let contract = draft.make(&acme).await;
    let second = contract.reader("second").await;
    let refused = second.submit(&second.by_hand()).await;
    let problem = refused.refused(409, "not-your-turn");
    assert!(problem["detail"].as_str().unwrap().contains("second"));
    contract.sign_by_hand("first").await;
    second.submit(&second.by_hand()).await.ok();
    assert_eq!(contract.state().await, "complete");
}

#[tokio::test]
async fn a_party_signs_once() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "pad");
    let contract = draft.make(&acme).await;
    // The second link takes the place of the first one.
    let (other, visit) = (
        contract.reader("borrower").await,
        contract.reader("borrower").await,
    );
    other
        .submit(&other.by_hand())
        .await
        .refused(410, "session-expired");
    visit.submit(&visit.by_hand()).await.ok();
    let act = contract.act("borrower").await;
    visit
        .submit(&visit.by_hand())
        .await
        .refused(409, "already-signed");
    let refused = contract
        .post("/links", &json!({ "role": "borrower" }))
        .await;
    refused.refused(409, "already-signed");
    assert_eq!(contract.act("borrower").await, act);
}

#[tokio::test]
async fn nobody_gets_a_half_signed_contract() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "pad");
    let contract = draft.make(&acme).await;
    let visit = contract.reader("borrower").await;
    visit.submit(&visit.by_hand()).await.ok();
    for part in ["/file", "/manifests", "/receipts"] {
        contract
            .get(part)
            .await
            .refused(409, "contract-not-complete");
    }
    let own = visit.client.get("/api/v1/session/file").await;
    own.refused(409, "contract-not-complete");
    contract.sign_by_hand("lender").await;
    let file = contract.get("/file").await.bytes();
    assert_eq!(visit.client.get("/api/v1/session/file").await.bytes(), file);
    house.verified(&contract).await;
}
