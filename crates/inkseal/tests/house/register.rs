//! Persons and enterprises over HTTP, with the simulator as the identity authority.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::kit::{Client, House, program::Said};

const PNG: &[u8] = include_bytes!("../../../signing/tests/signing/document.png");
const JPEG: &[u8] = include_bytes!("../../../signing/tests/signing/portrait.jpg");

fn somebody() -> Value {
    json!({
        "name": "陈思远", "phone": "13800001234",
        "documents": [{ "kind": "resident-id", "number": "11010519491231002X" }],
    })
}

async fn person(acme: &Client) -> String {
    let made = acme.post("/api/v1/persons", &somebody()).await;
    made.ok()["person"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_is_registered_once_and_shown_masked() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let first = acme.post("/api/v1/persons", &somebody()).await;
    assert_eq!(first.status, 201);
    let first = first.ok();
    let again = acme.post("/api/v1/persons", &somebody()).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.ok()["person"], first["person"]);
    assert_eq!(first["documents"][0]["number"], "11**************2X");
    assert_eq!(first["phone"], "138****1234");
    assert_eq!(
        (&first["level"], &first["expires"]),
        (&json!("low"), &Value::Null)
    );
    let path = format!("/api/v1/persons/{}", first["person"].as_str().unwrap());
    let change =
        json!({ "phone": "13900005678", "add": [{ "kind": "passport", "number": "E12345678" }] });
    let changed = acme.patch(&path, &change).await.ok();
    assert_eq!(changed["phone"], "139****5678");
    assert_eq!(changed["documents"].as_array().unwrap().len(), 2);

    let mut other = somebody();
    other["name"] = "周慧敏".into();
    let refused = acme.post("/api/v1/persons", &other).await;
    refused.refused(409, "person-known-otherwise");
    other["documents"][0]["number"] = "110105194912310021".into();
    let refused = acme
        .post("/api/v1/persons", &other)
        .await
        .refused(422, "invalid-field");
    assert!(
        !refused["detail"].as_str().unwrap().contains("1949"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_person_of_another_tenant_is_not_there() {
    let house = House::start();
    let (acme, other) = (
        house.integrator("acme").await,
        house.integrator("other").await,
    );
    let id = person(&acme).await;
    let own = person(&other).await;
    assert_ne!(id, own);
    let path = |rest: &str| format!("/api/v1/persons/{id}{rest}");
    other.get(&path("")).await.refused(404, "not-found");
    other
        .patch(&path(""), &json!({ "name": "周慧敏" }))
        .await
        .refused(404, "not-found");
    let photo = json!({ "kind": "portrait", "photo": STANDARD.encode(JPEG) });
    let consent =
        json!({ "kind": "portrait", "version": "1", "language": "zh-CN", "text": "同意" });
    let password = json!({ "password": "a password" });
    let posts = [
        ("/checks", json!({ "kind": "person" })),
        ("/photos", photo),
        ("/consents", consent),
        ("/cancellation", json!({})),
        ("/merger", json!({ "into": own })),
    ];
    for (rest, body) in &posts {
        other
            .post(&path(rest), body)
            .await
            .refused(404, "not-found");
    }
    other
        .put(&path("/password"), &password)
        .await
        .refused(404, "not-found");
    other
        .post(
            &format!("/api/v1/persons/{own}/merger"),
            &json!({ "into": id }),
        )
        .await
        .refused(404, "not-found");
    // Whether there is such a person is not told by a password either.
    other
        .post(&path("/password/check"), &password)
        .await
        .refused(422, "password-wrong");
    let enterprise = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y", "representative": id });
    other
        .post("/api/v1/enterprises", &enterprise)
        .await
        .refused(404, "not-found");
    let made = acme.post("/api/v1/enterprises", &enterprise).await.ok();
    let enterprise = format!(
        "/api/v1/enterprises/{}",
        made["enterprise"].as_str().unwrap()
    );
    other.get(&enterprise).await.refused(404, "not-found");
    for (rest, body) in [("/seal", json!({})), ("/cancellation", json!({}))] {
        other
            .post(&format!("{enterprise}{rest}"), &body)
            .await
            .refused(404, "not-found");
    }
    acme.post(&format!("{enterprise}/seal"), &json!({}))
        .await
        .refused(409, "assurance-low");
    house
        .anybody()
        .get(&path(""))
        .await
        .refused(401, "unauthorised");
}

/// The borrower of the sample contract, whom the simulator knows.
fn borrower() -> Value {
    json!({
        "name": "陈思远", "phone": "13800005678",
        "documents": [{ "kind": "resident-id", "number": "310101199003077413" }],
    })
}

#[tokio::test]
async fn what_the_authority_finds_makes_the_level() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let made = acme.post("/api/v1/persons", &borrower()).await.ok();
    let path = format!("/api/v1/persons/{}", made["person"].as_str().unwrap());
    let checks = format!("{path}/checks");
    let two = acme.post(&checks, &json!({ "kind": "person" })).await.ok();
    assert_eq!(
        (&two["level"], &two["checks"][0]["verdict"]),
        (&json!("low"), &json!("match"))
    );
    let wrong = json!({ "kind": "bank-card", "card": "6222021001008620475" });
    let mismatch = acme.post(&checks, &wrong).await.ok();
    assert_eq!(
        (&mismatch["level"], &mismatch["checks"][1]["verdict"]),
        (&json!("low"), &json!("mismatch"))
    );
    let card = json!({ "kind": "bank-card", "card": "6228480038123457897" });
    let four = acme.post_once(&checks, "once", &card).await.ok();
    assert_eq!(
        (&four["level"], &four["checks"][2]["used"]),
        (&json!("substantial"), &json!(true))
    );
    assert_eq!(four["checks"][2]["source"], "authority-simulator");
    let again = acme.post_once(&checks, "once", &card).await.ok();
    assert_eq!(again["checks"], four["checks"]);
    let change = json!({ "phone": "13900001234" });
    assert_eq!(acme.patch(&path, &change).await.ok()["level"], "low");
    let phone = acme.post(&checks, &json!({ "kind": "phone" })).await.ok();
    assert_eq!(phone["level"], "low", "it is not this person's");

    let unfit = json!({ "kind": "phone", "card": "6225880123456789" });
    acme.post(&checks, &unfit)
        .await
        .refused(422, "invalid-field");
    acme.post(&checks, &json!({ "kind": "voice" }))
        .await
        .refused(422, "body-invalid");
    let enterprise = json!({
        "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y", "representative": made["person"],
    });
    let enterprise = acme.post("/api/v1/enterprises", &enterprise).await.ok();
    let path = format!(
        "/api/v1/enterprises/{}",
        enterprise["enterprise"].as_str().unwrap()
    );
    let three = json!({ "kind": "enterprise-three" });
    let looked_up = acme.post(&format!("{path}/checks"), &three).await.ok();
    assert_eq!(
        looked_up["checks"][0]["verdict"], "mismatch",
        "somebody else represents it"
    );
    let account = json!({ "bank": "示例银行", "account": "1009999999999999" });
    let paid = acme.post(&format!("{path}/payments"), &account).await.ok();
    assert_ne!(
        (&paid["verdict"], &paid["left"]),
        (&json!("match"), &json!(3))
    );
}

#[tokio::test]
async fn photos_follow_their_consent_and_a_clerk_their_photo() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let id = person(&acme).await;
    let path = |rest: &str| format!("/api/v1/persons/{id}{rest}");
    let photo = |kind: &str, file: &[u8]| json!({ "kind": kind, "photo": STANDARD.encode(file) });
    let add = |body: Value| {
        let (acme, path) = (acme.clone(), path("/photos"));
        async move { acme.post(&path, &body).await }
    };
    add(photo("portrait", JPEG))
        .await
        .refused(409, "consent-missing");
    for kind in ["portrait", "document-photo"] {
        let consent =
            json!({ "kind": kind, "version": "2026-1", "language": "zh-CN", "text": "本人同意。" });
        assert_eq!(acme.post(&path("/consents"), &consent).await.status, 201);
    }
    let late = json!({ "kind": "portrait", "version": "1", "language": "zh", "text": "同意", "given_at": "yesterday" });
    acme.post(&path("/consents"), &late)
        .await
        .refused(422, "invalid-field");
    add(photo("portrait", b"<html>"))
        .await
        .refused(422, "invalid-field");
    let portrait = add(photo("portrait", JPEG)).await.ok();
    assert_eq!(portrait["format"], "image/jpeg");
    let kept = path(&format!("/photos/{}", portrait["photo"].as_str().unwrap()));
    let there = acme.get(&kept).await;
    assert_eq!(there.kind, "image/jpeg");
    assert_eq!(there.bytes(), JPEG);
    acme.delete(&path("/consents/portrait")).await.ok();
    acme.get(&kept).await.refused(404, "not-found");
    acme.delete(&path("/consents/portrait"))
        .await
        .refused(409, "consent-missing");

    let seen = json!({ "kind": "document-seen", "clerk": "teller-7" });
    acme.post(&path("/checks"), &seen)
        .await
        .refused(409, "photo-missing");
    add(photo("document-front", PNG)).await.ok();
    let first = acme.post_once(&path("/checks"), "once", &seen).await.ok();
    let again = acme.post_once(&path("/checks"), "once", &seen).await.ok();
    assert_eq!(first, again);
    assert_eq!(first["checks"][0]["source"], "clerk");

    acme.post(&path("/cancellation"), &json!({})).await.ok();
    acme.post(&path("/checks"), &seen)
        .await
        .refused(410, "person-cancelled");
    assert_eq!(acme.get(&path("")).await.ok()["state"], "cancelled");
}

#[tokio::test]
async fn passwords_pause_after_five_wrong_ones() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let id = person(&acme).await;
    let path = format!("/api/v1/persons/{id}/password");
    let right = json!({ "password": "a password of length" });
    assert_eq!(acme.put(&path, &right).await.status, 204);
    acme.put(&path, &json!({ "password": "short" }))
        .await
        .refused(422, "invalid-field");
    let check = format!("{path}/check");
    let proven = acme.post(&check, &right).await.ok();
    assert_eq!(
        (&proven["person"], &proven["alone"]),
        (&json!(id), &json!("low"))
    );
    let wrong = json!({ "password": "another password" });
    for left in (0..5).rev() {
        let refused = acme
            .post(&check, &wrong)
            .await
            .refused(422, "password-wrong");
        assert_eq!(refused["left"], left);
    }
    acme.post(&check, &right)
        .await
        .refused(429, "password-paused");
}

#[tokio::test]
async fn the_register_is_in_the_ledger_and_survives_a_power_cut() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let id = person(&acme).await;
    let house = house.after_power_cut();
    let acme = acme.at(&house.url);
    assert_eq!(person(&acme).await, id);
    let mut house = house;
    assert!(house.stop().success());
    let data = house.folder().join(".inkseal");
    let said = Said::of(
        crate::kit::inkseal()
            .args(["ledger", "fsck", "--data"])
            .arg(data),
    );
    let report: Value = serde_json::from_str(&said.ok()).unwrap();
    assert_eq!(
        (&report["verdict"], &report["events"]),
        (&json!("clean"), &json!(1))
    );
}
