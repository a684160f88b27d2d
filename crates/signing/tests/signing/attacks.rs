//! What an attacker tries with a session's secret in hand, many times at once.

use std::sync::Arc;

use futures::future::join_all;
use signing::{event::Order, policy::Mode, service::Submission};

use crate::house::{House, TENANT, least, party, written};

/// Guesses at one code.
const GUESSES: usize = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_guesses_at_once_get_five_tries() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let secret: Arc<str> = house.visit(&contract, "lender").await.into();
    house.send_code(&secret).await.unwrap();
    let right: usize = house.outbox.code().parse().unwrap();
    let guess = |n: usize| {
        let (signing, secret) = (house.signing.clone(), Arc::clone(&secret));
        // Never the right one: what is counted is how many were looked at.
        let code = format!("{:06}", (right + 1 + n) % 1_000_000);
        tokio::spawn(async move { signing.try_code(&secret, &code).await })
    };
    let answers = join_all((0..GUESSES).map(guess)).await;
    let code = |answer: &Result<_, tokio::task::JoinError>| {
        let answer: &Result<(), signing::SigningError> = answer.as_ref().unwrap();
        answer.as_ref().unwrap_err().code().to_owned()
    };
    let looked_at = answers.iter().filter(|a| code(a) == "code-wrong").count();
    let exhausted = answers
        .iter()
        .filter(|a| code(a) == "code-exhausted")
        .count();
    assert_eq!((looked_at, exhausted), (5, GUESSES - 5));
    let right = format!("{right:06}");
    let late = house.signing.try_code(&secret, &right).await;
    assert_eq!(late.unwrap_err().code(), "code-exhausted");
    let recorded = house
        .store
        .events(TENANT, "contract", &contract.contract, 0)
        .await
        .unwrap();
    let tried = recorded
        .iter()
        .filter(|event| event.kind == "code-tried")
        .count();
    assert_eq!(tried, 5, "only what was looked at is recorded");
}

/// The signer reads one document; whatever is submitted, under whichever names, while
/// another is pushed in between: what is signed was read.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_swaps_of_the_document_sign_nothing_unseen() {
    const RACES: usize = 10_000;
    let house = House::new().await;
    let contract = |title: &'static str| {
        let parties = vec![party("borrower", Mode::Pad, title, 0.0)];
        house.ask(Order::Parallel, parties, least())
    };
    let read = contract("陈思远").await.unwrap();
    let unseen = contract("陈思近").await.unwrap();
    let secret: Arc<str> = house.ready(&read, "borrower").await.into();
    let other: Arc<str> = house.visit(&unseen, "borrower").await.into();
    let hand = written(&house.signing.session(&secret).await.unwrap());
    let stray = written(&house.signing.session(&other).await.unwrap());
    let package = |n: usize| {
        let swapped = n % 4;
        Submission {
            contract: if swapped & 1 == 0 { &unseen } else { &read }
                .contract
                .clone(),
            document: if swapped & 2 == 0 { &unseen } else { &read }
                .document
                .clone(),
            device: serde_json::json!({ "user_agent": "attacker" }),
            handwriting: Some(if n.is_multiple_of(3) {
                hand.clone()
            } else {
                stray.clone()
            }),
            sealed: false,
            address: None,
        }
    };
    // Both documents are one size and look alike to whoever takes a digest for another.
    assert_ne!(read.contract, unseen.contract);
    let race = |n: usize| {
        let signing = house.signing.clone();
        let secret = Arc::clone(if n.is_multiple_of(5) { &other } else { &secret });
        let package = package(n);
        tokio::spawn(async move { signing.submit(&secret, &package, None).await.ok() })
    };
    let mut signed = Vec::new();
    for round in 0..RACES / 100 {
        let round = join_all((0..100).map(|n| race(round * 100 + n))).await;
        signed.extend(round.into_iter().filter_map(Result::unwrap));
    }
    assert_eq!(signed.len(), 1, "what was read is signed, once");
    assert_eq!(signed[0].contract, read.contract);
    let untouched = house.signing.view(TENANT, &unseen.contract).await.unwrap();
    assert!(untouched.parties.iter().all(|party| party.act.is_none()));
}
