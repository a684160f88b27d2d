//! Against the simulator, on a real socket.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{
    outside::{Limits, SecretMac, client},
    sms_simulator::simulate,
};

const NUMBER: &str = "13800005678";
const TEXT: &str = "【Inkseal】验证码 123456，\"5 分钟\"内有效 {{to}}";

struct Outside {
    gateway: HttpGateway,
    url: String,
    control: reqwest::Client,
    _folder: TempDir,
}

impl Outside {
    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = simulate(anywhere, folder.path()).await.unwrap();
        let url = format!("http://{}", started.address);
        let mut settings = Settings {
            key_id: "inkseal".to_owned(),
            secret_file: Some(started.secret),
            delivery: Some(DeliveryMapping::default()),
            limits: Limits {
                attempt_ms: 400,
                pause_ms: 1,
                failures: 1000,
                ..Limits::default()
            },
            ..Settings::at(url.clone())
        };
        change(&mut settings);
        let credential = credential(&settings).unwrap();
        let gateway = HttpGateway::with(settings, credential, "Inkseal", Arc::new(now));
        Self {
            gateway: gateway.unwrap(),
            control: client(&url),
            url,
            _folder: folder,
        }
    }

    async fn tell(&self, faults: Value) {
        let told = self.control.post(format!("{}/simulator", self.url));
        let told = told.json(&faults).send().await.unwrap();
        assert!(told.status().is_success(), "{faults}");
    }

    async fn get(&self, path: &str) -> Value {
        let got = self.control.get(format!("{}{path}", self.url));
        got.send().await.unwrap().json().await.unwrap()
    }

    async fn messages(&self) -> usize {
        let all = self.get(&format!("/messages/{NUMBER}/all")).await;
        all.as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_message_is_delivered_and_its_receipt_says_so() {
    let outside = Outside::with(|_| {}).await;
    let receipt = outside.gateway.send(NUMBER, TEXT).await.unwrap();
    assert_eq!(receipt.source, "sms-simulator");
    let last = outside.get(&format!("/messages/{NUMBER}")).await;
    assert_eq!(
        (&last["text"], &last["code"]),
        (&json!(TEXT), &json!("123456"))
    );
    assert_eq!(last["id"], receipt.id);
    let states = [
        (json!({}), Delivery::Delivered),
        (json!({ "wrong": "undelivered" }), Delivery::Failed),
        (json!({ "wrong": "pending" }), Delivery::Pending),
    ];
    for (told, state) in states {
        outside.tell(told).await;
        let delivery = outside.gateway.delivery(&receipt.id).await.unwrap();
        assert_eq!(delivery, Some(state));
    }
    let unknown = outside.gateway.delivery("other").await.unwrap_err();
    assert_eq!(unknown.code, "outside-refused");
    for id in ["..", "a/b", "a?b"] {
        let refused = outside.gateway.delivery(id).await.unwrap_err();
        assert_eq!(refused.code, "sms-answer-unread");
    }
    let page = outside
        .control
        .get(format!("{}/?number={NUMBER}", outside.url));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<strong>123456</strong>"), "{page}");
}

/// A gateway without receipts of delivery is asked for none.
#[tokio::test]
async fn not_every_gateway_knows_what_became_of_a_message() {
    let outside = Outside::with(|settings| settings.delivery = None).await;
    assert_eq!(outside.gateway.delivery("x").await.unwrap(), None);
}

/// The answers are lost: the message is sent once, and asked for again only under a key.
#[tokio::test]
async fn a_person_gets_a_message_once() {
    let outside = Outside::with(|settings| settings.idempotent = true).await;
    outside.tell(json!({ "lose": 2 })).await;
    outside.gateway.send(NUMBER, TEXT).await.unwrap();
    assert_eq!(outside.messages().await, 1);
    let outside = Outside::with(|_| {}).await;
    outside.tell(json!({ "lose": 1 })).await;
    let error = outside.gateway.send(NUMBER, TEXT).await.unwrap_err();
    assert_eq!(error.code, "outside-failed");
    let said = error.to_string();
    assert!(!said.contains(NUMBER) && !said.contains("123456"), "{said}");
    assert_eq!(outside.messages().await, 1);
    assert_eq!(outside.get("/simulator").await["requests"], 1);
}

#[tokio::test]
async fn a_gateway_that_misbehaves_has_sent_nothing_that_we_know_of() {
    let outside = Outside::with(|settings| {
        settings.limits.failures = 4;
        settings.limits.cool_down_ms = 3_600_000;
    })
    .await;
    let cases = [
        (json!({ "wrong": "id" }), "sms-answer-unread"),
        (json!({ "instead": "hang" }), "outside-slow"),
        (json!({ "instead": "drop" }), "outside-unreachable"),
        (json!({ "instead": "garbage" }), "outside-answer"),
        (json!({ "fail": 1 }), "outside-failed"),
        (json!({}), "outside-circuit-open"),
    ];
    for (faults, code) in cases {
        outside.tell(faults.clone()).await;
        let error = outside.gateway.send(NUMBER, TEXT).await.unwrap_err();
        assert_eq!(error.code, code, "{faults}");
    }
}

/// A form of another: a refusal with status 200 is one.
#[tokio::test]
async fn the_form_of_another_is_spoken() {
    let outside = Outside::with(|settings| {
        settings.request = json!({
            "to": "{{to}}", "text": "[{{signature}}] {{text}}", "time": "{{time}}",
        });
        settings.answer.status = "/gateway".to_owned();
        settings.answer.accepted = vec!["sms-simulator".to_owned()];
        settings.name = Some("某短信平台".to_owned());
    })
    .await;
    let receipt = outside.gateway.send(NUMBER, TEXT).await.unwrap();
    assert_eq!(receipt.source, "某短信平台");
    let last = outside.get(&format!("/messages/{NUMBER}")).await;
    assert_eq!(last["text"], format!("[Inkseal] {TEXT}"));
    let outside = Outside::with(|settings| {
        settings.answer.status = "/gateway".to_owned();
        settings.answer.accepted = vec!["OK".to_owned()];
    })
    .await;
    let error = outside.gateway.send(NUMBER, TEXT).await.unwrap_err();
    assert_eq!(error.code, "sms-not-sent");
}

/// Signed requests come in if they are right; the embedded one lets in nothing else.
#[tokio::test]
async fn who_sends_is_checked() {
    let outside = Outside::with(|settings| settings.key_id = "other".to_owned()).await;
    let error = outside.gateway.send(NUMBER, TEXT).await.unwrap_err();
    assert!(error.reason.contains("signature-wrong"), "{error}");
    let by_sm3 = Outside::with(|settings| settings.secret_mac = SecretMac::HmacSm3).await;
    by_sm3.gateway.send(NUMBER, TEXT).await.unwrap();
    let unsigned = Outside::with(|settings| settings.secret_file = None).await;
    unsigned.gateway.send(NUMBER, TEXT).await.unwrap();
    let opened = configured(&Config::default()).await.unwrap();
    opened.port.send(NUMBER, TEXT).await.unwrap();
    let url = format!("http://{}", opened.simulator.unwrap());
    let gateway = HttpGateway::with(Settings::at(url), None, "", Arc::new(now)).unwrap();
    let error = gateway.send(NUMBER, TEXT).await.unwrap_err();
    assert!(error.reason.contains("signature-missing"), "{error}");
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    let good = || Settings::at("https://sms.example".to_owned());
    let mut bad = vec![];
    let mut case = |change: fn(&mut Settings), reason: &'static str| {
        let mut settings = good();
        change(&mut settings);
        bad.push((settings, reason));
    };
    case(|s| s.request = json!({ "to": "{{number}}" }), "no place");
    case(|s| s.answer.id = String::new(), "answer.id");
    case(|s| s.answer.source = "gateway".to_owned(), "answer.source");
    case(
        |s| s.answer.status = "/code".to_owned(),
        "status and accepted",
    );
    case(|s| s.path = "messages".to_owned(), "path");
    case(|s| s.url = "sms.example".to_owned(), "sms.example");
    for (settings, reason) in bad {
        let error = HttpGateway::with(settings, None, "", Arc::new(now))
            .err()
            .unwrap();
        assert!(error.contains(reason), "{reason}: {error}");
    }
}
