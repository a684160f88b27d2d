//! The signing page in a real browser on a phone, against the real server.

use std::process::Command;

use serde_json::{Value, json};

use crate::kit::{
    Client, Contract, House, contract, contract::PHONE, desk::Desk, program::Said, repository,
};

/// Drives the page of a link from opening to receipt.
fn sign(link: &str, arguments: &[&str]) -> Value {
    let script = repository().join("web/e2e/sign.mjs");
    let said = Said::of(Command::new("node").arg(script).arg(link).args(arguments));
    serde_json::from_str(&said.ok()).unwrap()
}

/// The contract of the loan template: a lender who signs by code, a borrower who writes,
/// two companies. Its policies are the template's own: sealed, with consent.
async fn loan(acme: &Client) -> Contract {
    let sample = repository().join("templates/loan-contract/sample.json");
    let mut data: Value = serde_json::from_slice(&std::fs::read(sample).unwrap()).unwrap();
    data["lender"]["phone"] = json!(PHONE);
    let mut parties = Vec::new();
    for (role, mode) in [("lender", "sms"), ("borrower", "pad")] {
        let person = &data[role];
        parties.push(json!({ "role": role, "mode": mode, "name": person["name"],
            "id_number": person["id_number"], "phone": person["phone"] }));
    }
    for role in ["guarantor", "platform"] {
        let company = json!({ "name": data[role]["name"], "code": data[role]["credit_code"] });
        let company = acme.post("/api/v1/companies", &company).await.ok();
        parties.push(json!({ "role": role, "mode": "seal", "company": company["company"] }));
    }
    let body = json!({ "template": "loan-contract", "data": data, "parties": parties });
    let view = acme.post("/api/v1/contracts", &body).await.ok();
    let id = view["contract"].as_str().unwrap().to_owned();
    Contract {
        integrator: acme.clone(),
        id,
    }
}

/// The items of a party's manifest.
async fn items(contract: &Contract, role: &str) -> Vec<Value> {
    let manifests = contract.get("/manifests").await.ok();
    let manifests = manifests.as_array().unwrap().clone();
    let manifest = manifests.into_iter().find(|m| m["role"] == role).unwrap();
    manifest["items"].as_array().unwrap().clone()
}

fn item<'a>(items: &'a [Value], kind: &str) -> &'a Value {
    items.iter().find(|item| item["kind"] == kind).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_is_signed_by_code_and_by_hand() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = loan(&acme).await;
    let outbox = format!("{}/messages/{PHONE}", house.simulator);
    let link = contract.link("lender").await;
    let receipt = sign(&link, &["--mode", "sms", "--code-url", &outbox]);
    assert_eq!(receipt["state"], "signing", "the others have not signed");
    let link = contract.link("borrower").await;
    let receipt = sign(&link, &["--mode", "pad"]);
    assert_eq!(
        contract.act("borrower").await.as_deref(),
        receipt["act"].as_str()
    );
    for role in ["guarantor", "platform"] {
        let seal = json!({ "role": role });
        contract.post("/seals", &seal).await.ok();
    }
    assert_eq!(contract.state().await, "complete");

    let items = items(&contract, "borrower").await;
    let hand = item(&items, "handwriting");
    assert_eq!(hand["facts"]["pointer"], "touch");
    assert_eq!(hand["facts"]["strokes"], "9");
    assert_eq!(hand["facts"]["form"], "envelope", "nobody here reads it");
    assert_eq!(item(&items, "consent")["facts"]["of"], "handwriting");
    assert!(item(&items, "reading")["facts"]["page-2"].is_string());
    house.verified(&contract).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pad_brings_all_that_its_mode_asks_for() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    // The default but for the officer, who has a session of their own (tests/house/staff).
    let required = [
        "id-photo-front",
        "id-photo-back",
        "identity",
        "face|portrait",
        "reading",
        "device",
        "location",
        "signing-photo|video",
        "voice",
        "handwriting",
    ];
    let asked = json!({ "pad": { "required": required } });
    let draft = contract().with("evidence", asked).party(json!({
        "role": "borrower", "mode": "pad", "name": "陈思远",
        "id_number": "310101199003077413", "phone": PHONE,
        "places": [{ "page": 2, "rect": [72, 600, 182, 650] }],
    }));
    let contract = draft.make(&acme).await;
    sign(&contract.link("borrower").await, &["--mode", "pad"]);
    assert_eq!(contract.state().await, "complete");
    let items = items(&contract, "borrower").await;
    let kind = |kind: &str| item(&items, kind)["facts"].clone();
    assert_eq!(kind("id-photo-front")["type"], "image/jpeg");
    assert_eq!(kind("id-photo-back")["size"], "800x1131");
    for sealed in ["portrait", "signing-photo", "voice", "handwriting"] {
        assert_eq!(kind(sealed)["form"], "envelope", "{sealed}");
    }
    assert_eq!(item(&items, "identity")["source"], "authority-simulator");
    assert_eq!(item(&items, "location")["source"], "page");
    house.verified(&contract).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_hears_of_it_and_gets_its_signer_back() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let wanted = json!({ "role": "lender", "return_url": "com.example.app:/signed?x=1" });
    let link = contract.post("/links", &wanted).await.ok();
    let outbox = format!("{}/messages/{PHONE}", house.simulator);
    let arguments = ["--mode", "sms", "--code-url", &outbox, "--app", "ios"];
    let said = sign(link["url"].as_str().unwrap(), &arguments);

    let id = &contract.id;
    let back = format!("com.example.app:/signed?x=1&contract={id}&state=complete");
    assert_eq!(said["back"], back);
    let told = json!([
        { "event": "ready", "contract": id },
        { "event": "signed", "contract": id, "act": contract.act("lender").await },
        { "event": "closed", "contract": id },
    ]);
    assert_eq!(said["told"], told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_signs_on_its_second_screen() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let desk = Desk::open(&house, &acme, "clerk").await;
    let required = ["attendant", "reading", "device", "handwriting"];
    let asked = json!({ "counter": { "required": required } });
    let draft = contract().with("evidence", asked);
    let contract = draft.person("borrower", "counter").make(&acme).await;
    let wanted = json!({ "contract": contract.id, "role": "borrower" });
    let paired = desk.officer.post("/api/v1/officer/pairings", &wanted).await;
    let paired = paired.ok();
    let screen = format!("{}/sign/#pair", house.url);
    let code = paired["code"].as_str().unwrap();
    sign(&screen, &["--mode", "pad", "--pairing", code]);
    assert_eq!(contract.state().await, "complete");
    let items = items(&contract, "borrower").await;
    assert_eq!(item(&items, "attendant")["facts"]["officer"], "clerk");
}
