//! Each mode from its beginning to the finished contract, over HTTP, with the evidence that
//! it asks for by default and the simulators that are servers.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::kit::{Contract, House, contract, desk::Desk, repository, visit::Visit};

const MODES: [&str; 4] = ["counter", "pad", "app", "sms"];

/// The published schema of manifests.
fn schema() -> Validator {
    let file = repository().join("docs/manifest.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A visit as its mode begins: by a link, or with the officer.
async fn visit(contract: &Contract, mode: &str, desk: &Desk) -> Visit {
    match mode {
        "counter" | "pad" => desk.visit(contract, "borrower").await,
        _ => contract.visit("borrower").await,
    }
}

/// A contract of one person, whose mode asks for what it asks for by default.
async fn of(house: &House, mode: &str) -> Contract {
    let integrator = house.integrator("tests").await;
    let draft = contract().with("evidence", json!({}));
    let known = json!({
        "role": "borrower", "mode": mode, "name": "陈思远",
        "id_number": "310101199003077413", "phone": contract::PHONE,
        "places": [{ "page": 2, "rect": [72, 600, 182, 650] }],
    });
    draft.party(known).make(&integrator).await
}

#[tokio::test]
async fn each_mode_goes_from_link_to_finished_contract() {
    let house = House::start();
    let schema = schema();
    let desk = Desk::open(&house, &house.integrator("tests").await, "E-1024").await;
    for mode in MODES {
        let contract = of(&house, mode).await;
        let visit = visit(&contract, mode, &desk).await;
        visit.bring_all_but(&house, "").await;
        let mut package = visit.package();
        let required = visit.session().await["required"].clone();
        if required.as_array().unwrap().contains(&json!("handwriting")) {
            package = visit.by_hand();
        }
        let receipt = visit.submit_sealed(&package).await.ok();
        assert_eq!(receipt["state"], "complete", "{mode}");
        let manifests = contract.get("/manifests").await.ok();
        let manifests = manifests.as_array().unwrap().clone();
        assert_eq!(manifests[0]["mode"], mode);
        assert_eq!(manifests[0]["policy"], format!("{mode}/2"));
        for manifest in &manifests {
            let wrong: Vec<_> = schema
                .iter_errors(manifest)
                .map(|e| e.to_string())
                .collect();
            assert!(wrong.is_empty(), "{mode}: {wrong:?}\n{manifest:#}");
        }
        let source = |kind: &str| {
            let items = manifests[0]["items"].as_array().unwrap();
            let item = items.iter().find(|item| item["kind"] == kind);
            item.map(|item| item["source"].as_str().unwrap().to_owned())
        };
        assert_eq!(source("identity").as_deref(), Some("authority-simulator"));
        if mode == "sms" {
            assert_eq!(source("code").as_deref(), Some("sms-simulator"));
        }
    }
}

#[tokio::test]
async fn what_a_mode_asks_for_is_named_when_it_is_missing() {
    let house = House::start();
    let desk = Desk::open(&house, &house.integrator("tests").await, "E-1024").await;
    for mode in MODES {
        let contract = of(&house, mode).await;
        let required = contract.visit("borrower").await.session().await["required"].clone();
        for requirement in required.as_array().unwrap() {
            let requirement = requirement.as_str().unwrap();
            let kind = requirement.split('|').next().unwrap();
            // Who submits always tells of the device.
            if kind == "device" {
                continue;
            }
            // Where nobody was there, a link was opened alone.
            let visit = if kind == "attendant" {
                contract.visit("borrower").await
            } else {
                visit(&contract, mode, &desk).await
            };
            visit.bring_all_but(&house, kind).await;
            let hand = kind != "handwriting" && required.to_string().contains("\"handwriting\"");
            let package = if hand {
                visit.by_hand()
            } else {
                visit.package()
            };
            let refused = visit.submit_sealed(&package).await;
            let refused = refused.refused(422, "evidence-missing");
            let detail = refused["detail"].as_str().unwrap();
            assert!(detail.contains(requirement), "{mode} {kind}: {detail}");
        }
    }
}

#[tokio::test]
async fn the_schema_is_published_and_refuses_what_is_no_manifest() {
    let house = House::start();
    let served = house.anybody().get("/api/v1/schemas/manifest").await.ok();
    let file = repository().join("docs/manifest.schema.json");
    let written: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(served, written);
    let schema = schema();
    for wrong in [json!({}), json!({ "version": 2, "items": [] }), json!([])] {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}
