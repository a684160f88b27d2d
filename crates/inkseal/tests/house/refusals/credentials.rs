//! Who may see and do what.

use serde_json::json;

use crate::kit::{House, contract};

#[tokio::test]
async fn a_contract_of_another_tenant_is_not_there() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let other = house.integrator("other").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let theirs = contract.seen_by(&other);
    for part in ["", "/file", "/document", "/manifests", "/receipts"] {
        theirs.get(part).await.refused(404, "not-found");
    }
    let role = json!({ "role": "borrower" });
    for part in ["/links", "/seals"] {
        theirs.post(part, &role).await.refused(404, "not-found");
    }
    theirs
        .post("/withdrawal", &json!({}))
        .await
        .refused(404, "not-found");
    assert_eq!(other.get("/api/v1/contracts").await.ok(), json!([]));
    assert_eq!(contract.state().await, "signing");
}

#[tokio::test]
async fn a_company_of_another_tenant_cannot_be_a_party() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let other = house.integrator("other").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let seal = json!({ "role": "guarantor", "mode": "seal", "company": company["company"] });
    let refused = contract().party(seal).ask(&other).await;
    refused.refused(404, "not-found");
}

#[tokio::test]
async fn a_wrong_credential_is_refused_everywhere() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.visit("borrower").await;
    let anybody = house.anybody();
    let wrong = [
        anybody.clone(),
        anybody.bearer("ink_0123456789abcdef0123456789abcdef0123456789abcdef"),
        anybody.bearer(""),
        // A session's secret is no API key.
        visit.client.clone(),
    ];
    for client in &wrong {
        client
            .get("/api/v1/contracts")
            .await
            .refused(401, "unauthorised");
        client
            .get(&contract.path(""))
            .await
            .refused(401, "unauthorised");
    }
    for client in [&wrong[0], &wrong[1], &acme] {
        client
            .get("/api/v1/session")
            .await
            .refused(401, "unauthorised");
    }
    // A link's token is not the session's secret.
    let token = anybody.bearer(&visit.token);
    token
        .get("/api/v1/session")
        .await
        .refused(401, "unauthorised");
}

#[tokio::test]
async fn only_the_operator_makes_api_keys() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let wanted = json!({ "tenant": "acme", "name": "more" });
    let keys = "/api/v1/admin/api-keys";
    for client in [acme, house.anybody(), house.operator("a wrong password")] {
        client
            .post(keys, &wanted)
            .await
            .refused(401, "unauthorised");
    }
    let operator = house.operator(crate::kit::house::PASSWORD);
    for tenant in ["", "operator", "Acme", "a b", &"a".repeat(33)] {
        let wanted = json!({ "tenant": tenant, "name": "odd" });
        operator
            .post(keys, &wanted)
            .await
            .refused(422, "invalid-field");
    }
}
