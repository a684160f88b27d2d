//! The signing page in a real browser on a phone, against the real server.

use std::process::Command;

use serde_json::Value;

use crate::kit::{House, contract, contract::PHONE, program::Said, repository};

/// Drives the page of a link from opening to receipt.
fn sign(link: &str, arguments: &[&str]) -> Value {
    let script = repository().join("web/e2e/sign.mjs");
    let said = Said::of(Command::new("node").arg(script).arg(link).args(arguments));
    serde_json::from_str(&said.ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_written_by_hand() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let link = contract.link("borrower").await;
    let receipt = sign(&link, &["--mode", "pad"]);
    assert_eq!(
        contract.act("borrower").await.as_deref(),
        receipt["act"].as_str()
    );
    assert_eq!(contract.state().await, "complete");

    let manifests = contract.get("/manifests").await.ok();
    let items = manifests[0]["items"].as_array().unwrap();
    let item = |kind: &str| items.iter().find(|item| item["kind"] == kind).unwrap();
    assert_eq!(item("handwriting")["facts"]["pointer"], "touch");
    assert_eq!(item("handwriting")["facts"]["strokes"], "9");
    assert!(item("reading")["facts"]["page-2"].is_string());
    house.verified(&contract).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_sms_is_typed() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("lender", "sms").person("borrower", "pad");
    let contract = draft.make(&acme).await;
    let link = contract.link("lender").await;
    let outbox = format!("{}/messages/{PHONE}", house.simulator);
    let receipt = sign(&link, &["--mode", "sms", "--code-url", &outbox]);
    assert_eq!(receipt["state"], "signing", "another party has not signed");
    assert_eq!(
        contract.act("lender").await.as_deref(),
        receipt["act"].as_str()
    );
    contract.sign_by_hand("borrower").await;
    house.verified(&contract).await;
}
