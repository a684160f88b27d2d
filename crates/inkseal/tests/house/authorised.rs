//! Standing authorisations over HTTP, with the templates that are shipped.

use serde_json::{Value, json};

use crate::kit::{Client, Contract, House, repository};

/// The authorised day of every test, as the server's clock has it.
const DAYS: [&str; 2] = ["2020-01-01", "2022-12-31"];

async fn company(acme: &Client, name: &str, code: &str) -> String {
    let company = json!({ "name": name, "code": code });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    company["company"].as_str().unwrap().to_owned()
}

const GUARANTOR: (&str, &str) = ("沪信融资担保有限公司", "91310000MA1K8QX37Y");

/// A company of the register, whose legal representative is the signatory of [`wanted`].
async fn guarantor(acme: &Client) -> String {
    let (name, code) = GUARANTOR;
    let company = company(acme, name, code).await;
    let person = json!({ "name": "顾明哲", "phone": "13800005678",
        "documents": [{ "kind": "resident-id", "number": "310101199003077413" }] });
    let person = acme.post("/api/v1/persons", &person).await.ok();
    let enterprise = json!({ "name": name, "code": code, "representative": person["person"],
        "company": company });
    acme.post("/api/v1/enterprises", &enterprise).await.ok();
    company
}

/// A loan contract of this many fen, which nobody has signed.
async fn loan(acme: &Client, guarantor: &str, fen: u64) -> Contract {
    let file = repository().join("templates/loan-contract/sample.json");
    let mut data: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    data["loan"]["principal_fen"] = fen.into();
    let platform = company(acme, "微贷网络科技（上海）有限公司", "91310115MA1H9RT56K").await;
    let person = |role: &str| {
        json!({ "role": role, "mode": "pad", "name": data[role]["name"],
            "id_number": data[role]["id_number"], "phone": "13800005678" })
    };
    let seal =
        |role: &str, company: &str| json!({ "role": role, "mode": "seal", "company": company });
    let parties = [
        person("lender"),
        person("borrower"),
        seal("guarantor", guarantor),
        seal("platform", &platform),
    ];
    let body = json!({ "template": "loan-contract", "data": data, "parties": parties });
    let view = acme.post("/api/v1/contracts", &body).await.ok();
    let id = view["contract"].as_str().unwrap().to_owned();
    let integrator = acme.clone();
    Contract { integrator, id }
}

/// The day in Beijing, some days from now.
fn day(from_now: i64) -> String {
    let now = time::OffsetDateTime::now_utc().to_offset(time::macros::offset!(+8));
    (now.date() + time::Duration::days(from_now)).to_string()
}

fn wanted() -> Value {
    json!({
        "templates": ["loan-contract"], "amount_fen": 20_000_000, "from": day(-1),
        "until": day(300), "count": 1,
        "signatory": { "mode": "pad", "name": "顾明哲", "id_number": "310101199003077413",
            "phone": "13800005678" },
        "evidence": { "pad": { "required": ["reading", "device", "handwriting"], "optional": [],
            "consent": [], "sealed": false } },
    })
}

#[tokio::test]
async fn a_seal_is_set_within_an_authorisation_that_both_have_signed() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = guarantor(&acme).await;
    let path = format!("/api/v1/companies/{company}/authorisations");
    let drafted = acme.post_once(&path, "once", &wanted()).await.ok();
    assert_eq!(acme.post_once(&path, "once", &wanted()).await.ok(), drafted);
    assert_eq!(drafted["state"], "signing");
    assert_eq!(drafted["templates"], json!(["loan-contract/1"]));
    let id = drafted["authorisation"].as_str().unwrap().to_owned();
    let rule = format!("/api/v1/companies/{company}/silent");
    let strict = json!({ "silent": "authorised-only" });
    assert_eq!(acme.put(&rule, &strict).await.status, 204);
    let first = loan(&acme, &company, 20_000_000).await;
    let free = json!({ "role": "guarantor" });
    let under = json!({ "role": "guarantor", "authorisation": id });
    let seal = async |contract: &Contract, order: &Value| contract.post("/seals", order).await;
    seal(&first, &free)
        .await
        .refused(409, "authorisation-required");
    seal(&first, &under)
        .await
        .refused(409, "authorisation-not-complete");

    let own = Contract {
        integrator: acme.clone(),
        id: id.clone(),
    };
    own.sign_by_hand("representative").await;
    own.post("/seals", &json!({ "role": "company" })).await.ok();
    house.verified(&own).await;
    let standing = acme.get(&format!("{path}/{id}")).await.ok();
    assert_eq!(standing["state"], "standing");
    assert_eq!(acme.get(&path).await.ok(), json!([standing]));

    let high = loan(&acme, &company, 20_000_001).await;
    seal(&high, &under)
        .await
        .refused(409, "authorisation-amount");
    seal(&first, &under).await.ok();
    let second = loan(&acme, &company, 20_000_000).await;
    seal(&second, &under)
        .await
        .refused(409, "authorisation-used-up");

    let stranger = house.integrator("other").await;
    stranger.get(&path).await.refused(404, "not-found");
    let one = format!("{path}/{id}");
    stranger.get(&one).await.refused(404, "not-found");
    let revocation = format!("{one}/revocation");
    stranger
        .post(&revocation, &json!({}))
        .await
        .refused(404, "not-found");
    let revoked = acme.post(&revocation, &json!({})).await.ok();
    assert_eq!(
        (&revoked["state"], &revoked["used"]),
        (&json!("revoked"), &json!(1))
    );
    seal(&second, &under)
        .await
        .refused(409, "authorisation-revoked");

    // What is known is known after a power cut, and the ledger proves it.
    let house = house.after_power_cut();
    let acme = acme.at(&house.url);
    assert_eq!(acme.get(&one).await.ok(), revoked);
    let second = house.again(second);
    second
        .post("/seals", &under)
        .await
        .refused(409, "authorisation-revoked");
    second
        .post("/seals", &free)
        .await
        .refused(409, "authorisation-required");
}

#[tokio::test]
async fn a_draft_says_what_is_wrong_with_it() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = guarantor(&acme).await;
    let path = format!("/api/v1/companies/{company}/authorisations");
    for (field, value, status, code) in [
        ("templates", json!([]), 422, "invalid-field"),
        ("templates", json!(["lease"]), 404, "not-found"),
        (
            "templates",
            json!(["seal-authorisation"]),
            422,
            "invalid-field",
        ),
        ("amount_fen", json!(0), 422, "invalid-field"),
        ("amount_fen", json!(-1), 422, "body-invalid"),
        ("count", json!(0), 422, "invalid-field"),
        ("from", json!("tomorrow"), 422, "body-invalid"),
        ("until", json!(DAYS[1]), 422, "invalid-field"),
        ("until", json!(day(4000)), 422, "invalid-field"),
    ] {
        let mut draft = wanted();
        draft[field] = value;
        acme.post(&path, &draft).await.refused(status, code);
    }
    let mut draft = wanted();
    (draft["from"], draft["until"]) = (json!(DAYS[0]), json!(DAYS[1]));
    acme.post(&path, &draft).await.refused(422, "invalid-field");
    for (field, value) in [
        ("name", json!("周慧敏")),
        ("id_number", json!("110108198506143024")),
        ("capacity", json!("agent")),
    ] {
        let mut draft = wanted();
        draft["signatory"][field] = value;
        let refused = acme.post(&path, &draft).await;
        refused.refused(409, "signatory-unfit");
    }
    let by_hand = json!({ "template": "seal-authorisation", "data": {}, "parties": [] });
    let by_hand = acme.post("/api/v1/contracts", &by_hand).await;
    by_hand.refused(422, "invalid-field");
}
