//! The trust service in a process of its own.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

use ledger::{Checkpoint, Receipt, read_bundle};
use reqwest::{Certificate, Identity, tls};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};

use crate::kit::{
    Answer, Contract, House, Split, contract,
    contract::PHONE,
    inkseal,
    program::Said,
    split::{register, serve_trust},
};

/// The number of every person in these contracts.
const ID_NUMBER: &str = "11010519491231002X";

/// Receipts of a contract, each verified by the ledger's key as its own service tells it.
async fn receipts(contract: &Contract, trust: &House) -> Vec<Receipt> {
    let receipts = contract.get("/receipts").await.ok();
    let receipts: Vec<Receipt> = serde_json::from_value(receipts).unwrap();
    let key = trust.anybody().get("/api/v1/ledger.vkey").await.bytes();
    let key = String::from_utf8(key).unwrap();
    for receipt in &receipts {
        let entry = receipt.verify(key.trim()).unwrap();
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        assert_eq!(entry["contract"], contract.id.as_str());
    }
    receipts
}

/// How many entries each contract has in the ledger, which has none twice.
async fn entries(trust: &House) -> BTreeMap<String, usize> {
    let anybody = trust.anybody();
    let note = anybody.get("/ledger/checkpoint").await.bytes();
    let note = String::from_utf8(note).unwrap();
    let key = anybody.get("/api/v1/ledger.vkey").await.bytes();
    let key = String::from_utf8(key).unwrap();
    let size = Checkpoint::open(&note, key.trim()).unwrap().size;
    let path = format!("/ledger/tile/entries/000.p/{size}");
    let all = read_bundle(&anybody.get(&path).await.bytes()).unwrap();
    let different: HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
    let mut of = BTreeMap::new();
    for entry in all {
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        if let Some(contract) = entry["contract"].as_str() {
            *of.entry(contract.to_owned()).or_default() += 1;
        }
    }
    of
}

/// What `inkseal ledger fsck` says of the data of a stopped house.
fn fsck(house: &House) -> Value {
    let data = house.folder().join(".inkseal");
    let said = Said::of(inkseal().args(["ledger", "fsck", "--data"]).arg(data));
    serde_json::from_str(&said.ok()).unwrap()
}

#[tokio::test]
async fn a_contract_is_signed_with_the_trust_service_in_another_process() {
    let mut split = Split::start();
    let acme = split.signing.integrator("acme").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let seal = json!({
        "role": "guarantor", "mode": "seal", "company": company["company"],
        "places": [{ "page": 1, "rect": [72, 300, 192, 420] }],
    });
    let draft = contract().with("profile", "gm").person("borrower", "pad");
    let contract = draft.person("lender", "sms").party(seal).make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let lender = contract.reader("lender").await;
    lender.ask_code().await.ok();
    lender.try_code(&split.signing.code(PHONE).await).await.ok();
    lender.submit(&lender.package()).await.ok();
    let order = json!({ "role": "guarantor" });
    contract.post("/seals", &order).await.ok();
    assert_eq!(contract.state().await, "complete");

    let report = split.signing.verified(&contract).await;
    assert_eq!(report["signatures"].as_array().unwrap().len(), 5);
    let receipts = receipts(&contract, &split.trust).await;
    assert_eq!(entries(&split.trust).await[&contract.id], receipts.len());

    // Each house shows its own side alone.
    let trust = split.trust.anybody();
    trust
        .get("/api/v1/contracts")
        .await
        .refused(404, "not-found");
    let signing = split.signing.anybody();
    let tiles = signing.get("/ledger/checkpoint").await;
    assert_ne!(tiles.kind, "text/plain");
    let anchors = "/api/v1/anchors.pem";
    assert_eq!(
        signing.get(anchors).await.bytes(),
        trust.get(anchors).await.bytes()
    );

    assert!(split.signing.stop().success() && split.trust.stop().success());
    assert_eq!(fsck(&split.signing)["events"], fsck_events(&receipts));
    let trust = fsck(&split.trust);
    assert_eq!(trust["others"], receipts.len());
    assert_eq!(trust["waiting"], 0);
    knows_digests_alone(&split.trust.folder().join(".inkseal"));
}

/// Events that these receipts prove.
fn fsck_events(receipts: &[Receipt]) -> usize {
    let events = |receipt: &Receipt| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let entry: Value =
            serde_json::from_slice(&STANDARD.decode(&receipt.entry).unwrap()).unwrap();
        entry["events"].as_array().unwrap().len()
    };
    receipts.iter().map(events).sum()
}

/// Neither document nor evidence, nor who somebody is beyond a certificate's subject.
fn knows_digests_alone(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            knows_digests_alone(&path);
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for secret in [ID_NUMBER, PHONE, "%PDF", "借款合同", "strokes", "acme\0"] {
            let there = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!there, "{secret:?} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn while_the_trust_service_is_away_acts_are_refused_and_nothing_is_lost_or_doubled() {
    let split = Split::start();
    let acme = split.signing.integrator("acme").await;
    let draft = contract().person("borrower", "pad").person("lender", "pad");
    let first = draft.make(&acme).await;
    first.sign_by_hand("borrower").await;
    let done = contract().person("borrower", "pad").make(&acme).await;
    done.sign_by_hand("borrower").await;
    let proven = receipts(&done, &split.trust).await;
    let visit = first.reader("lender").await;
    let before = first.get("").await.ok();

    let (folder, mut start) = split.trust.cut();
    let package = visit.by_hand();
    let refused = visit.submit_once("again", &package).await;
    refused.refused(502, "trust-unreachable");
    assert_eq!(first.get("").await.ok(), before);
    // What needs no certificate goes on; its entry waits.
    let later = contract().person("borrower", "pad").make(&acme).await;
    later
        .get("/receipts")
        .await
        .refused(409, "contract-not-complete");
    done.get("/receipts").await.refused(503, "receipts-pending");
    assert_eq!(acme.get("/api/v1/anchors.pem").await.status, 200);

    // Both begin again: the trust service at its address, the signing service after it.
    start
        .variables
        .retain(|(name, _)| *name != "INKSEAL_TRUST_LISTEN");
    let door = split.trust_door.trim_start_matches("https://").to_owned();
    start.variables.push(("INKSEAL_TRUST_LISTEN", door));
    let trust = House::serve(folder, start);
    let signing = split.signing.after_power_cut();
    let (first, visit) = (signing.again(first), signing.back(visit));
    visit.submit_once("again", &package).await.ok();
    visit.submit_once("again", &package).await.ok();
    assert_eq!(first.state().await, "complete");
    signing.verified(&first).await;
    let (done, later) = (signing.again(done), signing.again(later));
    let places = |receipts: &[Receipt]| receipts.iter().map(|one| one.index).collect::<Vec<_>>();
    assert_eq!(places(&receipts(&done, &trust).await), places(&proven));
    later.sign_by_hand("borrower").await;
    // The last entry is there, so all before it are, whether they are asked for or not.
    receipts(&later, &trust).await;
    let there = entries(&trust).await;
    for contract in [&first, &done, &later] {
        assert_eq!(there[&contract.id], receipts(contract, &trust).await.len());
    }
    assert_eq!(entries(&trust).await, there);
    let (mut trust, mut signing) = (trust, signing);
    assert!(signing.stop().success() && trust.stop().success());
    let events = fsck(&signing)["events"].as_u64().unwrap();
    assert!(events > 10, "{events}");
    assert_eq!(fsck(&trust)["verdict"], "clean");
}

#[tokio::test]
async fn what_was_acknowledged_and_not_noted_is_sent_again_and_keeps_its_place() {
    let split = Split::start();
    let acme = split.signing.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let before = receipts(&contract, &split.trust).await;
    let (folder, start) = split.signing.cut();
    forget_what_was_sent(folder.path()).await;
    let signing = House::serve(folder, start);
    let contract = signing.again(contract);
    let again = receipts(&contract, &split.trust).await;
    assert_eq!(entries(&split.trust).await[&contract.id], before.len());
    let places = |receipts: &[Receipt]| receipts.iter().map(|one| one.index).collect::<Vec<_>>();
    assert_eq!(places(&again), places(&before));
}

/// The ledger of the first contact is the only one that gets entries.
#[tokio::test]
async fn entries_go_to_no_other_ledger_than_that_of_the_first_contact() {
    let mut split = Split::start();
    let acme = split.signing.integrator("acme").await;
    // As if another ledger had been there, while the service runs.
    let folder = split.signing.folder();
    let url = format!("sqlite://{}", folder.join(".inkseal/inkseal.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let other = "UPDATE setting SET value = REPLACE(value, 'inkseal.local/ledger+', 'other/ledger+') \
                 WHERE name = 'trust-anchors'";
    let changed = database.execute(other).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    database.close().await.unwrap();
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let refused = contract.get("/receipts").await;
    refused.refused(503, "ledger-key-changed");
    assert!(split.trust.stop().success());
    assert_eq!(fsck(&split.trust)["others"], 0, "nothing was sent");
}

async fn forget_what_was_sent(folder: &Path) {
    let url = format!("sqlite://{}", folder.join(".inkseal/inkseal.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let forgotten = database
        .execute("DELETE FROM setting WHERE name = 'entries-sent'")
        .await;
    assert_eq!(forgotten.unwrap().rows_affected(), 1);
    database.close().await.unwrap();
}

/// A client of the door with these papers.
fn client(authorities: &str, papers: Option<(&str, &str)>) -> reqwest::Client {
    speaking(authorities, papers, tls::Version::TLS_1_3)
}

fn speaking(
    authorities: &str,
    papers: Option<(&str, &str)>,
    most: tls::Version,
) -> reqwest::Client {
    let authorities = Certificate::from_pem_bundle(authorities.as_bytes()).unwrap();
    let mut builder = reqwest::Client::builder()
        .tls_certs_only(authorities)
        .tls_version_max(most)
        .no_proxy();
    if let Some((certificate, key)) = papers {
        let identity = Identity::from_pem(format!("{certificate}{key}").as_bytes());
        builder = builder.identity(identity.unwrap());
    }
    builder.build().unwrap()
}

/// A test's own authority, and a certificate of it.
struct Authority {
    key: rcgen::KeyPair,
    name: rcgen::CertificateParams,
}

impl Authority {
    fn new() -> Self {
        let mut name = rcgen::CertificateParams::default();
        name.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        Self { key, name }
    }

    fn pem(&self) -> String {
        self.name.self_signed(&self.key).unwrap().pem()
    }

    /// Certificate and key, good until a year.
    fn issue(&self, until: i32) -> (String, String) {
        let hosts = vec!["127.0.0.1".to_owned()];
        let mut wanted = rcgen::CertificateParams::new(hosts).unwrap();
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let issuer = rcgen::Issuer::from_params(&self.name, &self.key);
        let certificate = wanted.signed_by(&key, &issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

async fn asked(client: &reqwest::Client, door: &str) -> Result<Answer, reqwest::Error> {
    let answer = client
        .get(format!("{door}/trust/v1/anchors"))
        .send()
        .await?;
    Ok(Answer::read(answer).await)
}

#[tokio::test]
async fn only_a_registered_service_gets_in() {
    let split = Split::start();
    let read = |name: &str| fs::read_to_string(split.papers.path().join(name)).unwrap();
    let (authority, own) = (
        read("trust.pem"),
        (read("signing.pem"), read("signing.key")),
    );
    let door = split.trust_door.clone();
    let known = client(&authority, Some((&own.0, &own.1)));
    asked(&known, &door).await.unwrap().ok();

    let plain = door.replace("https://", "http://");
    assert!(
        asked(&reqwest::Client::new(), &plain).await.is_err(),
        "no TLS"
    );
    assert!(
        asked(&client(&authority, None), &door).await.is_err(),
        "no certificate"
    );
    let old = speaking(&authority, Some((&own.0, &own.1)), tls::Version::TLS_1_2);
    assert!(asked(&old, &door).await.is_err(), "TLS 1.2");
    let (certificate, key) = Authority::new().issue(2100);
    let foreign = client(&authority, Some((&certificate, &key)));
    assert!(asked(&foreign, &door).await.is_err(), "a foreign one");

    // Removed, it is refused at its next request, though its certificate is good.
    let operator = split.trust.with_password().await;
    let services = "/api/v1/admin/services";
    let listed = operator.get(services).await.ok();
    assert_eq!(listed[0]["name"], "signing");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let other = json!({ "name": "other" });
    let other = operator.post(services, &other).await.ok();
    operator.delete(&format!("{services}/signing")).await.ok();
    asked(&known, &door)
        .await
        .unwrap()
        .refused(403, "service-unknown");
    let again = operator.delete(&format!("{services}/signing")).await;
    again.refused(404, "not-found");
    let text = |name: &str| other[name].as_str().unwrap();
    assert_eq!(text("authorities"), authority);
    let other = client(&authority, Some((text("certificate"), text("key"))));
    asked(&other, &door).await.unwrap().ok();
    split
        .trust
        .anybody()
        .get(services)
        .await
        .refused(401, "unauthorised");
}

#[tokio::test]
async fn a_service_is_taken_back_while_the_trust_service_does_not_run() {
    let mut split = Split::start();
    assert!(split.trust.stop().success());
    let command = |arguments: &[&str]| {
        let mut command = inkseal();
        command
            .current_dir(split.trust.folder())
            .args(["ca", "service"]);
        Said::of(command.args(arguments)).ok()
    };
    assert!(command(&[]).starts_with("signing "));
    command(&["--name", "signing", "--remove"]);
    assert_eq!(command(&[]), "");
    let (folder, _) = split.trust.cut();
    let trust = serve_trust(folder, "trust");
    let read = |name: &str| fs::read_to_string(split.papers.path().join(name)).unwrap();
    let known = client(
        &read("trust.pem"),
        Some((&read("signing.pem"), &read("signing.key"))),
    );
    asked(&known, &trust.door())
        .await
        .unwrap()
        .refused(403, "service-unknown");
}

#[tokio::test]
async fn whoever_connects_and_says_nothing_keeps_nobody_out() {
    let mut split = Split::start();
    let address = split.trust_door.trim_start_matches("https://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    // More than there are places for services, from one address.
    for _ in 0..600 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        silent.push(socket.connect(address.parse().unwrap()).await.unwrap());
    }
    let acme = split.signing.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    assert!(
        split.trust.stop().success(),
        "nor does it keep the door from closing"
    );
    drop(silent);
}

#[tokio::test]
async fn an_expired_certificate_does_not_get_in() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (certificate, key) = authority.issue(2100);
    let mut variables = vec![
        ("INKSEAL_ROLE", "trust".to_owned()),
        ("INKSEAL_TRUST_LISTEN", "127.0.0.1:0".to_owned()),
        ("INKSEAL_TLS_CERTIFICATE", put("server.pem", &certificate)),
        ("INKSEAL_TLS_KEY", put("server.key", &key)),
        ("INKSEAL_TLS_AUTHORITIES", put("ca.pem", &authority.pem())),
    ];
    let start = crate::kit::house::Start {
        variables: variables.clone(),
        ..Default::default()
    };
    let trust = House::serve(std::sync::Arc::new(tempfile::tempdir().unwrap()), start);
    let ask = async |until: i32| {
        let (certificate, key) = authority.issue(until);
        asked(
            &client(&authority.pem(), Some((&certificate, &key))),
            &trust.door(),
        )
        .await
    };
    assert!(ask(2021).await.is_err());
    // One of the same authority that is good is let in, and is not registered.
    ask(2100).await.unwrap().refused(403, "service-unknown");

    // Its own certificate must be good, too.
    let (certificate, key) = authority.issue(2021);
    variables[2].1 = put("old.pem", &certificate);
    variables[3].1 = put("old.key", &key);
    let mut serve = inkseal();
    serve.current_dir(folder.path()).envs(variables);
    let said = Said::of(serve.args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("old.pem") && said.err.contains("2021-01-01"),
        "{}",
        said.err
    );
}

#[test]
fn a_folder_keeps_its_role() {
    let house = House::start();
    let (folder, _) = house.cut();
    let mut serve = inkseal();
    serve
        .current_dir(folder.path())
        .args(["serve", "--role", "trust"]);
    let said = Said::of(serve.args(["--listen", "127.0.0.1:0"]));
    assert_eq!(said.code, 1);
    assert!(said.err.contains("made for the role `all`"), "{}", said.err);
}

#[tokio::test]
async fn services_do_not_reach_each_others_certificates() {
    let mut split = Split::start();
    let acme = split.signing.integrator("acme").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let serial = company["certificates"]["sm2-sm3"].as_str().unwrap();

    assert!(split.trust.stop().success());
    let folder = split.trust.folder().to_owned();
    register(&folder, "trust", "other", split.papers.path());
    let (folder, _) = split.trust.cut();
    let trust = serve_trust(folder, "trust");
    let read = |name: &str| fs::read_to_string(split.papers.path().join(name)).unwrap();
    let order = json!({ "tenant": "acme", "serials": [serial], "reason": 1 });
    let revoke = async |name: &str| {
        let papers = (read(&format!("{name}.pem")), read(&format!("{name}.key")));
        let client = client(&read("trust.pem"), Some((&papers.0, &papers.1)));
        let url = format!("{}/trust/v1/revocations", trust.door());
        let answer = client.post(url).json(&order).send().await.unwrap();
        Answer::read(answer).await
    };
    revoke("other").await.refused(404, "certificate-unknown");
    let revoked = revoke("signing").await.ok();
    assert_eq!(revoke("signing").await.ok(), revoked);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_under_its_code() {
    let split = Split::start();
    let read = |name: &str| fs::read_to_string(split.papers.path().join(name)).unwrap();
    let papers = (read("signing.pem"), read("signing.key"));
    let client = client(&read("trust.pem"), Some((&papers.0, &papers.1)));
    let post = async |path: &str, body: Value| {
        let url = format!("{}/trust/v1/{path}", split.trust_door);
        let answer = client.post(url).json(&body).send().await.unwrap();
        Answer::read(answer).await
    };
    let imprint = format!("sha256:{}", "00".repeat(32));
    let order = json!({ "suite": "rot13", "imprint": imprint });
    post("timestamps", order)
        .await
        .refused(422, "invalid-field");
    let order = json!({ "suite": "p256-sha256", "imprint": "md5:00" });
    post("timestamps", order).await.refused(422, "body-invalid");
    let order = json!({ "entries": ["e30="] });
    post("ledger/entries", order)
        .await
        .refused(422, "ledger-entry-refused");
    let order = json!({ "tenant": "../trust", "serials": [], "reason": 1 });
    post("revocations", order)
        .await
        .refused(422, "invalid-field");
    post("nothing", json!({})).await.refused(404, "not-found");
    // A few bytes too long, so that all of it is sent before it is refused.
    let large = json!({ "entries": ["A".repeat(4 << 20)] });
    post("ledger/entries", large)
        .await
        .refused(413, "body-unreadable");
}

#[tokio::test]
async fn a_house_of_everything_may_serve_another_service_too() {
    let mut split = Split::with("all");
    for house in [&split.trust, &split.signing] {
        let acme = house.integrator("acme").await;
        let contract = contract().person("borrower", "pad").make(&acme).await;
        contract.sign_by_hand("borrower").await;
        assert_eq!(receipts(&contract, &split.trust).await.len(), 5);
    }
    assert!(split.signing.stop().success() && split.trust.stop().success());
    let (trust, signing) = (fsck(&split.trust), fsck(&split.signing));
    assert_eq!(trust["others"], 5);
    assert_eq!(trust["events"], signing["events"]);
}
