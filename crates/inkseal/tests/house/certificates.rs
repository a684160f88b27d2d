//! Lasting certificates by request, over HTTP and from the command line; the certificate
//! of the ledger's key; and `inkseal timestamp`.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::kit::{Client, House, Split, inkseal, program::Said, tool};

const PATH: &str = "/api/v1/admin/certificates";
const END: &str = "-----END CERTIFICATE-----\n";

fn openssl(desk: &Path, words: &str) -> Said {
    let words: Vec<&str> = words.split_whitespace().collect();
    tool("openssl", desk, &words)
}

/// A key and a request of OpenSSL's for it.
fn request(desk: &Path, name: &str) -> String {
    let made = format!(
        "req -new -utf8 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key \
         -subj /C=CN/O=沪信融资担保有限公司/CN={name} -out {name}.csr"
    );
    openssl(desk, &made).ok();
    fs::read_to_string(desk.join(format!("{name}.csr"))).unwrap()
}

/// Puts a chain and the P-256 root on the desk: `leaf.pem`, `issuer.pem`, `ca.pem`.
fn put(desk: &Path, chain: &str, anchors: &[u8]) {
    let (leaf, issuer) = chain.split_once(END).unwrap();
    fs::write(desk.join("leaf.pem"), format!("{leaf}{END}")).unwrap();
    fs::write(desk.join("issuer.pem"), issuer).unwrap();
    let anchors = String::from_utf8(anchors.to_vec()).unwrap();
    let root = anchors.split_inclusive(END).next().unwrap();
    fs::write(desk.join("root.pem"), root).unwrap();
    fs::write(desk.join("ca.pem"), format!("{root}{issuer}")).unwrap();
}

async fn anchors(house: &House) -> Vec<u8> {
    house.anybody().get("/api/v1/anchors.pem").await.bytes()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

async fn all(operator: &Client) -> Vec<Value> {
    let all = operator.get(PATH).await.ok();
    all.as_array().unwrap().clone()
}

#[tokio::test]
async fn the_operator_issues_shows_and_revokes_over_http() {
    let house = House::start();
    let operator = house.with_password().await;
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    let before = all(&operator).await.len();
    for profile in ["person", "enterprise", "seal-maker"] {
        let order = json!({ "profile": profile, "request": request(desk, profile) });
        house
            .anybody()
            .post(PATH, &order)
            .await
            .refused(401, "unauthorised");
        let answer = operator.post(PATH, &order).await;
        assert_eq!(answer.status, 201, "{answer}");
        let issued = answer.ok();
        assert_eq!(text(&issued, "purpose"), profile);
        put(desk, text(&issued, "chain"), &anchors(&house).await);
        openssl(
            desk,
            "verify -purpose any -CAfile root.pem -untrusted issuer.pem leaf.pem",
        )
        .ok();
        let key = openssl(desk, "x509 -in leaf.pem -noout -pubkey").ok();
        let asked = openssl(desk, &format!("req -in {profile}.csr -noout -pubkey")).ok();
        assert_eq!(key, asked);
        let again = operator.post(PATH, &order).await.ok();
        assert_eq!(again, issued, "the same request");

        let one = format!("{PATH}/{}", text(&issued, "serial"));
        let shown = operator.get(&one).await.ok();
        assert_eq!(shown["certificate"], issued["certificate"]);
        assert!(all(&operator).await.contains(&shown));
        let ocsp = format!(
            "ocsp -issuer issuer.pem -cert leaf.pem -CAfile ca.pem -no_nonce -url {}/api/v1/trust/ocsp",
            house.url
        );
        assert!(openssl(desk, &ocsp).ok().contains("leaf.pem: good"));
        let order = json!({ "reason": "keyCompromise" });
        let revocation = format!("{one}/revocation");
        house
            .anybody()
            .post(&revocation, &order)
            .await
            .refused(401, "unauthorised");
        let revoked = operator.post(&revocation, &order).await.ok();
        assert_eq!(text(&revoked, "reason"), "keyCompromise");
        assert!(openssl(desk, &ocsp).ok().contains("leaf.pem: revoked"));
        let again = json!({ "reason": "superseded" });
        assert_eq!(operator.post(&revocation, &again).await.ok(), revoked);
        assert_eq!(operator.get(&one).await.ok(), revoked);
    }
    assert_eq!(all(&operator).await.len(), before + 3);
}

#[tokio::test]
async fn what_is_no_proof_of_the_key_or_no_such_certificate_is_refused() {
    let house = House::start();
    let operator = house.with_password().await;
    let desk = tempfile::tempdir().unwrap();
    let pem = request(desk.path(), "person");
    // One bit of the signature, which ends the request.
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = STANDARD.decode(body).unwrap();
    *der.last_mut().unwrap() ^= 1;
    let body = STANDARD.encode(der);
    let lines = body.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let forged = format!(
        "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
        lines.collect::<Vec<_>>().join("\n")
    );
    let ask = |profile: &str, request: &str, years: u32| {
        let order = json!({ "profile": profile, "request": request, "years": years });
        let operator = operator.clone();
        async move { operator.post(PATH, &order).await }
    };
    ask("person", &forged, 2)
        .await
        .refused(422, "signature-wrong");
    ask("person", "nothing", 2)
        .await
        .refused(422, "der-malformed");
    ask("person", &pem, 9)
        .await
        .refused(422, "certificate-lint");
    ask("root", &pem, 2).await.refused(422, "body-invalid");
    ask("person", &pem, 2).await.ok();
    let other = ask("enterprise", &pem, 2).await;
    other.refused(409, "key-certified-before");

    let unknown = format!("{PATH}/00");
    operator
        .get(&unknown)
        .await
        .refused(404, "certificate-unknown");
    let order = json!({ "reason": "superseded" });
    let missing = operator
        .post(&format!("{unknown}/revocation"), &order)
        .await;
    missing.refused(404, "certificate-unknown");
    let all = all(&operator).await;
    let tsa = all
        .iter()
        .find(|one| text(one, "purpose").starts_with("tsa/"));
    let tsa = format!("{PATH}/{}/revocation", text(tsa.unwrap(), "serial"));
    let refused = operator.post(&tsa, &order).await;
    refused.refused(409, "certificate-not-revocable");
}

#[tokio::test]
async fn a_company_whose_certificate_the_operator_revokes_seals_no_more() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let place = json!({ "page": 1, "rect": [72, 600, 192, 720] });
    let seal = json!({ "role": "guarantor", "mode": "seal", "company": company["company"],
        "places": [place] });
    let contract = crate::kit::contract().with("profile", "intl").party(seal);
    let contract = contract.make(&acme).await;
    let serial = company["certificates"]["p256-sha256"].as_str().unwrap();
    let operator = house.with_password().await;
    let order = json!({ "reason": "keyCompromise" });
    let path = format!("{PATH}/{serial}/revocation");
    assert_eq!(operator.post(&path, &order).await.ok()["tenant"], "acme");
    let late = contract
        .post("/seals", &json!({ "role": "guarantor" }))
        .await;
    late.refused(409, "company-revoked");
}

#[tokio::test]
async fn the_same_from_the_command_line() {
    let mut house = House::configured("");
    let anchors = anchors(&house).await;
    assert!(house.stop().success());
    let desk = house.folder().to_owned();
    for profile in ["person", "enterprise", "seal-maker"] {
        request(&desk, profile);
        let file = format!("{profile}.csr");
        let issue = ["ca", "issue", "--profile", profile, "--request", &file];
        let chain = house.run(&issue).ok();
        put(&desk, &chain, &anchors);
        openssl(
            &desk,
            "verify -purpose any -CAfile root.pem -untrusted issuer.pem leaf.pem",
        )
        .ok();
        assert_eq!(house.run(&issue).ok(), chain, "the same request");
        let serial = openssl(&desk, "x509 -in leaf.pem -noout -serial").ok();
        let serial = serial.trim().trim_start_matches("serial=").to_lowercase();
        let read = |said: Said| -> Value { serde_json::from_str(&said.ok()).unwrap() };
        let shown = read(house.run(&["ca", "show", &serial]));
        assert_eq!(text(&shown, "purpose"), profile);
        assert!(chain.starts_with(text(&shown, "certificate")));
        let listed = house.run(&["ca", "certificates"]).ok();
        assert!(listed.lines().any(|line| line.contains(&serial)));
        let revoke = ["ca", "revoke", &serial, "--reason", "key-compromise"];
        let revoked = read(house.run(&revoke));
        assert_eq!(text(&revoked, "reason"), "keyCompromise");
        assert_eq!(read(house.run(&["ca", "show", &serial])), revoked);
    }
    assert_eq!(house.run(&["ca", "show", "00"]).code, 1);
    house.run(&["ledger", "fsck"]).ok();
}

/// The key is the one by which receipts are verified, and the certificate stays.
#[tokio::test]
async fn the_ledgers_key_has_a_certificate_that_openssl_verifies() {
    let house = House::start();
    let chain = house.anybody().get("/api/v1/ledger.pem").await.bytes();
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    let text = String::from_utf8(chain.clone()).unwrap();
    let (leaf, issuer) = text.split_once(END).unwrap();
    fs::write(desk.join("leaf.pem"), format!("{leaf}{END}")).unwrap();
    fs::write(desk.join("issuer.pem"), issuer).unwrap();
    let anchors = String::from_utf8(anchors(&house).await).unwrap();
    let roots: Vec<&str> = anchors.split_inclusive(END).collect();
    fs::write(desk.join("root.pem"), roots[1]).unwrap();
    // OpenSSL gives the identifier to the first certificate only: link by link.
    let verify = "verify -purpose any -partial_chain -vfyopt distid:1234567812345678 -trusted";
    openssl(desk, &format!("{verify} issuer.pem leaf.pem")).ok();
    openssl(desk, &format!("{verify} root.pem issuer.pem")).ok();
    let stranger = openssl(desk, &format!("{verify} root.pem leaf.pem"));
    assert_ne!(stranger.code, 0, "a judge that can say no");
    let said = openssl(desk, "x509 -in leaf.pem -noout -text").ok();
    assert!(said.contains("CN = inkseal.local/ledger"), "{said}");

    openssl(desk, "x509 -in leaf.pem -noout -pubkey -out key.pem").ok();
    openssl(desk, "pkey -pubin -in key.pem -outform DER -out key.der").ok();
    let key = fs::read(desk.join("key.der")).unwrap();
    let vkeys = house.anybody().get("/api/v1/ledger.vkey").await.bytes();
    let vkeys = String::from_utf8(vkeys).unwrap();
    let published = vkeys.lines().nth(1).unwrap().splitn(3, '+').nth(2).unwrap();
    let published = STANDARD.decode(published).unwrap();
    let point = &key[key.len() - 65..];
    assert!(published.windows(65).any(|part| part == point), "{vkeys}");

    let house = house.after_stop();
    let again = house.anybody().get("/api/v1/ledger.pem").await.bytes();
    assert_eq!(again, chain);
    let split = Split::start();
    let there = split
        .trust
        .anybody()
        .get("/api/v1/ledger.pem")
        .await
        .bytes();
    let here = split.signing.anybody().get("/api/v1/ledger.pem").await;
    assert_eq!(here.bytes(), there);
}

#[tokio::test]
async fn a_file_is_dated_from_the_command_line() {
    let house = House::start();
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    fs::write(desk.join("file"), vec![7; 200_000]).unwrap();
    fs::write(desk.join("other"), b"another").unwrap();
    fs::write(desk.join("anchors.pem"), anchors(&house).await).unwrap();
    let url = format!("{}/api/v1/trust/tsa", house.url);
    let run = |words: &[&str]| {
        let mut command = inkseal();
        command.current_dir(desk).arg("timestamp").args(words);
        Said::of(command.args(["--url", &url]))
    };
    let said = run(&["file", "--anchors", "anchors.pem"]).ok();
    assert!(said.contains("\"path\":\"trusted\""), "{said}");
    let verify = "ts -verify -CAfile anchors.pem -in file.tst -token_in -data";
    openssl(desk, &format!("{verify} file")).ok();
    assert_ne!(openssl(desk, &format!("{verify} other")).code, 0);
    // Not written over.
    assert_eq!(run(&["file"]).code, 1);
    let said = run(&["file", "--hash", "sm3", "--out", "gm.tst"]).ok();
    assert!(said.contains("sm2-sm3"), "{said}");
    assert_eq!(run(&["missing"]).code, 1);
    let foreign = request_root(desk);
    let refused = run(&["other", "--anchors", &foreign]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(!desk.join("other.tst").exists());
}

/// A root that the token does not lead to.
fn request_root(desk: &Path) -> String {
    let made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key \
                -subj /CN=other -out other.pem";
    openssl(desk, made).ok();
    "other.pem".to_owned()
}
