//! Requests that are not what they should be.

use serde_json::{Value, json};

use crate::kit::{House, contract};

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let path = "/api/v1/contracts";
    let bodies = [
        b"{".to_vec(),
        b"[]".to_vec(),
        b"\xff\xfe".to_vec(),
        br#"{"parties":[],"colour":"red"}"#.to_vec(),
        br#"{"parties":[{"role":"a","mode":"telepathy"}]}"#.to_vec(),
        br#"{"parties":[{"role":"a","mode":"pad","places":[{"page":-1,"rect":[0,0,1,1]}]}]}"#
            .to_vec(),
        // Deeper than anything that is meant.
        [b"[".repeat(100_000), b"]".repeat(100_000)].concat(),
    ];
    for body in bodies {
        acme.post_bytes(path, body)
            .await
            .refused(422, "body-invalid");
    }
    assert_eq!(acme.get(path).await.ok(), json!([]));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let large = vec![b' '; (48 << 20) + 1];
    let refused = acme.post_bytes("/api/v1/contracts", large).await;
    refused.refused(413, "body-unreadable");
}

#[tokio::test]
async fn what_the_router_refuses_is_a_problem_too() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    acme.get("/api/v1/nothing").await.refused(404, "not-found");
    acme.get("/nothing").await.refused(404, "not-found");
    let wrong = acme.post("/api/v1/anchors.pem", &json!({})).await;
    wrong.refused(405, "method-not-allowed");
    acme.get("/api/v1/contracts/%ff")
        .await
        .refused(400, "request-invalid");
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.visit("borrower").await;
    let page = |rest: &str| format!("/api/v1/session/pages/{rest}");
    let odd = visit.client.get(&page("1.png?width=wide")).await;
    odd.refused(400, "request-invalid");
    for none in ["0.png", "3.png", "1", "one.png", "99999999999999999999.png"] {
        visit
            .client
            .get(&page(none))
            .await
            .refused(404, "no-such-page");
    }
    for none in ["0/text", "3/text"] {
        let answer = visit.client.get(&page(none)).await;
        answer.refused(404, "no-such-page");
    }
}

#[tokio::test]
async fn a_party_must_be_somebody() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let person = |field: &str, value: Value| {
        let mut party = json!({ "role": "borrower", "mode": "pad", "name": "陈思远",
            "id_number": "11010519491231002X", "phone": "13800005678" });
        party[field] = value;
        contract().party(party)
    };
    let odd = [
        ("name", json!("")),
        ("name", json!("陈\n思远")),
        ("name", json!("陈".repeat(65))),
        ("id_number", json!("110105194912310021")),
        ("id_number", json!("110105194902310021")),
        ("phone", json!("+86 13800005678")),
        ("role", json!("Borrower")),
        ("role", json!("closing")),
        ("mode", json!("seal")),
        ("mode", json!("closing")),
    ];
    for (field, value) in odd {
        let problem = person(field, value)
            .ask(&acme)
            .await
            .refused(422, "invalid-field");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(field), "{detail}");
        // Personal data does not come back in an error, which is logged on its way.
        assert!(!detail.contains("1101051949"), "{detail}");
    }
    contract().ask(&acme).await.refused(422, "invalid-field");
    let twice = contract()
        .person("a", "pad")
        .person("a", "sms")
        .ask(&acme)
        .await;
    twice.refused(422, "invalid-field");
    let endless = contract()
        .person("a", "pad")
        .with("expires_in_hours", 91 * 24);
    endless.ask(&acme).await.refused(422, "invalid-field");
    let over = contract().person("a", "pad").with("expires_in_hours", 0);
    over.ask(&acme).await.refused(422, "invalid-field");
    let both = contract()
        .person("a", "pad")
        .with("template", "loan-contract");
    both.ask(&acme).await.refused(422, "invalid-field");
}

#[tokio::test]
async fn a_name_that_cannot_be_drawn_is_refused_when_the_contract_is_made() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let person = |mode: &str| {
        contract().party(
            json!({ "role": "lender", "mode": mode, "name": "陈\u{1F3E0}",
            "id_number": "11010519491231002X", "phone": "13800005678" }),
        )
    };
    let problem = person("sms").ask(&acme).await.refused(422, "glyph-missing");
    assert!(
        problem["detail"].as_str().unwrap().contains("1F3E0"),
        "{problem}"
    );
    // Who writes by hand needs no glyph.
    person("pad").ask(&acme).await.ok();
}

#[tokio::test]
async fn a_company_must_be_one() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let path = "/api/v1/companies";
    let with = |field: &str, value: &str| {
        let mut company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
        company[field] = json!(value);
        company
    };
    let odd = acme.post(path, &with("code", "91310000MA1K8QX37Z")).await;
    odd.refused(422, "invalid-field");
    let odd = acme.post(path, &with("name", "")).await;
    odd.refused(422, "invalid-field");
    let odd = acme.post(path, &with("picture", "*")).await;
    odd.refused(422, "invalid-field");
    let odd = acme.post(path, &with("picture", "YSBsZXR0ZXI=")).await;
    odd.refused(422, "picture-unusable");
    let odd = acme.post(path, &with("name", "沪信\u{1F3E0}公司")).await;
    let problem = odd.refused(422, "glyph-missing");
    assert!(
        problem["detail"].as_str().unwrap().contains("1F3E0"),
        "{problem}"
    );
}
