//! A contract that has ended takes nothing more.

use serde_json::json;

use crate::kit::{Contract, House, contract, visit::Visit};

async fn nothing_goes_on(contract: &Contract, visit: &Visit, code: &str) {
    visit.submit(&visit.by_hand()).await.refused(409, code);
    visit.say_read(&[]).await.refused(409, code);
    let refusal = json!({ "reason": "no" });
    let refused = visit.client.post("/api/v1/session/refusal", &refusal).await;
    refused.refused(409, code);
    let refused = contract.post("/links", &json!({ "role": "lender" })).await;
    refused.refused(409, code);
    contract
        .post("/withdrawal", &json!({}))
        .await
        .refused(409, code);
}

#[tokio::test]
async fn a_refusal_ends_it() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "pad");
    let contract = draft.make(&acme).await;
    let (borrower, lender) = (
        contract.reader("borrower").await,
        contract.reader("lender").await,
    );
    let refusal = json!({ "reason": "利率与约定不符" });
    lender
        .client
        .post("/api/v1/session/refusal", &refusal)
        .await
        .ok();
    assert_eq!(contract.state().await, "refused");
    nothing_goes_on(&contract, &borrower, "contract-ended").await;
    let session = borrower.client.get("/api/v1/session").await.ok();
    assert_eq!(session["state"], "refused");
    contract
        .get("/file")
        .await
        .refused(409, "contract-not-complete");
}

#[tokio::test]
async fn a_withdrawal_ends_it() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "pad");
    let contract = draft.make(&acme).await;
    let borrower = contract.reader("borrower").await;
    contract.post("/withdrawal", &json!({})).await.ok();
    assert_eq!(contract.state().await, "withdrawn");
    nothing_goes_on(&contract, &borrower, "contract-ended").await;
}

#[tokio::test]
async fn completion_ends_it() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "pad").make(&acme).await;
    let late = contract.reader("lender").await;
    late.submit(&late.by_hand()).await.ok();
    nothing_goes_on(&contract, &late, "contract-complete").await;
}
