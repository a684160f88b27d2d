//! Simulators of an SMS gateway and of an identity authority as processes of their own,
//! with the settings that they print.

use serde_json::json;

use crate::kit::{Client, House, Simulator, contract, contract::PHONE};

fn sms() -> Simulator {
    Simulator::start("sms", &[], "[sms_gateway.delivery]")
}

#[tokio::test]
async fn a_code_goes_through_a_gateway_that_knows_us() {
    let gateway = sms();
    let limits = "[sms_gateway.limits]\nattempt_ms = 400\npause_ms = 1\n";
    let house = House::configured(&format!("{}{limits}", gateway.settings));
    assert!(
        !house.printed.contains("SMS simulator"),
        "{}",
        house.printed
    );
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let lender = contract.reader("lender").await;
    // The answers are lost twice: the person gets one message.
    gateway.tell(&json!({ "lose": 2 })).await;
    lender.ask_code().await.ok();
    let path = format!("/messages/{PHONE}/all");
    let all = gateway.control.get(&path).await.ok();
    assert_eq!(all.as_array().unwrap().len(), 1);
    let code = all[0]["code"].as_str().unwrap();
    lender.try_code(code).await.ok();
    lender.submit(&lender.package()).await.ok();
    house.verified(&contract).await;
}

/// What goes wrong at the gateway has a code, and the signer can ask again.
#[tokio::test]
async fn a_gateway_that_misbehaves_costs_a_code_and_no_more() {
    let gateway = sms();
    let limits = "[sms_gateway.limits]\nattempt_ms = 400\npause_ms = 1\nattempts = 1\n";
    let house = House::configured(&format!("{}{limits}", gateway.settings));
    let acme = house.integrator("acme").await;
    let contract = contract().person("lender", "sms").make(&acme).await;
    let lender = contract.reader("lender").await;
    let cases = [
        (json!({ "fail": 1 }), "outside-failed"),
        (json!({ "instead": "hang" }), "outside-slow"),
        (json!({ "wrong": "id" }), "sms-answer-unread"),
    ];
    for (faults, code) in cases {
        gateway.tell(&faults).await;
        lender.ask_code().await.refused(502, code);
    }
    gateway.tell(&json!({})).await;
    lender.ask_code().await.ok();
}

/// The house starts an authority's simulator when it has none, and says so; with one in
/// the settings it starts none; with settings that cannot be meant it does not start.
#[tokio::test]
async fn the_house_says_whose_authority_it_asks() {
    let house = House::start();
    let mut lines = house.printed.lines();
    let line = lines.find(|line| line.contains("identity authority simulator"));
    let url = line.and_then(|line| line.split_whitespace().find(|word| word.contains("://")));
    let simulator = Client::new(url.unwrap());
    let people = simulator.get("/people").await.ok();
    let known = |name: &str| {
        people
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == name)
    };
    assert!(known("陈思远") && known("周慧敏"), "{people}");
    for answers in ["hmac", "hmac-sm3", "sm2", "p256"] {
        let more = ["--answers", answers, "--people", "5"];
        let authority = Simulator::start("authority", &more, "idempotent");
        assert_eq!(authority.count("people").await, 9);
        let house = House::configured(&authority.settings);
        let printed = &house.printed;
        assert!(
            !printed.contains("identity authority simulator"),
            "{printed}"
        );
        let question = "[identity_authority.questions.person]\nrequest = \"{{age}}\"\n";
        let said = House::refused(&format!("{}{question}", authority.settings));
        assert!(said.contains("there is no place \"age\""), "{said}");
    }
}
