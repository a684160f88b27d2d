//! A certificate authority elsewhere: a simulator that is a process of its own.

use serde_json::{Value, json};

use crate::kit::{Client, Contract, House, Simulator, contract, inkseal, program::Said};

/// A running `inkseal simulate ca`.
struct Authority(Simulator);

impl Authority {
    fn start() -> Self {
        Self(Simulator::start("ca", &[], "anchors"))
    }

    /// The settings for the house, patient for a moment only.
    fn settings(&self, limits: &str) -> String {
        let limits = format!("attempt_ms = 400\ncall_ms = 4000\npause_ms = 1\n{limits}");
        format!("{}[external_ca.limits]\n{limits}", self.0.settings)
    }

    /// A house that has its certificates from here.
    fn house(&self) -> House {
        with_settings(&self.settings("failures = 1000"))
    }

    async fn tell(&self, faults: &Value) {
        self.0.tell(faults).await;
    }

    async fn count(&self, what: &str) -> u64 {
        self.0.count(what).await
    }

    /// `inkseal ca external-check` with these settings.
    fn check(&self, settings: &str) -> Said {
        let file = self.0.folder.path().join("check.toml");
        std::fs::write(&file, settings).unwrap();
        let mut command = inkseal();
        command.args(["ca", "external-check", "--config"]).arg(file);
        Said::of(&mut command)
    }
}

fn with_settings(settings: &str) -> House {
    House::prepared(|folder| std::fs::write(folder.join("inkseal.toml"), settings).unwrap())
}

async fn draft(acme: &Client, profile: &str) -> Contract {
    let draft = contract().with("profile", profile);
    draft.person("borrower", "pad").make(acme).await
}

async fn company(acme: &Client) -> String {
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    company["company"].as_str().unwrap().to_owned()
}

/// Says of a stopped house that its records are whole.
fn records_are_whole(house: &mut House) {
    assert!(house.stop().success());
    let mut command = inkseal();
    let data = house.folder().join(".inkseal");
    command.args(["ledger", "fsck", "--data"]).arg(data);
    Said::of(&mut command).ok();
}

#[tokio::test]
async fn a_contract_is_signed_with_certificates_of_another_authority() {
    let authority = Authority::start();
    // The other way to sign requests: an SM2 key of ours.
    let with_key = authority
        .settings("")
        .replace("secret_file", "# secret_file");
    let with_key = with_key.replace("# sm2_key_file", "sm2_key_file");
    for (profile, settings) in [("gm", authority.settings("")), ("intl", with_key)] {
        let mut house = with_settings(&settings);
        assert!(house.printed.contains("elsewhere"), "{}", house.printed);
        let acme = house.integrator("acme").await;
        let company = company(&acme).await;
        let place = json!({ "page": 1, "rect": [72, 600, 192, 720] });
        let seal =
            json!({ "role": "guarantor", "mode": "seal", "company": company, "places": [place] });
        let draft = contract().with("profile", profile).party(seal);
        let contract = draft.person("borrower", "pad").make(&acme).await;
        let before = authority.count("issued").await;
        contract.sign_by_hand("borrower").await;
        assert_eq!(authority.count("issued").await, before + 1);
        let role = json!({ "role": "guarantor" });
        contract.post("/seals", &role).await.ok();
        let report = house.verified(&contract).await;
        let report = report.to_string();
        assert!(report.contains("ca-simulator"), "{report}");
        records_are_whole(&mut house);
    }
}

/// Whatever the authority does wrong, the act is refused, nothing is signed, and the
/// signer can try again.
#[tokio::test]
async fn an_authority_that_misbehaves_signs_nothing() {
    let authority = Authority::start();
    let mut house = authority.house();
    let acme = house.integrator("acme").await;
    let contract = draft(&acme, "gm").await;
    let visit = contract.reader("borrower").await;
    let package = visit.by_hand();
    let answer = "certificate-authority-answer";
    let cases = [
        (json!({ "wrong": "key" }), answer),
        (json!({ "wrong": "subject" }), answer),
        (json!({ "wrong": "binding" }), answer),
        (json!({ "wrong": "chain" }), answer),
        (json!({ "wrong": "expired" }), answer),
        (json!({ "wrong": "suite" }), answer),
        (json!({ "wrong": "authority" }), answer),
        (json!({ "wrong": "empty" }), answer),
        (json!({ "instead": "garbage" }), "outside-answer"),
        (json!({ "instead": "endless" }), "outside-answer"),
        (json!({ "instead": "redirect" }), "outside-answer"),
        (json!({ "instead": "hang" }), "outside-slow"),
        (json!({ "slow_ms": 5000 }), "outside-slow"),
        (json!({ "fail": 3 }), "outside-failed"),
    ];
    for (faults, code) in cases {
        authority.tell(&faults).await;
        let refused = visit.submit(&package).await;
        assert_eq!(refused.status, 502, "{faults}: {refused}");
        refused.refused(502, code);
        assert_eq!(contract.act("borrower").await, None, "{faults}");
    }
    // The second certificate of a serial number is refused by the journal.
    authority.tell(&json!({ "wrong": "serial" })).await;
    let one = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let refused = acme.post("/api/v1/companies", &one).await;
    refused.refused(502, "certificate-serial-used");
    authority.tell(&json!({})).await;
    visit.submit(&package).await.ok();
    house.verified(&contract).await;
    records_are_whole(&mut house);
}

/// The answer is lost twice; the third attempt gets the certificate that the first made.
#[tokio::test]
async fn a_repeated_request_is_issued_once() {
    let authority = Authority::start();
    let house = authority.house();
    let acme = house.integrator("acme").await;
    let contract = draft(&acme, "intl").await;
    let visit = contract.reader("borrower").await;
    let (issued, requests) = (
        authority.count("issued").await,
        authority.count("requests").await,
    );
    authority.tell(&json!({ "lose": 2 })).await;
    visit.submit(&visit.by_hand()).await.ok();
    assert_eq!(authority.count("issued").await, issued + 1);
    // The closing certificates are from the first start: no more requests than these.
    assert_eq!(authority.count("requests").await, requests + 3);
    house.verified(&contract).await;
}

/// What fails twice is not asked a third time.
#[tokio::test]
async fn an_authority_that_fails_is_left_alone() {
    let authority = Authority::start();
    let limits = "attempts = 1\nfailures = 2\ncool_down_ms = 3600000";
    let house = with_settings(&authority.settings(limits));
    let acme = house.integrator("acme").await;
    let visit = draft(&acme, "gm").await.reader("borrower").await;
    authority.tell(&json!({ "fail": 2 })).await;
    for _ in 0..2 {
        let refused = visit.submit(&visit.by_hand()).await;
        refused.refused(502, "outside-failed");
    }
    let before = authority.count("requests").await;
    let refused = visit.submit(&visit.by_hand()).await;
    refused.refused(502, "outside-circuit-open");
    assert_eq!(authority.count("requests").await, before);
}

#[tokio::test]
async fn a_revocation_is_the_authoritys() {
    let authority = Authority::start();
    let mut house = authority.house();
    let acme = house.integrator("acme").await;
    let place = json!({ "page": 1, "rect": [72, 600, 192, 720] });
    let sealed = async |company: &str| {
        let seal =
            json!({ "role": "guarantor", "mode": "seal", "company": company, "places": [place] });
        let contract = contract().party(seal).make(&acme).await;
        let role = json!({ "role": "guarantor" });
        contract.post("/seals", &role).await
    };
    let ours = company(&acme).await;
    sealed(&ours).await.ok();
    // Without an answer about its certificate nothing is sealed.
    authority.tell(&json!({ "fail": 3 })).await;
    sealed(&ours).await.refused(502, "outside-failed");
    let path = format!("/api/v1/companies/{ours}/revocation");
    let order = json!({ "reason": "keyCompromise" });
    let first = acme.post(&path, &order).await.ok();
    assert_eq!(authority.count("revoked").await, 2);
    sealed(&ours).await.refused(409, "company-revoked");
    let again = json!({ "reason": "superseded" });
    assert_eq!(acme.post(&path, &again).await.ok(), first);
    // Somebody else told the authority: we hear it before the next seal, and remember.
    let other = company(&acme).await;
    sealed(&other).await.ok();
    authority.tell(&json!({ "wrong": "revoked" })).await;
    sealed(&other).await.refused(409, "company-revoked");
    authority.tell(&json!({})).await;
    sealed(&other).await.refused(409, "company-revoked");
    records_are_whole(&mut house);
}

#[tokio::test]
async fn the_check_says_whether_the_authority_can_be_used() {
    let authority = Authority::start();
    let settings = authority.settings("");
    let said = authority.check(&settings).ok();
    assert!(said.contains("ca-simulator"), "{said}");
    assert!(said.contains("sm2-sm3  trusted"), "{said}");
    assert!(said.contains("p256-sha256  trusted"), "{said}");
    let refused = |settings: &str, reason: &str| {
        let said = authority.check(settings);
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(said.err.contains(reason), "{}", said.err);
    };
    // Another authority's anchors, another secret, another name, nobody there.
    let other = Authority::start();
    let theirs = other.0.folder.path().to_str().unwrap();
    let ours = authority.0.folder.path().to_str().unwrap();
    let foreign = settings.replace(
        &format!("{ours}/anchors.pem"),
        &format!("{theirs}/anchors.pem"),
    );
    refused(&foreign, "certificate-authority-answer");
    let foreign = settings.replace(&format!("{ours}/secret"), &format!("{theirs}/secret"));
    refused(&foreign, "signature-wrong");
    refused(
        &settings.replace("\"inkseal\"", "\"somebody\""),
        "signature-wrong",
    );
    drop(other);
    let (_, rest) = settings.split_once("key_id").unwrap();
    let nobody = format!("[external_ca]\nurl = \"http://127.0.0.1:9\"\nkey_id{rest}");
    refused(&nobody, "outside-unreachable");
    refused("", "no external_ca is configured");
}
