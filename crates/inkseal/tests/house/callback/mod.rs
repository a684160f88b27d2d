//! Who made a contract is told what becomes of it, and nobody within the operator's
//! network is.

use std::time::Duration;

use axum::{Router, body::Bytes, extract::State, http::HeaderMap};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use crate::kit::{House, contract};

/// One a line.
const FORMS: &str = include_str!("forms.txt");
/// Longer than any pause in a test.
const PATIENCE: Duration = Duration::from_mins(2);

type Got = (HeaderMap, Value);

async fn take(State(told): State<mpsc::UnboundedSender<Got>>, headers: HeaderMap, body: Bytes) {
    let said = serde_json::from_slice(&body).unwrap();
    told.send((headers, said)).unwrap();
}

/// A receiver on a socket; gives what it is told.
fn receiver(listener: TcpListener) -> mpsc::UnboundedReceiver<Got> {
    let (told, got) = mpsc::unbounded_channel();
    let router = Router::new().fallback(take).with_state(told);
    tokio::spawn(async move { axum::serve(listener, router).await });
    got
}

#[tokio::test]
async fn every_form_of_a_private_address_is_refused() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let forms = FORMS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut tried = 0;
    for form in forms {
        let draft = contract()
            .person("borrower", "pad")
            .with("callback_url", form);
        let refused = draft.ask(&acme).await.refused(422, "callback-address");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.starts_with("callback_url: "), "{form}: {detail}");
        tried += 1;
    }
    assert!(tried >= 60, "{tried}");
}

/// The receiver is away while the contract is signed, and the server's power is cut; it is
/// told of everything later, in order, by requests that are signed.
#[tokio::test]
async fn a_receiver_is_told_what_became_of_a_contract() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Away: nobody listens there until later.
    drop(listener);
    let house = House::configured(&format!("callback_allow = [\"{address}\"]\n"));
    let acme = house.integrator("acme").await;
    let url = format!("http://{address}/hook");
    let draft = || {
        contract()
            .person("borrower", "pad")
            .with("callback_url", url.as_str())
    };
    let complete = draft().make(&acme).await;
    complete.sign_by_hand("borrower").await;
    let withdrawn = draft().make(&acme).await;
    withdrawn.post("/withdrawal", &json!({})).await.ok();
    let house = house.after_power_cut();
    let mut told = receiver(TcpListener::bind(address).await.unwrap());
    let (mut of_complete, mut of_withdrawn) = (Vec::new(), Vec::new());
    while of_complete.len() < 2 || of_withdrawn.is_empty() {
        let next = tokio::time::timeout(PATIENCE, told.recv()).await;
        let (headers, said) = next.unwrap().unwrap();
        let contract = said["contract"].as_str().unwrap().to_owned();
        let event = said["event"].as_str().unwrap().to_owned();
        let key = format!("{contract}-{}", said["sequence"]);
        assert_eq!(headers["idempotency-key"], key);
        assert!(headers.contains_key("signature"));
        let key = house.anybody().get("/api/v1/callback-key").await.ok();
        let input = headers["signature-input"].to_str().unwrap();
        let keyid = format!("keyid={}", key["keyid"]);
        assert!(input.contains(&keyid), "{input} {keyid}");
        let list = if contract == complete.id {
            &mut of_complete
        } else {
            &mut of_withdrawn
        };
        // Told again is allowed, out of order is not.
        if list.last() != Some(&event) {
            list.push(event);
        }
    }
    assert_eq!(of_complete, ["signed", "complete"]);
    assert_eq!(of_withdrawn, ["withdrawn"]);
}
