//! Each mode from its beginning to the finished contract, over HTTP, with the evidence that
//! it asks for by default and the simulators that are servers.

use std::path::Path;

use crypto::envelope::{Envelope, OpeningKey};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::kit::{
    Contract, House, contract,
    desk::Desk,
    house::LOG,
    repository,
    visit::{Visit, handwriting},
};

const MODES: [&str; 4] = ["counter", "pad", "app", "sms"];

/// The published schema of manifests.
fn schema() -> Validator {
    let file = repository().join("docs/manifest.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A visit as its mode begins: by a link, or with the officer.
async fn visit(contract: &Contract, mode: &str, desk: &Desk) -> Visit {
    match mode {
        "counter" | "pad" => desk.visit(contract, "borrower").await,
        _ => contract.visit("borrower").await,
    }
}

/// A contract of one person, whose mode asks for what it asks for by default.
async fn of(house: &House, mode: &str) -> Contract {
    let integrator = house.integrator("tests").await;
    let draft = contract().with("evidence", json!({}));
    let known = json!({
        "role": "borrower", "mode": mode, "name": "陈思远",
        "id_number": "310101199003077413", "phone": contract::PHONE,
        "places": [{ "page": 2, "rect": [72, 600, 182, 650] }],
    });
    draft.party(known).make(&integrator).await
}

#[tokio::test]
async fn each_mode_goes_from_link_to_finished_contract() {
    let house = House::start();
    let schema = schema();
    let desk = Desk::open(&house, &house.integrator("tests").await, "E-1024").await;
    for mode in MODES {
        let contract = of(&house, mode).await;
        let visit = visit(&contract, mode, &desk).await;
        visit.bring_all_but(&house, "").await;
        let mut package = visit.package();
        let required = visit.session().await["required"].clone();
        if required.as_array().unwrap().contains(&json!("handwriting")) {
            package = visit.by_hand();
        }
        let receipt = visit.submit_sealed(&package).await.ok();
        assert_eq!(receipt["state"], "complete", "{mode}");
        let manifests = contract.get("/manifests").await.ok();
        let manifests = manifests.as_array().unwrap().clone();
        assert_eq!(manifests[0]["mode"], mode);
        assert_eq!(manifests[0]["policy"], format!("{mode}/2"));
        for manifest in &manifests {
            let wrong: Vec<_> = schema
                .iter_errors(manifest)
                .map(|e| e.to_string())
                .collect();
            assert!(wrong.is_empty(), "{mode}: {wrong:?}\n{manifest:#}");
        }
        let source = |kind: &str| {
            let items = manifests[0]["items"].as_array().unwrap();
            let item = items.iter().find(|item| item["kind"] == kind);
            item.map(|item| item["source"].as_str().unwrap().to_owned())
        };
        assert_eq!(source("identity").as_deref(), Some("authority-simulator"));
        if mode == "sms" {
            assert_eq!(source("code").as_deref(), Some("sms-simulator"));
        }
    }
}

#[tokio::test]
async fn what_a_mode_asks_for_is_named_when_it_is_missing() {
    let house = House::start();
    let desk = Desk::open(&house, &house.integrator("tests").await, "E-1024").await;
    for mode in MODES {
        let contract = of(&house, mode).await;
        let required = contract.visit("borrower").await.session().await["required"].clone();
        for requirement in required.as_array().unwrap() {
            let requirement = requirement.as_str().unwrap();
            let kind = requirement.split('|').next().unwrap();
            // Who submits always tells of the device.
            if kind == "device" {
                continue;
            }
            // Where nobody was there, a link was opened alone.
            let visit = if kind == "attendant" {
                contract.visit("borrower").await
            } else {
                visit(&contract, mode, &desk).await
            };
            visit.bring_all_but(&house, kind).await;
            let hand = kind != "handwriting" && required.to_string().contains("\"handwriting\"");
            let package = if hand {
                visit.by_hand()
            } else {
                visit.package()
            };
            let refused = visit.submit_sealed(&package).await;
            let refused = refused.refused(422, "evidence-missing");
            let detail = refused["detail"].as_str().unwrap();
            assert!(detail.contains(requirement), "{mode} {kind}: {detail}");
        }
    }
}

/// All bytes of all files of a folder.
fn files(folder: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.extend(std::fs::read(path).unwrap());
        }
    }
}

fn there(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// The server never has a sample: not on disk, not in its logs, not in its memory, as long
/// as it runs and whoever looks.
#[tokio::test]
async fn no_sample_is_on_disk_or_in_the_memory_of_the_server() {
    let house = House::logged();
    let desk = Desk::open(&house, &house.integrator("tests").await, "E-1024").await;
    let contract = of(&house, "pad").await;
    let visit = visit(&contract, "pad", &desk).await;
    visit.bring_all_but(&house, "").await;
    let mut samples = handwriting();
    // Times that nothing else has, at the places of the strokes.
    for (n, stroke) in samples["strokes"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        for (m, sample) in stroke.as_array_mut().unwrap().iter_mut().enumerate() {
            let index = u32::try_from(n * 1000 + m).unwrap();
            sample[2] = json!(f64::from(index) * 8.0 + 0.187_5);
        }
    }
    let text = samples.to_string();
    let sample = samples["strokes"][1][7].to_string();
    let sample = sample.trim_matches(['[', ']']);
    assert!(there(text.as_bytes(), sample));
    let mut package = visit.package();
    package["handwriting"] = visit.written(&samples);
    visit.submit_sealed(&package).await.ok();

    let memory = house.memory();
    let mut written = Vec::new();
    files(house.folder(), &mut written);
    for (place, bytes) in [("memory", &memory), ("disk", &written)] {
        assert!(
            there(bytes, &contract.id),
            "{place}: the search finds what is there"
        );
        assert!(!there(bytes, sample), "{place} has a sample");
    }
    // Nor do the logs, at their most talkative, tell who signed or by which secrets.
    let log = std::fs::read(house.folder().join(LOG)).unwrap();
    assert!(
        there(&log, "/api/v1/session/submission"),
        "the log tells something"
    );
    let session = visit.client.secret();
    let private = ["陈思远", "310101199003077413", contract::PHONE, session];
    for private in private {
        assert!(!there(&log, private), "the log has {private}");
    }
    // And the forensic key, which lies in the operator's folder here, opens all of it.
    let manifests = contract.get("/manifests").await.ok();
    let items = manifests[0]["items"].as_array().unwrap().clone();
    let item = items
        .iter()
        .find(|item| item["kind"] == "handwriting")
        .unwrap();
    let path = format!("/evidence/{}", item["digest"].as_str().unwrap());
    let envelope = Envelope::from_bytes(contract.get(&path).await.bytes()).unwrap();
    let key = house.folder().join(".inkseal/forensic/sm2.key.pem");
    let key = OpeningKey::from_pem(&std::fs::read_to_string(key).unwrap()).unwrap();
    let binding = envelope.binding().clone();
    let opened = crypto::envelope::open(&envelope, &key, &binding).unwrap();
    assert_eq!(opened.as_slice(), text.as_bytes());
}

/// Somebody of the register, who was here before and whose face is not asked for.
#[tokio::test]
async fn a_returning_signer_signs_by_password_and_code() {
    let house = House::start();
    let integrator = house.integrator("tests").await;
    let person = json!({ "name": "陈思远", "phone": contract::PHONE,
        "documents": [{ "kind": "resident-id", "number": "310101199003077413" }] });
    let person = integrator.post("/api/v1/persons", &person).await.ok();
    let id = person["person"].as_str().unwrap();
    let password = json!({ "password": "correct horse battery" });
    let path = format!("/api/v1/persons/{id}/password");
    integrator.put(&path, &password).await.ok();
    let party = json!({ "role": "borrower", "mode": "app", "person": id,
        "places": [{ "page": 2, "rect": [72, 600, 182, 650] }] });
    let draft = contract().with("evidence", json!({})).party(party);
    let contract = draft.make(&integrator).await;
    let visit = contract.visit("borrower").await;
    visit.agree().await;
    let typed = |word: &str| json!({ "password": word }).to_string();
    let wrong = visit
        .post_sealed("password", "password", typed("wrong password").as_bytes())
        .await;
    assert_eq!(wrong.status, 422, "{wrong}");
    let right = typed("correct horse battery");
    visit
        .post_sealed("password", "password", right.as_bytes())
        .await
        .ok();
    for kind in ["identity", "reading", "code"] {
        visit.bring(&house, kind, "").await.ok();
    }
    let receipt = visit.submit_sealed(&visit.by_hand()).await.ok();
    assert_eq!(receipt["state"], "complete");
    let manifests = contract.get("/manifests").await.ok();
    let items = manifests[0]["items"].as_array().unwrap().clone();
    assert!(items.iter().any(|item| item["kind"] == "password"));
    // Somebody who is not in the register has no password.
    let stranger = of(&house, "app").await.visit("borrower").await;
    let refused = stranger
        .post_sealed("password", "password", right.as_bytes())
        .await;
    refused.refused(409, "not-in-mode");
}

/// A signer who has nothing but a telephone.
#[tokio::test]
async fn a_link_that_was_sent_is_signed_by_telephone_alone() {
    let house = House::start();
    let contract = of(&house, "sms").await;
    let wanted = json!({ "role": "borrower", "send": true });
    contract.post("/links", &wanted).await.ok();
    let message = house.message(contract::PHONE).await;
    let (_, token) = message.split_once("/sign/#").unwrap();
    let token: String = token.chars().take_while(char::is_ascii_hexdigit).collect();
    let anybody = house.anybody();
    let opened = json!({ "link": token });
    let opened = anybody.post("/api/v1/sessions/open", &opened).await.ok();
    let visit = Visit::new(&anybody, token, &opened);
    visit.bring_all_but(&house, "").await;
    let receipt = visit.submit_sealed(&visit.package()).await.ok();
    assert_eq!(receipt["state"], "complete");
}

#[tokio::test]
async fn the_schema_is_published_and_refuses_what_is_no_manifest() {
    let house = House::start();
    let served = house.anybody().get("/api/v1/schemas/manifest").await.ok();
    let file = repository().join("docs/manifest.schema.json");
    let written: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(served, written);
    let schema = schema();
    for wrong in [json!({}), json!({ "version": 2, "items": [] }), json!([])] {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}
