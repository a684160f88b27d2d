//! A link for whoever has lost it, by number alone: nobody learns by asking who has
//! something to sign.

use std::sync::Arc;

use reqwest::header::{DATE, HeaderMap};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{House, contract, contract::PHONE, house::Start, visit::Visit};

/// A number that nobody here has.
const NOBODY: &str = "13900000001";

/// Two for a number from an address, and of all numbers a third of these, so that one more
/// is refused within a test.
const LIMITS: &str = "{number=[{most=2,within_ms=86400000}],\
                      address=[{most=13,within_ms=86400000}]}";

/// All that can be told of an answer from outside, but when it was given.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

async fn ask(house: &House, asked: &Value) -> Seen {
    let url = format!("{}/api/v1/links/pickup", house.url);
    let sent = reqwest::Client::new().post(url).json(asked).send();
    let answer = sent.await.unwrap();
    let (status, mut headers) = (answer.status().as_u16(), answer.headers().clone());
    headers.remove(DATE);
    let mut body = answer.bytes().await.unwrap().to_vec();
    // A refusal says in how many seconds to come again.
    body.retain(|byte| !byte.is_ascii_digit());
    Seen {
        status,
        headers,
        body,
    }
}

#[tokio::test]
async fn who_is_known_and_who_is_not_is_the_same_to_a_stranger() {
    let start = Start {
        variables: vec![("INKSEAL_CODE_LIMITS", LIMITS.to_owned())],
        ..Start::default()
    };
    let house = House::serve(Arc::new(TempDir::new().unwrap()), start);
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let gateway = house.gateway();
    let hold = json!({ "instead": "hold" });
    gateway.post("/simulator", &hold).await.ok();
    for status in [202, 202, 429] {
        let known = ask(&house, &json!({ "phone": PHONE })).await;
        let unknown = ask(&house, &json!({ "phone": NOBODY })).await;
        assert_eq!(known, unknown);
        assert_eq!(known.status, status);
        // Both were answered while the gateway lets nothing through.
        assert!(house.messages(PHONE).await.is_empty());
    }
    // From here one more may ask, for whatever number and tenant; a bad one counts for none.
    for bad in [
        json!({ "phone": "1" }),
        json!({}),
        json!({ "phone": PHONE, "x": 1 }),
    ] {
        assert_eq!(ask(&house, &bad).await.status, 422);
    }
    let third = json!({ "phone": "13900000002", "tenant": "acme" });
    assert_eq!(ask(&house, &third).await.status, 202);
    let fourth = json!({ "phone": "13900000003" });
    assert_eq!(ask(&house, &fourth).await.status, 429);
    gateway.post("/simulator", &json!({})).await.ok();
    while house.messages(PHONE).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(house.messages(NOBODY).await.is_empty());

    let message = house.message(PHONE).await;
    let (_, token) = message.split_once("/sign/#").unwrap();
    let token: String = token.chars().take_while(char::is_ascii_hexdigit).collect();
    let anybody = house.anybody();
    let opened = anybody
        .post("/api/v1/sessions/open", &json!({ "link": token }))
        .await
        .ok();
    let visit = Visit::new(&anybody, token, &opened);
    visit.read().await;
    // What strangers asked for took none of the signer's own codes.
    visit.ask_code().await.ok();
    visit.try_code(&house.code(PHONE).await).await.ok();
    visit.submit(&visit.package()).await.ok();
    assert_eq!(contract.state().await, "complete");
}
