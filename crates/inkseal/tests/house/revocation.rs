//! A company's certificate is revoked: told to everybody, and no seal after it.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use crate::kit::{Client, Contract, House, contract, house::PASSWORD, tool};

const CRL: &str = "/api/v1/trust/crl/p256-sha256.crl";
const OCSP: &str = "/api/v1/trust/ocsp";

/// A registered company; gives its identifier.
async fn company(acme: &Client) -> String {
    let company = json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    company["company"].as_str().unwrap().to_owned()
}

async fn wanting_a_seal(acme: &Client, company: &str) -> Contract {
    let place = json!({ "page": 1, "rect": [72, 600, 192, 720] });
    let seal =
        json!({ "role": "guarantor", "mode": "seal", "company": company, "places": [place] });
    let draft = contract().with("profile", "intl").party(seal);
    draft.make(acme).await
}

fn role() -> Value {
    json!({ "role": "guarantor" })
}

async fn seal_once(contract: &Contract) -> Value {
    let path = contract.path("/seals");
    let sealed = contract.integrator.post_once(&path, "once", &role()).await;
    sealed.ok()
}

/// Writes the company's P-256 chain into a folder: `leaf.pem`, `issuer.pem`, `ca.pem`.
async fn chain(house: &House, company: &str, desk: &Path) {
    let database = house.folder().join(".inkseal/inkseal.db");
    let url = format!("sqlite://{}", database.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let body: String = sqlx::query_scalar("SELECT body FROM company WHERE id = $1")
        .bind(company)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let pem = body["chains"]["p256-sha256"].as_str().unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, issuer) = pem.split_once(end).unwrap();
    fs::write(desk.join("leaf.pem"), format!("{leaf}{end}")).unwrap();
    fs::write(desk.join("issuer.pem"), issuer).unwrap();
    let anchors = house.anybody().get("/api/v1/anchors.pem").await.bytes();
    let root = String::from_utf8(anchors).unwrap();
    let root = root.split_inclusive(end).next().unwrap().to_owned();
    fs::write(desk.join("ca.pem"), root + issuer).unwrap();
}

/// What OpenSSL makes of our responder's answer.
fn ocsp(house: &House, desk: &Path, more: &[&str]) -> String {
    let url = format!("{}{OCSP}", house.url);
    let asked = ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem"];
    let by = ["-CAfile", "ca.pem", "-url", &url];
    let said = tool("openssl", desk, &[asked.as_slice(), &by, more].concat());
    assert!(said.err.contains("Response verify OK"), "{}", said.err);
    said.ok()
}

/// What OpenSSL makes of the certificate under our list.
async fn under_list(house: &House, desk: &Path) -> (String, bool) {
    let list = house.anybody().get(CRL).await;
    assert_eq!(list.kind, "application/pkix-crl");
    fs::write(desk.join("list.crl"), list.bytes()).unwrap();
    let read = [
        "crl", "-inform", "DER", "-in", "list.crl", "-out", "list.pem",
    ];
    let more = ["-CAfile", "ca.pem", "-text"];
    let said = tool("openssl", desk, &[read.as_slice(), &more].concat());
    assert!(said.err.contains("verify OK"), "{}", said.err);
    said.ok();
    let check = ["verify", "-crl_check", "-CRLfile", "list.pem"];
    let more = ["-CAfile", "ca.pem", "leaf.pem"];
    let said = tool("openssl", desk, &[check.as_slice(), &more].concat());
    let revoked = said.err.contains("certificate revoked");
    assert_eq!(said.code != 0, revoked, "{}", said.err);
    (fs::read_to_string(desk.join("list.pem")).unwrap(), revoked)
}

#[tokio::test]
async fn a_revoked_company_seals_no_more_and_everybody_is_told() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = company(&acme).await;
    let (sealed, late) = (
        wanting_a_seal(&acme, &company).await,
        wanting_a_seal(&acme, &company).await,
    );
    let receipt = seal_once(&sealed).await;
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    chain(&house, &company, desk).await;
    for more in [[].as_slice(), &["-no_nonce"]] {
        let said = ocsp(&house, desk, more);
        assert!(said.contains("leaf.pem: good"), "{said}");
    }
    assert!(!under_list(&house, desk).await.1);

    let order = json!({ "reason": "keyCompromise" });
    let path = format!("/api/v1/companies/{company}/revocation");
    let other = house.integrator("other").await;
    other.post(&path, &order).await.refused(404, "not-found");
    let wrong = json!({ "reason": "certificateHold" });
    acme.post(&path, &wrong).await.refused(422, "body-invalid");
    let first = acme.post(&path, &order).await.ok();
    assert_eq!(first.as_array().unwrap().len(), 2);

    let refused = late.post("/seals", &role()).await;
    refused.refused(409, "company-revoked");
    for more in [[].as_slice(), &["-no_nonce"]] {
        let said = ocsp(&house, desk, more);
        assert!(said.contains("leaf.pem: revoked"), "{said}");
        assert!(said.contains("Reason: keyCompromise"), "{said}");
    }
    let (before, revoked) = under_list(&house, desk).await;
    assert!(revoked);

    let house = house.after_power_cut();
    let (late, sealed) = (house.again(late), house.again(sealed));
    let refused = late.post("/seals", &role()).await;
    refused.refused(409, "company-revoked");
    assert!(ocsp(&house, desk, &["-no_nonce"]).contains("leaf.pem: revoked"));
    let (after, revoked) = under_list(&house, desk).await;
    assert!(revoked && after != before, "a list of a later number");
    // Asked again, by the operator and for another reason: the first answer.
    let path = format!("/api/v1/admin/tenants/acme/companies/{company}/revocation");
    let again = json!({ "reason": "superseded" });
    let operator = house.operator(PASSWORD);
    assert_eq!(operator.post(&path, &again).await.ok(), first);
    let acme = acme.at(&house.url);
    acme.post(&path, &again).await.refused(401, "unauthorised");
    // What was sealed before stays what it was.
    assert_eq!(seal_once(&sealed).await, receipt);
    house.verified(&sealed).await;
}

#[tokio::test]
async fn a_request_comes_by_post_or_by_get_and_is_small() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let company = company(&acme).await;
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    chain(&house, &company, desk).await;
    let ask = ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem"];
    let out = ["-no_nonce", "-reqout", "request.der"];
    tool("openssl", desk, &[ask.as_slice(), &out].concat()).ok();
    let request = fs::read(desk.join("request.der")).unwrap();
    let anybody = house.anybody();
    let posted = anybody.post_bytes(OCSP, request.clone()).await;
    assert_eq!(posted.kind, "application/ocsp-response");
    let posted = posted.bytes();
    let text = STANDARD.encode(request);
    let encoded = text
        .replace('/', "%2F")
        .replace('+', "%2B")
        .replace('=', "%3D");
    for text in [text, encoded] {
        let got = anybody.get(&format!("{OCSP}/{text}")).await.bytes();
        assert_eq!(got, posted, "{text}");
    }
    // malformedRequest, RFC 6960, 4.2.1.
    let malformed = [0x30, 3, 0x0a, 1, 1];
    assert_eq!(anybody.get(&format!("{OCSP}/***")).await.bytes(), malformed);
    assert_eq!(
        anybody.post_bytes(OCSP, vec![0; 9]).await.bytes(),
        malformed
    );
    let large = anybody.post_bytes(OCSP, vec![0; 4097]).await;
    large.refused(413, "body-unreadable");
    let none = anybody.get("/api/v1/trust/crl/p256.crl").await;
    none.refused(404, "not-found");
}
