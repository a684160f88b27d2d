//! The same command again.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::kit::{Contract, House, contract, paper};

#[tokio::test]
async fn the_same_key_gives_the_same_receipt() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "pad");
    let contract = draft.make(&acme).await;
    let visit = contract.reader("borrower").await;
    let package = visit.by_hand();
    let receipt = visit.submit_once("k1", &package).await.ok();
    assert_eq!(visit.submit_once("k1", &package).await.ok(), receipt);
    visit
        .submit_once("k2", &package)
        .await
        .refused(409, "already-signed");
    let mut other = package;
    other["device"]["user_agent"] = json!("another");
    let reused = visit.submit_once("k1", &other).await;
    reused.refused(422, "idempotency-key-reused");
    // Another session is another command, even under the same key.
    let lender = contract.reader("lender").await;
    let second = lender.submit_once("k1", &lender.by_hand()).await.ok();
    assert_ne!(second["act"], receipt["act"]);
}

#[tokio::test]
async fn the_same_key_at_the_same_instant_signs_once() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    let package = visit.by_hand();
    let submit = || visit.submit_once("k", &package);
    let (a, b, c) = tokio::join!(submit(), submit(), submit());
    let (a, b, c) = (a.ok(), b.ok(), c.ok());
    assert_eq!(a, b);
    assert_eq!(b, c);
    let manifests = contract.get("/manifests").await.ok();
    let roles = manifests.as_array().unwrap().iter().map(|m| &m["role"]);
    assert_eq!(
        roles.collect::<Vec<_>>(),
        ["borrower", "closing", "closing"]
    );
}

#[tokio::test]
async fn the_same_key_makes_one_contract() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let place = json!({ "page": 2, "rect": [72, 600, 182, 650] });
    let party = json!({ "role": "borrower", "mode": "pad", "name": "陈思远",
        "id_number": "11010519491231002X", "phone": "13800005678", "places": [place] });
    let document = STANDARD.encode(paper::plain());
    let mut body = json!({ "title": "借款合同", "document": document, "parties": [party] });
    let path = "/api/v1/contracts";
    let first = acme.post_once(path, "new", &body).await.ok();
    assert_eq!(acme.post_once(path, "new", &body).await.ok(), first);
    assert_eq!(acme.get(path).await.ok(), json!([first]));
    body["expires_in_hours"] = json!(5);
    let reused = acme.post_once(path, "new", &body).await;
    reused.refused(422, "idempotency-key-reused");
    // Another integrator's key is another key.
    let other = house.integrator("other").await;
    let second = other.post_once(path, "new", &body).await.ok();
    assert_ne!(second["contract"], first["contract"]);
}

#[tokio::test]
async fn a_seal_under_the_same_key_is_set_once() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let seal = json!({ "role": "guarantor", "mode": "seal", "company": company["company"] });
    let contract = contract().party(seal).make(&acme).await;
    let role = json!({ "role": "guarantor" });
    let set = |contract: &Contract| {
        let (acme, path, role) = (acme.clone(), contract.path("/seals"), role.clone());
        async move { acme.post_once(&path, "seal", &role).await.ok() }
    };
    let receipt = set(&contract).await;
    assert_eq!(set(&contract).await, receipt);
    contract
        .post("/seals", &role)
        .await
        .refused(409, "contract-complete");
}

#[tokio::test]
async fn a_key_is_short_and_visible() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    for key in ["", &"k".repeat(129)] {
        let refused = visit.submit_once(key, &visit.by_hand()).await;
        refused.refused(422, "idempotency-key-invalid");
    }
}

/// A command that cannot be repeated does not pass over a key in silence.
#[tokio::test]
async fn where_a_key_means_nothing_it_is_refused() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let refused = acme.post_once("/api/v1/companies", "k", &company).await;
    refused.refused(422, "idempotency-key-unsupported");
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let role = json!({ "role": "borrower" });
    let refused = acme.post_once(&contract.path("/links"), "k", &role).await;
    refused.refused(422, "idempotency-key-unsupported");
}
