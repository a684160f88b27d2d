//! Contracts of a set: one sitting, one identity and one code, and each its own act.

use signing::{
    SigningError,
    event::Order,
    policy::Mode,
    service::{Check, ContractView, Missed, Opened, Receipt, Submission},
};

use crate::{
    evidence::Registry,
    house::{HOUR, House, TENANT, least, party, written},
};

async fn contracts(house: &House, mode: Mode, count: usize) -> Vec<ContractView> {
    let mut contracts = Vec::new();
    for _ in 0..count {
        let parties = vec![party("borrower", mode, "陈思远", 0.0)];
        contracts.push(house.ask(Order::Parallel, parties, least()).await.unwrap());
    }
    contracts
}

fn members(contracts: &[ContractView]) -> Vec<(String, String)> {
    let member = |contract: &ContractView| (contract.contract.clone(), "borrower".to_owned());
    contracts.iter().map(member).collect()
}

async fn submit(house: &House, opened: &Opened, hand: bool) -> Result<Receipt, SigningError> {
    let view = house.signing.session(&opened.secret).await.unwrap();
    let package = Submission {
        contract: view.contract.clone(),
        document: view.document.clone(),
        device: serde_json::json!({ "user_agent": "test" }),
        handwriting: hand.then(|| written(&view)),
        sealed: false,
        address: None,
    };
    house.signing.submit(&opened.secret, &package, None).await
}

#[tokio::test]
async fn a_hundred_contracts_are_signed_in_one_sitting() {
    let house = House::new().await;
    let contracts = contracts(&house, Mode::Pad, 100).await;
    let link = house
        .signing
        .issue_set(TENANT, &members(&contracts), HOUR)
        .await
        .unwrap();
    let sitting = house.signing.open_set(&link.token).await.unwrap();
    assert_eq!(sitting.sessions.len(), 100);
    let again = house.signing.open_set(&link.token).await.unwrap_err();
    assert_eq!(again.code(), "link-used");
    for (contract, opened) in contracts.iter().zip(&sitting.sessions) {
        assert_eq!(opened.view.set.as_ref().unwrap().set, link.set);
        house.read(contract, &opened.secret).await;
        let receipt = submit(&house, opened, true).await.unwrap();
        assert_eq!(receipt.state, "complete");
    }
}

#[tokio::test]
async fn one_code_confirms_all_and_reading_is_for_each() {
    let house = House::asking(std::sync::Arc::new(Registry::default())).await;
    let mut least = least();
    let sms = serde_json::json!({ "required": ["identity", "reading", "device", "code"],
        "optional": [], "consent": [], "sealed": false });
    least.insert(Mode::Sms, serde_json::from_value(sms).unwrap());
    let mut contracts = Vec::new();
    for _ in 0..5 {
        let parties = vec![party("borrower", Mode::Sms, "陈思远", 0.0)];
        let contract = house.ask(Order::Parallel, parties, least.clone()).await;
        contracts.push(contract.unwrap());
    }
    let signing = &house.signing;
    let link = signing
        .issue_set(TENANT, &members(&contracts), HOUR)
        .await
        .unwrap();
    let sitting = signing.open_set(&link.token).await.unwrap();
    let lead = &sitting.sessions[0].secret;
    signing.identify(lead, Check::Phone, false).await.unwrap();
    house.send_code(lead).await.unwrap();
    signing.try_code(lead, &house.outbox.code()).await.unwrap();
    let shared = signing.share(&sitting.secret).await.unwrap();
    assert_eq!((shared.contracts, shared.missed.len()), (5, 0));
    let refused = submit(&house, &sitting.sessions[3], false)
        .await
        .unwrap_err();
    assert_eq!(refused.to_string(), "evidence is missing: reading");
    for (contract, opened) in contracts.iter().zip(&sitting.sessions) {
        house.read(contract, &opened.secret).await;
        submit(&house, opened, false).await.unwrap();
        let finished = signing.finished(TENANT, &contract.contract).await.unwrap();
        let items = finished.manifests[0]["items"].as_array().unwrap().clone();
        let code = items.iter().find(|item| item["kind"] == "code").unwrap();
        let shared = code["facts"]["shared"].as_str();
        let own = opened.view.session == sitting.sessions[0].view.session;
        let lead = sitting.sessions[0].view.session.as_str();
        assert_eq!(shared, (!own).then_some(lead));
        // What an authority said is kept with each contract.
        let said = items
            .iter()
            .find(|item| item["kind"] == "identity")
            .unwrap();
        let digest = said["digest"].as_str().unwrap();
        signing
            .evidence(TENANT, &contract.contract, digest)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_set_is_of_one_person_and_of_different_contracts() {
    let house = House::new().await;
    let mut contracts = contracts(&house, Mode::Pad, 2).await;
    let code = |refused: Result<_, SigningError>| {
        let refused: Result<signing::service::SetLink, _> = refused;
        refused.unwrap_err().code().to_owned()
    };
    let signing = &house.signing;
    let ask = |members: Vec<(String, String)>| async move {
        signing.issue_set(TENANT, &members, HOUR).await
    };
    assert_eq!(code(ask(members(&contracts[..1])).await), "invalid-field");
    let twice = [members(&contracts[..1]), members(&contracts[..1])].concat();
    assert_eq!(code(ask(twice).await), "invalid-field");
    let stranger = vec![party("borrower", Mode::Pad, "周慧敏", 0.0)];
    let stranger = house.ask(Order::Parallel, stranger, least()).await.unwrap();
    contracts.push(stranger);
    assert_eq!(code(ask(members(&contracts)).await), "invalid-field");
    let other = signing
        .issue_set("another", &members(&contracts[..2]), HOUR)
        .await;
    assert_eq!(code(other), "not-found");
}

/// A contract that ended is named, and the others are signed.
#[tokio::test]
async fn a_dead_contract_does_not_keep_the_others_from_being_signed() {
    let house = House::new().await;
    let signing = &house.signing;
    let contracts = contracts(&house, Mode::Pad, 5).await;
    let end = |at: usize| signing.withdraw(TENANT, &contracts[at].contract);
    let named = |missed: &[Missed]| -> Vec<(String, &str)> {
        let named = |one: &Missed| (one.contract.clone(), one.refusal.code());
        missed.iter().map(named).collect()
    };
    let dead = |at: usize| (contracts[at].contract.clone(), "contract-ended");
    end(1).await.unwrap();
    let link = signing.issue_set(TENANT, &members(&contracts), HOUR).await;
    let link = link.unwrap();
    assert_eq!(named(&link.missed), [dead(1)]);
    // The first of those that are left, which would lead the others.
    end(0).await.unwrap();
    let sitting = signing.open_set(&link.token).await.unwrap();
    assert_eq!(named(&sitting.missed), [dead(0)]);
    let open: Vec<_> = sitting
        .sessions
        .iter()
        .map(|one| &one.view.contract)
        .collect();
    assert_eq!(open, [2, 3, 4].map(|at| &contracts[at].contract));
    let again = signing.open_set(&link.token).await.unwrap_err();
    assert_eq!(again.code(), "link-used");
    let lead = &sitting.sessions[0];
    let shared = signing.share(&sitting.secret).await.unwrap();
    assert_eq!((shared.contracts, shared.missed.len()), (3, 0));
    end(3).await.unwrap();
    let shared = signing.share(&sitting.secret).await.unwrap();
    assert_eq!(
        (shared.contracts, named(&shared.missed)),
        (2, vec![dead(3)])
    );
    for (at, opened) in [(2, lead), (4, &sitting.sessions[2])] {
        house.read(&contracts[at], &opened.secret).await;
        let receipt = submit(&house, opened, true).await.unwrap();
        assert_eq!(receipt.state, "complete");
    }
}

#[tokio::test]
async fn a_set_of_which_nothing_is_left_is_refused() {
    let house = House::new().await;
    let signing = &house.signing;
    let contracts = contracts(&house, Mode::Pad, 2).await;
    let all = members(&contracts);
    let ask = || signing.issue_set(TENANT, &all, HOUR);
    let link = ask().await.unwrap();
    for contract in &contracts {
        signing.withdraw(TENANT, &contract.contract).await.unwrap();
    }
    let refused = ask().await.unwrap_err();
    assert_eq!(refused.code(), "contract-ended");
    let refused = signing.open_set(&link.token).await.unwrap_err();
    assert_eq!(refused.code(), "contract-ended");
    let refused = signing.open_set("none").await.unwrap_err();
    assert_eq!(refused.code(), "link-unknown");
}

#[tokio::test]
async fn nothing_is_shared_into_a_session_outside_of_the_set() {
    let house = House::new().await;
    let contracts = contracts(&house, Mode::Pad, 2).await;
    let alone = house.visit(&contracts[0], "borrower").await;
    let refused = house.signing.share(&alone).await.unwrap_err();
    assert_eq!(refused.code(), "unauthorised");
}

/// What the first contract took without asking does not get round what another asks for.
#[tokio::test]
async fn what_is_shared_passes_the_policy_of_each_contract() {
    let house = House::asking(std::sync::Arc::new(Registry::default())).await;
    let asked = |consent: &str| {
        let policy = serde_json::json!({ "required": ["face", "reading", "device", "handwriting"],
            "optional": ["identity"], "consent": serde_json::from_str::<serde_json::Value>(consent).unwrap(),
            "sealed": false });
        let mut evidence = least();
        evidence.insert(Mode::Pad, serde_json::from_value(policy).unwrap());
        evidence
    };
    let mut contracts = Vec::new();
    for consent in ["[]", r#"["face"]"#] {
        let parties = vec![party("borrower", Mode::Pad, "陈思远", 0.0)];
        let contract = house.ask(Order::Parallel, parties, asked(consent)).await;
        contracts.push(contract.unwrap());
    }
    let signing = &house.signing;
    let link = signing
        .issue_set(TENANT, &members(&contracts), HOUR)
        .await
        .unwrap();
    let sitting = signing.open_set(&link.token).await.unwrap();
    let check = Check::Face {
        portrait: crate::evidence::picture().into(),
        liveness: None,
    };
    let lead = &sitting.sessions[0].secret;
    signing.identify(lead, check, false).await.unwrap();
    signing.share(&sitting.secret).await.unwrap();
    let member = &sitting.sessions[1];
    house.read(&contracts[1], &member.secret).await;
    let refused = submit(&house, member, true).await.unwrap_err();
    assert_eq!(refused.to_string(), "evidence is missing: face");
    // Agreed to in the first, it is given to the other as well, and once.
    let of = signing::policy::ItemKind::Face;
    signing
        .consent(&member.secret, of, "1", "zh")
        .await
        .unwrap();
    signing.share(&sitting.secret).await.unwrap();
    signing.share(&sitting.secret).await.unwrap();
    let view = signing.session(&member.secret).await.unwrap();
    let faces = view.collected.iter().filter(|kind| **kind == of).count();
    assert_eq!(faces, 1);
    submit(&house, member, true).await.unwrap();
}
