//! `inkseal serve`: starts out of nothing, and loses nothing.

use serde_json::json;

use crate::kit::{House, contract, contract::PHONE, house::PASSWORD};

const KEYS: &str = "/api/v1/admin/api-keys";

#[tokio::test]
async fn an_empty_folder_is_enough() {
    let house = House::start();
    assert!(
        house.url.starts_with("http://127.0.0.1:"),
        "{}",
        house.printed
    );
    let health = house.anybody().get("/health").await;
    assert_eq!(health.ok()["status"], "ready");
    assert!(house.printed.contains("/api/docs"), "{}", house.printed);
    assert!(house.one_time.is_some(), "{}", house.printed);
    assert!(house.simulator.starts_with("http://"), "{}", house.printed);
    assert!(
        house.folder().join(".inkseal").is_dir(),
        "data lies in the folder"
    );
}

#[tokio::test]
async fn the_one_time_password_is_good_only_for_changing_it() {
    let house = House::start();
    let one_time = house.one_time.clone().unwrap();
    let first = house.operator(&one_time);
    let wanted = json!({ "tenant": "acme", "name": "main" });
    let refused = first.post(KEYS, &wanted).await;
    refused.refused(403, "password-change-required");
    let short = json!({ "new": "eleven char" });
    let refused = first.post("/api/v1/admin/password", &short).await;
    refused.refused(422, "password-too-short");
    let change = json!({ "new": PASSWORD });
    first.post("/api/v1/admin/password", &change).await.ok();

    first.post(KEYS, &wanted).await.refused(401, "unauthorised");
    let key = house.operator(PASSWORD).post(KEYS, &wanted).await.ok();
    let integrator = house.anybody().bearer(key["key"].as_str().unwrap());
    assert_eq!(integrator.get("/api/v1/contracts").await.ok(), json!([]));
}

#[tokio::test]
async fn a_one_time_password_that_was_not_used_is_replaced_by_the_next_start() {
    let house = House::start();
    let first = house.one_time.clone().unwrap();
    let house = house.after_power_cut();
    let second = house.one_time.clone().unwrap();
    let change = json!({ "new": PASSWORD });
    let with_first = house
        .operator(&first)
        .post("/api/v1/admin/password", &change)
        .await;
    with_first.refused(401, "unauthorised");
    let with_second = house
        .operator(&second)
        .post("/api/v1/admin/password", &change)
        .await;
    with_second.ok();
    let house = house.after_stop();
    assert_eq!(house.one_time, None, "{}", house.printed);
}

#[tokio::test]
async fn stop_and_power_cut_lose_nothing_and_signing_goes_on() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "sms");
    let contract = draft.make(&acme).await;
    let borrower = contract.reader("borrower").await;
    let lender = contract.reader("lender").await;
    lender.ask_code().await.ok();
    let code = house.code(PHONE).await;
    let before = contract.get("").await.ok();

    let house = house.after_stop();
    let (contract, borrower, lender) = (
        house.again(contract),
        house.back(borrower),
        house.back(lender),
    );
    assert_eq!(contract.get("").await.ok(), before);
    borrower.submit(&borrower.by_hand()).await.ok();
    let act = contract.act("borrower").await;
    assert!(act.is_some());

    let house = house.after_power_cut();
    let (contract, lender) = (house.again(contract), house.back(lender));
    assert_eq!(contract.act("borrower").await, act);
    lender.try_code(&code).await.ok();
    lender.submit(&lender.package()).await.ok();
    assert_eq!(contract.state().await, "complete");
    house.verified(&contract).await;
}

#[tokio::test]
async fn an_acknowledged_act_is_answered_again_after_a_power_cut() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    let package = visit.by_hand();
    let receipt = visit.submit_once("once", &package).await.ok();
    let house = house.after_power_cut();
    let visit = house.back(visit);
    assert_eq!(visit.submit_once("once", &package).await.ok(), receipt);
}
