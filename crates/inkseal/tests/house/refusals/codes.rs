//! One-time codes.

use serde_json::json;

use crate::kit::{House, contract, contract::PHONE};

/// A code that is not this one.
fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_code_can_be_tried_five_times() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let visit = contract.reader("lender").await;
    visit.ask_code().await.ok();
    let code = house.code(PHONE).await;
    for left in [4, 3, 2, 1, 0] {
        let problem = visit.try_code(other(&code)).await;
        assert_eq!(problem.refused(422, "code-wrong")["left"], left);
    }
    // The right one comes too late.
    visit.try_code(&code).await.refused(429, "code-exhausted");
    let signed = visit.submit(&visit.package()).await;
    signed.refused(422, "evidence-missing");

    visit.ask_code().await.ok();
    let code = house.code(PHONE).await;
    visit.try_code(&code).await.ok();
    visit.submit(&visit.package()).await.ok();
}

/// The gateway takes the message, and is silent.
#[tokio::test]
async fn a_silent_gateway_keeps_nobody_from_the_contract() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("lender", "sms").person("borrower", "pad");
    let contract = draft.make(&acme).await;
    let visit = contract.reader("lender").await;
    let gateway = house.gateway();
    gateway
        .post("/simulator", &json!({ "instead": "hold" }))
        .await
        .ok();
    let asking = visit.clone();
    let asking = tokio::spawn(async move { asking.ask_code().await });
    while gateway.get("/simulator").await.ok()["requests"] == 0 {
        tokio::task::yield_now().await;
    }
    contract.sign_by_hand("borrower").await;
    assert_eq!(contract.state().await, "signing");
    gateway.post("/simulator", &json!({})).await.ok();
    asking.await.unwrap().ok();
    visit.try_code(&house.code(PHONE).await).await.ok();
    visit.submit(&visit.package()).await.ok();
    assert_eq!(contract.state().await, "complete");
}

#[tokio::test]
async fn tries_are_counted_over_a_power_cut() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let visit = contract.reader("lender").await;
    visit.ask_code().await.ok();
    let code = house.code(PHONE).await;
    visit
        .try_code(other(&code))
        .await
        .refused(422, "code-wrong");
    let house = house.after_power_cut();
    let problem = house.back(visit).try_code(other(&code)).await;
    assert_eq!(problem.refused(422, "code-wrong")["left"], 3);
}

#[tokio::test]
async fn a_code_is_good_once_and_in_its_session_alone() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("lender", "sms");
    let (first, second) = (draft.make(&acme).await, draft.make(&acme).await);
    let (first, second) = (first.reader("lender").await, second.reader("lender").await);
    first.try_code("000000").await.refused(409, "code-not-sent");
    second.ask_code().await.ok();
    first.ask_code().await.ok();
    let code = house.code(PHONE).await;
    // Once in a million the codes are equal; they are bound to their session even then.
    second.try_code(&code).await.refused(422, "code-wrong");
    first.try_code(&code).await.ok();
    first.try_code(&code).await.refused(409, "code-not-sent");
}

#[tokio::test]
async fn a_session_gets_five_codes() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let visit = contract.visit("lender").await;
    for _ in 0..5 {
        visit.ask_code().await.ok();
    }
    visit.ask_code().await.refused(429, "code-limit");
}

#[tokio::test]
async fn who_signs_by_hand_gets_no_code() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.visit("borrower").await;
    visit.ask_code().await.refused(409, "not-in-mode");
}
