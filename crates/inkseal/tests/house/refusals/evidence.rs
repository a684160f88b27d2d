//! Evidence without which nothing is signed.

use serde_json::{Value, json};

use crate::kit::{House, contract, visit::handwriting};

#[track_caller]
fn missing(problem: &Value, what: &str) {
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(detail, format!("evidence is missing: {what}"));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "sms");
    let contract = draft.make(&acme).await;

    let unread = contract.visit("borrower").await;
    let refused = unread.submit(&unread.by_hand()).await;
    missing(&refused.refused(422, "evidence-missing"), "reading");

    let unwritten = contract.reader("borrower").await;
    let refused = unwritten.submit(&unwritten.package()).await;
    missing(&refused.refused(422, "evidence-missing"), "handwriting");

    let unconfirmed = contract.reader("lender").await;
    unconfirmed.ask_code().await.ok();
    let refused = unconfirmed.submit(&unconfirmed.package()).await;
    missing(&refused.refused(422, "evidence-missing"), "code");

    assert_eq!(contract.act("borrower").await, None);
    assert_eq!(contract.act("lender").await, None);
}

#[tokio::test]
async fn every_page_must_be_looked_at_as_it_was_shown() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.visit("borrower").await;
    let pages = visit.look().await;

    let refused = visit.say_read(&pages[..1]).await;
    missing(&refused.refused(422, "evidence-missing"), "reading");
    let twice = [pages[0].clone(), pages[0].clone()];
    visit
        .say_read(&twice)
        .await
        .refused(422, "evidence-missing");

    let with = |field: &str, value: Value| {
        let mut changed = pages.clone();
        changed[1][field] = value;
        changed
    };
    let short = with("milliseconds", json!(499));
    visit
        .say_read(&short)
        .await
        .refused(422, "reading-too-short");
    let other = with("digest", json!(format!("sha256:{}", "0".repeat(64))));
    visit.say_read(&other).await.refused(409, "page-mismatch");
    let none = with("page", json!(3));
    visit.say_read(&none).await.refused(404, "no-such-page");
    let narrow = with("width", json!(10));
    visit.say_read(&narrow).await.refused(422, "invalid-field");
    let odd = with("digest", json!("sha256:0"));
    visit.say_read(&odd).await.refused(422, "invalid-field");

    let refused = visit.submit(&visit.by_hand()).await;
    refused.refused(422, "evidence-missing");
    visit.say_read(&pages).await.ok();
    visit.submit(&visit.by_hand()).await.ok();
}

#[tokio::test]
async fn a_session_signs_its_own_contract_alone() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad");
    let (one, other) = (draft.make(&acme).await, draft.make(&acme).await);
    let (one, two) = (one.reader("borrower").await, other.reader("borrower").await);
    let refused = one.submit(&two.by_hand()).await;
    refused.refused(409, "envelope-foreign");
    let mut mixed = one.by_hand();
    mixed["contract"] = two.package()["contract"].clone();
    one.submit(&mixed).await.refused(403, "session-foreign");
    assert_eq!(other.act("borrower").await, None);
    one.submit(&one.by_hand()).await.ok();
}

#[tokio::test]
async fn the_document_must_be_the_one_that_was_shown() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    let mut package = visit.by_hand();
    package["document"] = json!(format!("sm3:{}", "0".repeat(64)));
    visit
        .submit(&package)
        .await
        .refused(409, "document-mismatch");
    package["document"] = json!("sm3:zz");
    visit.submit(&package).await.refused(422, "invalid-field");
    visit.submit(&visit.by_hand()).await.ok();
}

#[tokio::test]
async fn handwriting_must_be_what_a_pen_gives() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "sms");
    let contract = draft.make(&acme).await;
    let visit = contract.reader("borrower").await;
    let with = |field: &str, value: Value| {
        let mut package = visit.by_hand();
        package["handwriting"]["drawing"][field] = value;
        package
    };
    let empty = with("strokes", json!([]));
    visit.submit(&empty).await.refused(422, "ink-empty");
    let outside = with("strokes", json!([[[1e9, 0, 1]]]));
    visit.submit(&outside).await.refused(422, "ink-malformed");
    let thin = with("strokes", json!([[[1, 1, 0]]]));
    visit.submit(&thin).await.refused(422, "ink-malformed");
    let word = with("pointer", json!("foot"));
    visit.submit(&word).await.refused(422, "ink-malformed");
    let many = vec![json!([[1, 1, 1]]); 300];
    let many = with("strokes", many.into());
    visit.submit(&many).await.refused(422, "ink-too-large");

    let lender = contract.reader("lender").await;
    let mut package = lender.package();
    package["handwriting"] = lender.written(&handwriting());
    lender.submit(&package).await.refused(409, "not-in-mode");
}

#[tokio::test]
async fn a_device_says_little() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    for device in [json!("phone"), json!({ "user_agent": "x".repeat(5000) })] {
        let mut package = visit.by_hand();
        package["device"] = device;
        visit.submit(&package).await.refused(422, "invalid-field");
    }
}
