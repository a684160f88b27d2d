//! A remote signing service of others: `certomancer-csc-dummy`, which speaks version 1.0
//! of the Cloud Signature Consortium's API.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use tempfile::TempDir;

use crate::kit::{House, contract, inkseal, program::Said, tool};

const LABEL: &str = "company/operator/operator/p256-sha256";

/// A running service with a P-256 and an RSA credential.
struct Service {
    child: Child,
    /// Kept, so that the service can say more.
    _said: Lines<BufReader<ChildStdout>>,
    desk: TempDir,
    url: String,
}

/// An entity of its settings, with a certificate of the root.
fn entity(name: &str, usage: &str, ca: bool) -> String {
    format!(
        "      {name}:
        subject: {name}
        issuer: root
        validity: {{valid-from: \"2020-01-01T00:00:00+0000\", valid-to: \"2050-01-01T00:00:00+0000\"}}
        extensions:
          - {{id: basic_constraints, critical: true, value: {{ca: {ca}}}}}
          - {{id: key_usage, critical: true, smart-value: {{schema: key-usage, params: [{usage}]}}}}
"
    )
}

fn settings() -> String {
    let names = ["root", "signer", "rsa"];
    let keys = names.map(|name| format!("      {name}: {{path: {name}.pem}}\n"));
    let entities = names.map(|name| format!("      {name}: {{common-name: {name}}}\n"));
    format!(
        "external-url-prefix: \"http://localhost\"
keysets:
  keys:
    path-prefix: .
    keys:
{}pki-architectures:
  tests:
    keyset: keys
    entity-defaults: {{country-name: CN}}
    entities:
{}    certs:
{}{}{}",
        keys.concat(),
        entities.concat(),
        entity("root", "key_cert_sign", true),
        entity("signer", "digital_signature", false),
        entity("rsa", "digital_signature", false),
    )
}

impl Service {
    fn start() -> Self {
        let desk = TempDir::new().unwrap();
        let make = |name: &str, algorithm: &str, option: &str| {
            let file = format!("{name}.pem");
            let out = ["-out", &file, "-pkeyopt", option];
            let words = [&["genpkey", "-algorithm", algorithm], &out[..]].concat();
            tool("openssl", desk.path(), &words).ok();
        };
        make("root", "EC", "ec_paramgen_curve:P-256");
        make("signer", "EC", "ec_paramgen_curve:P-256");
        make("rsa", "RSA", "rsa_keygen_bits:2048");
        fs::write(desk.path().join("certomancer.yml"), settings()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let log = fs::File::create(desk.path().join("log")).unwrap();
        let mut command = Command::new("certomancer-csc");
        // The last word: leave to sign is for one digest alone (SCAL 2).
        command.args(["certomancer.yml", &port, "2"]);
        command
            .current_dir(desk.path())
            .env("PYTHONUNBUFFERED", "1");
        command.stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("certomancer-csc: run ./dev setup");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Its last line: it ends when nobody reads what it prints.
        while !lines.next().expect("it serves").unwrap().contains("CTRL+C") {}
        let url = format!("http://localhost:{port}/csc/v1");
        Self {
            child,
            _said: lines,
            desk,
            url,
        }
    }

    /// How often it has signed.
    fn signed(&self) -> usize {
        let log = fs::read_to_string(self.desk.path().join("log")).unwrap();
        log.matches("POST /csc/v1/signatures/signHash HTTP/1.1\" 200")
            .count()
    }

    fn configuration(&self, more: &str) -> String {
        let url = &self.url;
        format!(
            "[keys.csc]\nurl = \"{url}\"\n[keys.csc.keys]\n\"{LABEL}\" = \"tests/signer\"\n{more}"
        )
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn check(folder: &Path) -> Said {
    let mut command = inkseal();
    command.args(["key", "check", "--config", "inkseal.toml"]);
    Said::of(command.current_dir(folder))
}

#[tokio::test]
async fn the_closing_signature_is_made_by_a_remote_service() {
    let service = Service::start();
    let rsa = "\"company/operator/operator/rsa2048-sha256\" = \"tests/rsa\"\n";
    let configuration = service.configuration(rsa);
    let mut house = House::prepared(|folder| {
        fs::write(folder.join("inkseal.toml"), &configuration).unwrap();
    });
    let acme = house.integrator("acme").await;
    let draft = contract().with("profile", "intl");
    let contract = draft.person("borrower", "pad").make(&acme).await;
    let before = service.signed();
    contract.sign_by_hand("borrower").await;
    assert_eq!(service.signed(), before + 1);
    house.verified(&contract).await;
    assert!(house.stop().success());
    // P-256 and RSA sign a message each.
    let said = check(house.folder()).ok();
    assert!(said.contains("csc"), "{said}");
    assert_eq!(service.signed(), before + 3);
}

/// Without the service a contract is not closed, and nothing of the act is kept.
#[tokio::test]
async fn without_the_service_nothing_is_signed() {
    let service = Service::start();
    let configuration = service.configuration("[keys.csc.limits]\nattempts = 1\n");
    let house = House::prepared(|folder| {
        fs::write(folder.join("inkseal.toml"), &configuration).unwrap();
    });
    let acme = house.integrator("acme").await;
    let draft = contract().with("profile", "intl");
    let contract = draft.person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    drop(service);
    let refused = visit.submit(&visit.by_hand()).await;
    refused.refused(503, "outside-unreachable");
    assert_eq!(contract.act("borrower").await, None);
}
