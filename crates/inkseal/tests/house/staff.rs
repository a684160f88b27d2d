//! Officers and clerks over HTTP: several signers in a row on a PAD, a second screen at
//! a counter, and who is refused.

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::kit::{
    Contract, House, contract,
    contract::Draft,
    desk::{self, Desk, PASSWORD, appoint, log_in},
    visit::Visit,
};

const WANTED: &str = "/api/v1/officer/sessions";
const PAIRINGS: &str = "/api/v1/officer/pairings";
const PAIRED: &str = "/api/v1/pairings/open";

/// A contract that asks for an attendant beside the least.
fn attended() -> Draft {
    let asked = json!({ "required": ["attendant", "reading", "device", "handwriting"],
        "optional": ["id-photo-front", "voice"], "consent": [], "sealed": false });
    contract().with(
        "evidence",
        json!({ "pad": asked, "counter": asked, "sms": {
            "required": ["reading", "device", "code"], "optional": [], "consent": [],
            "sealed": false } }),
    )
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn wanted(contract: &Contract, role: &str) -> Value {
    json!({ "contract": contract.id, "role": role })
}

#[tokio::test]
async fn a_pad_goes_from_one_signer_to_the_next() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let desk = Desk::open(&house, &acme, "E-1024").await;
    let draft = attended().person("borrower", "pad").person("spouse", "pad");
    let contract = draft.make(&acme).await;

    // By a link somebody signs alone: that is missing, by name.
    let alone = contract.reader("borrower").await;
    let problem = alone.submit(&alone.by_hand()).await;
    let problem = problem.refused(422, "evidence-missing");
    assert_eq!(problem["detail"], "evidence is missing: attendant");

    for role in ["borrower", "spouse"] {
        let opened = desk.officer.post(WANTED, &wanted(&contract, role)).await;
        let visit = Visit::new(&desk.officer, String::new(), &opened.ok());
        visit.read().await;
        visit.submit(&visit.by_hand()).await.ok();
        let again = desk.officer.post(WANTED, &wanted(&contract, role)).await;
        assert_eq!(again.status, 409, "{again}");
    }
    assert_eq!(contract.state().await, "complete");
    let manifests = contract.get("/manifests").await.ok();
    let mut attended = 0;
    for manifest in manifests.as_array().unwrap() {
        let items = manifest["items"].as_array().unwrap();
        let of = items.iter().filter(|item| item["kind"] == "attendant");
        for item in of {
            let facts = json!({ "officer": "E-1024", "device": desk.device });
            assert_eq!(item["facts"], facts);
            let digest = item["digest"].as_str().unwrap();
            let record = contract.get(&format!("/evidence/{digest}")).await.bytes();
            let record: Value = serde_json::from_slice(&record).unwrap();
            assert_eq!(record["officer_name"], "王伟国");
            attended += 1;
        }
    }
    assert_eq!(attended, 2);
    house.verified(&contract).await;
}

#[tokio::test]
async fn a_device_is_enrolled_once() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let draft = json!({ "name": "分行一号" });
    let added = acme.post("/api/v1/devices", &draft).await.ok();
    let code = json!({ "code": added["code"] });
    let (anybody, path) = (house.anybody(), "/api/v1/devices/enrolment");
    let enrol = || anybody.post(path, &code);
    let (a, b, c) = tokio::join!(enrol(), enrol(), enrol());
    let mut answers = [a.status, b.status, c.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 404, 404]);
    enrol().await.refused(404, "staff-code-unknown");
}

#[tokio::test]
async fn a_counter_pairs_its_second_screen() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let desk = Desk::open(&house, &acme, "clerk").await;
    let contract = attended().person("borrower", "counter").make(&acme).await;
    let pairing = desk
        .officer
        .post(PAIRINGS, &wanted(&contract, "borrower"))
        .await
        .ok();
    let session = text(&pairing["session"]);
    let path = |rest: &str| format!("{WANTED}/{session}{rest}");
    desk.officer.get(&path("")).await.refused(404, "not-found");

    let code = json!({ "code": pairing["code"] });
    let anybody = house.anybody();
    let opened = anybody.post(PAIRED, &code).await.ok();
    anybody
        .post(PAIRED, &code)
        .await
        .refused(404, "staff-code-unknown");
    let visit = Visit::new(&anybody, String::new(), &opened);

    // The clerk's screen sees the session, and adds what is not the signer's own.
    let seen = desk.officer.get(&path("")).await.ok();
    assert_eq!(seen["collected"], json!(["attendant"]));
    assert_eq!(seen["sealing"]["binding"]["session"], session.as_str());
    let said = visit.seal("forensic", "voice", b"yes");
    let voice = path("/evidence/voice");
    desk.officer.post_bytes(&voice, said.clone()).await.ok();
    let again = desk.officer.post_bytes(&voice, said).await;
    again.refused(409, "evidence-replayed");
    for own in ["handwriting", "attendant"] {
        let path = path(&format!("/evidence/{own}"));
        let refused = desk.officer.post_bytes(&path, b"mine".to_vec()).await;
        refused.refused(409, "not-in-mode");
    }
    // It is no signer's session: nothing is submitted with it.
    let hand = visit.by_hand();
    let submitted = desk.officer.post("/api/v1/session/submission", &hand).await;
    submitted.refused(401, "unauthorised");
    let body = wanted(&contract, "borrower");
    let opened = visit.client.post(WANTED, &body).await;
    opened.refused(401, "unauthorised");

    visit.read().await;
    visit.submit(&visit.by_hand()).await.ok();
    let manifests = contract.get("/manifests").await.ok();
    let items = manifests[0]["items"].as_array().unwrap();
    let voice = items.iter().find(|item| item["kind"] == "voice").unwrap();
    assert_eq!(voice["source"], "officer");
}

#[tokio::test]
async fn who_was_removed_is_refused_from_the_next_request_on() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let desk = Desk::open(&house, &acme, "leaver").await;
    let contract = attended().person("borrower", "pad").make(&acme).await;
    let body = wanted(&contract, "borrower");
    let paired = desk.officer.post(PAIRINGS, &body).await.ok();
    let remove = |what: &str| {
        let (acme, path) = (acme.clone(), format!("/api/v1/{what}/removal"));
        async move { acme.post(&path, &json!({})).await }
    };
    remove("officers/leaver").await.ok();
    let refused = desk.officer.post(WANTED, &body).await;
    refused.refused(401, "unauthorised");
    let refused = log_in(&desk.at_device, "leaver", PASSWORD).await;
    refused.refused(401, "unauthorised");
    let code = json!({ "code": paired["code"] });
    let refused = house.anybody().post(PAIRED, &code).await;
    refused.refused(404, "staff-code-unknown");
    appoint(&acme, "leaver").await.refused(422, "invalid-field");

    appoint(&acme, "stays").await.ok();
    let stays = log_in(&desk.at_device, "stays", PASSWORD).await.ok();
    let stays = desk.at_device.bearer(stays["secret"].as_str().unwrap());
    stays.post(PAIRINGS, &body).await.ok();
    // A power cut brings nobody back.
    remove(&format!("devices/{}", desk.device)).await.ok();
    stays
        .post(PAIRINGS, &body)
        .await
        .refused(401, "unauthorised");
    let house = house.after_power_cut();
    let (stays, at_device) = (stays.at(&house.url), desk.at_device.at(&house.url));
    stays
        .post(PAIRINGS, &body)
        .await
        .refused(401, "unauthorised");
    let refused = log_in(&at_device, "stays", PASSWORD).await;
    refused.refused(401, "unauthorised");
    let acme = acme.at(&house.url);
    let officers = acme.get("/api/v1/officers").await.ok();
    let active = officers.as_array().unwrap().iter().map(|o| &o["active"]);
    assert_eq!(active.collect::<Vec<_>>(), [false, true]);
    let devices = acme.get("/api/v1/devices").await.ok();
    assert_eq!(devices[0]["active"], false);
}

#[tokio::test]
async fn a_tenant_has_its_own_staff() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let other = house.integrator("other").await;
    let ours = Desk::open(&house, &acme, "1").await;
    let theirs = Desk::open(&house, &other, "1").await;
    let contract = attended().person("borrower", "pad").make(&acme).await;
    let body = wanted(&contract, "borrower");
    for path in [WANTED, PAIRINGS] {
        theirs
            .officer
            .post(path, &body)
            .await
            .refused(404, "not-found");
    }
    let opened = ours.officer.post(WANTED, &body).await.ok();
    let session = text(&opened["session"]["session"]);
    let path = format!("{WANTED}/{session}");
    theirs.officer.get(&path).await.refused(404, "not-found");
    ours.officer.get(&path).await.ok();
    let removal = format!("/api/v1/devices/{}/removal", ours.device);
    let refused = other.post(&removal, &json!({})).await;
    refused.refused(404, "not-found");
    ours.officer.get(&path).await.ok();
    assert_eq!(
        other
            .get("/api/v1/devices")
            .await
            .ok()
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // Each credential opens its own door alone.
    let visit = Visit::new(&acme, String::new(), &opened);
    for client in [&acme, &ours.at_device, &visit.client, &house.anybody()] {
        client
            .post(WANTED, &body)
            .await
            .refused(401, "unauthorised");
        client.get(&path).await.refused(401, "unauthorised");
    }
    for client in [&acme, &ours.officer, &visit.client] {
        log_in(client, "1", PASSWORD)
            .await
            .refused(401, "unauthorised");
    }
    for client in [&ours.officer, &ours.at_device, &visit.client] {
        let refused = client.get("/api/v1/officers").await;
        refused.refused(401, "unauthorised");
        appoint(client, "2").await.refused(401, "unauthorised");
    }
}

#[tokio::test]
async fn wrong_passwords_wait() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let desk = Desk::open(&house, &acme, "1").await;
    for officer in ["1", "unknown"] {
        let (_, at_device) = desk::device(&house, &acme).await;
        for _ in 0..5 {
            let wrong = log_in(&at_device, officer, "wrong").await;
            wrong.refused(401, "unauthorised");
        }
        let waits = log_in(&at_device, officer, PASSWORD).await;
        waits.refused(429, "too-many-tries");
    }
    // An officer who has logged in before goes on working.
    let contract = attended().person("borrower", "pad").make(&acme).await;
    let body = wanted(&contract, "borrower");
    desk.officer.post(WANTED, &body).await.ok();
}

/// Ten thousand guesses, two hundred at a time: five are looked at, and one for each pause
/// that has gone by meanwhile.
#[tokio::test]
async fn a_pairing_code_is_not_guessed() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let desk = Desk::open(&house, &acme, "clerk").await;
    let contract = attended().person("borrower", "counter").make(&acme).await;
    let body = wanted(&contract, "borrower");
    let pairing = desk.officer.post(PAIRINGS, &body).await.ok();
    let right: u32 = pairing["code"].as_str().unwrap().parse().unwrap();
    let anybody = house.anybody();
    let guess = |n: u32| {
        let code = format!("{:08}", (right + n) % 100_000_000);
        let (anybody, code) = (anybody.clone(), json!({ "code": code }));
        async move { anybody.post(PAIRED, &code).await }
    };
    for n in 1..=5 {
        guess(n).await.refused(404, "staff-code-unknown");
    }
    // The right one is not looked at either.
    guess(0).await.refused(429, "too-many-tries");
    let guesses = stream::iter(6..=10_000).map(guess).buffer_unordered(200);
    let answers: Vec<u16> = guesses.map(|answer| answer.status).collect().await;
    let looked_at = answers.iter().filter(|status| **status == 404).count();
    assert!(looked_at <= 3, "{looked_at}");
    assert!(answers.iter().all(|status| matches!(status, 404 | 429)));
}

#[tokio::test]
async fn a_link_leads_back_to_where_it_was_agreed() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let link = |back: Value| {
        let body = json!({ "role": "lender", "return_url": back });
        let (acme, path) = (acme.clone(), contract.path("/links"));
        async move { acme.post(&path, &body).await }
    };
    let long = format!("https://example.com/{}", "a".repeat(2048));
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://example.com/",
        "https://user@example.com/",
        "https://example.com/#done",
        "done",
        &long,
    ] {
        let refused = link(json!(bad)).await.refused(422, "invalid-field");
        assert!(text(&refused["detail"]).starts_with("return_url: "));
    }
    for good in ["https://example.com/done?x=1", "com.example.app:/done"] {
        let url = text(&link(json!(good)).await.ok()["url"]);
        let token = url.split_once('#').unwrap().1.to_owned();
        // Nobody on the way can change it: it is not in the link.
        assert_eq!(token.len(), 32);
        let opened = json!({ "link": token });
        let opened = acme.post("/api/v1/sessions/open", &opened).await.ok();
        assert_eq!(opened["session"]["return_url"], good);
        let visit = Visit::new(&acme, token, &opened);
        let view = visit.client.get("/api/v1/session").await.ok();
        assert_eq!(view["return_url"], good);
    }
    let opened = contract.visit("lender").await;
    let view = opened.client.get("/api/v1/session").await.ok();
    assert_eq!(view["return_url"], Value::Null);
}
