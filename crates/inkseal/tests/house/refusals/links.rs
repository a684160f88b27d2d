//! One-time links.

use serde_json::json;

use crate::kit::{House, contract};

const OPEN: &str = "/api/v1/sessions/open";

#[tokio::test]
async fn a_link_opens_once() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.visit("borrower").await;
    let again = json!({ "link": visit.token });
    house
        .anybody()
        .post(OPEN, &again)
        .await
        .refused(410, "link-used");
    // The first to open it is not disturbed.
    visit.read().await;
}

#[tokio::test]
async fn an_unknown_link_opens_nothing() {
    let house = House::start();
    let anybody = house.anybody();
    for link in [
        "0123456789abcdef0123456789abcdef",
        "",
        "'; --",
        &"f".repeat(10_000),
    ] {
        let opened = anybody.post(OPEN, &json!({ "link": link })).await;
        opened.refused(404, "link-unknown");
    }
}

#[tokio::test]
async fn a_link_that_was_replaced_opens_nothing() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let wanted = json!({ "role": "borrower" });
    let link = contract.post("/links", &wanted).await.ok();
    contract.post("/links", &wanted).await.ok();
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1;
    let opened = house.anybody().post(OPEN, &json!({ "link": token })).await;
    opened.refused(410, "link-expired");
}

#[tokio::test]
async fn a_link_is_good_for_an_hour_or_more() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let wanted = json!({ "role": "borrower", "hours": 0 });
    contract
        .post("/links", &wanted)
        .await
        .refused(422, "invalid-field");
}

#[tokio::test]
async fn a_link_is_made_only_for_a_person_of_the_contract() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let seal = json!({ "role": "guarantor", "mode": "seal", "company": company["company"] });
    let contract = contract()
        .person("borrower", "pad")
        .party(seal)
        .make(&acme)
        .await;
    let refused = contract
        .post("/links", &json!({ "role": "stranger" }))
        .await;
    let problem = refused.refused(404, "no-such-party");
    assert!(problem["detail"].as_str().unwrap().contains("stranger"));
    let refused = contract
        .post("/links", &json!({ "role": "guarantor" }))
        .await;
    refused.refused(409, "not-in-mode");
    let refused = contract
        .post("/seals", &json!({ "role": "borrower" }))
        .await;
    refused.refused(409, "not-in-mode");
}
