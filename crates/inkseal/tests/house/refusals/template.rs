//! Data that a template cannot be filled with.

use serde_json::{Value, json};

use crate::kit::{Client, House, repository};

fn sample() -> Value {
    let file = repository().join("templates/loan-contract/sample.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Asks for a contract of this data and gives the problem's words.
async fn refused(acme: &Client, data: &Value, code: &str) -> String {
    let party = json!({ "role": "borrower", "mode": "pad", "name": "陈思远",
        "id_number": "11010519491231002X", "phone": "13800005678" });
    let body = json!({ "template": "loan-contract", "data": data, "parties": [party] });
    let answer = acme.post("/api/v1/contracts", &body).await;
    let problem = answer.refused(422, code);
    problem["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_wrong_with_the_data_is_named() {
    let house = House::start();
    let acme = house.integrator("acme").await;

    let mut data = sample();
    data["borrower"].as_object_mut().unwrap().remove("name");
    let words = refused(&acme, &data, "field-missing").await;
    assert!(
        words.contains("borrower") && words.contains("name"),
        "{words}"
    );

    let mut data = sample();
    data["loan"]["prinzipal"] = json!(1);
    let words = refused(&acme, &data, "field-unknown").await;
    assert!(words.contains("prinzipal"), "{words}");

    let mut data = sample();
    data["lender"]["address"] = json!("北京市\u{1F3E0}路");
    let words = refused(&acme, &data, "glyph-missing").await;
    assert!(
        words.contains("lender") && words.contains("1F3E0"),
        "{words}"
    );
}

#[tokio::test]
async fn a_template_or_a_role_that_is_not_there_is_named() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let party = |role: &str| {
        json!({ "role": role, "mode": "pad", "name": "陈思远",
            "id_number": "11010519491231002X", "phone": "13800005678" })
    };
    let body = json!({ "template": "lease", "data": {}, "parties": [party("borrower")] });
    let answer = acme.post("/api/v1/contracts", &body).await;
    let problem = answer.refused(404, "not-found");
    assert!(problem["detail"].as_str().unwrap().contains("lease"));

    let body =
        json!({ "template": "loan-contract", "data": sample(), "parties": [party("witness")] });
    let answer = acme.post("/api/v1/contracts", &body).await;
    let problem = answer.refused(422, "invalid-field");
    assert!(problem["detail"].as_str().unwrap().contains("witness"));
}

/// The four parties of the sample.
async fn parties(acme: &Client) -> Vec<Value> {
    let data = sample();
    let mut parties = Vec::new();
    for role in ["lender", "borrower"] {
        let person = &data[role];
        parties.push(json!({ "role": role, "mode": "pad", "name": person["name"],
            "id_number": person["id_number"], "phone": person["phone"] }));
    }
    for role in ["guarantor", "platform"] {
        let company = json!({ "name": data[role]["name"], "code": data[role]["credit_code"] });
        let company = acme.post("/api/v1/companies", &company).await.ok();
        parties.push(json!({ "role": role, "mode": "seal", "company": company["company"] }));
    }
    parties
}

async fn problem(acme: &Client, parties: &[Value]) -> String {
    let body = json!({ "template": "loan-contract", "data": sample(), "parties": parties });
    let answer = acme.post("/api/v1/contracts", &body).await;
    answer.refused(422, "invalid-field")["detail"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn whoever_has_a_signature_block_must_be_a_party() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let parties = parties(&acme).await;
    let words = problem(&acme, &parties[..3]).await;
    assert!(words.contains("platform"), "{words}");
}

#[tokio::test]
async fn who_signs_is_whom_the_paper_names() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let parties = parties(&acme).await;
    let body = json!({ "template": "loan-contract", "data": sample(), "parties": parties });
    acme.post("/api/v1/contracts", &body).await.ok();

    let mut other = parties.clone();
    other[1]["name"] = json!("完全别人");
    let words = problem(&acme, &other).await;
    assert!(words.contains("data/borrower/name"), "{words}");
    let mut other = parties.clone();
    other[0]["id_number"] = json!("11010519491231002X");
    let words = problem(&acme, &other).await;
    assert!(words.contains("data/lender/id_number"), "{words}");
    let mut other = parties;
    other[3]["company"] = other[2]["company"].clone();
    let words = problem(&acme, &other).await;
    assert!(words.contains("data/platform/name"), "{words}");
}
