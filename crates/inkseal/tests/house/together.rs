//! Two parties at the same instant.

use crate::kit::{House, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_succeed_in_some_order() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    for turn in 0..10 {
        let profile = if turn % 2 == 0 { "gm" } else { "intl" };
        let draft = contract().with("profile", profile);
        let draft = draft.person("borrower", "pad").person("lender", "pad");
        let contract = draft.make(&acme).await;
        let borrower = contract.reader("borrower").await;
        let lender = contract.reader("lender").await;
        let (one, two) = (borrower.by_hand(), lender.by_hand());
        let (one, two) = tokio::join!(borrower.submit(&one), lender.submit(&two));
        let mut states = [one.ok(), two.ok()].map(|receipt| receipt["state"].clone());
        states.sort_by_key(ToString::to_string);
        assert_eq!(states, ["complete", "signing"], "one of them was the last");
        let report = house.verified(&contract).await;
        let closing = if profile == "gm" { 2 } else { 1 };
        assert_eq!(report["signatures"].as_array().unwrap().len(), 2 + closing);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_contracts_at_once_do_not_mix() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let mut running = Vec::new();
    for _ in 0..16 {
        let acme = acme.clone();
        running.push(tokio::spawn(async move {
            let contract = contract().person("borrower", "pad").make(&acme).await;
            let receipt = contract.sign_by_hand("borrower").await;
            assert_eq!(receipt["contract"], contract.id.as_str());
            contract
        }));
    }
    let mut acts = std::collections::BTreeSet::new();
    for contract in running {
        let contract = contract.await.unwrap();
        assert_eq!(contract.state().await, "complete");
        let report = house.verified(&contract).await;
        assert_eq!(report["contract"], contract.id.as_str());
        acts.insert(contract.act("borrower").await.unwrap());
    }
    assert_eq!(acts.len(), 16);
}
