//! Houses whose lasting keys are in a token or a machine, and `inkseal key`.

use std::{fmt::Write, fs, path::Path, process::Command};

use crypto::{KeyModule, KeyStore, Suite};
use serde_json::Value;

use crate::kit::{House, contract, inkseal, program::Said};

const PIN: &str = "a pin of length";
/// The keys that a house makes at its first start, without their suite.
const FIRST: [&str; 5] = [
    "company/operator/operator",
    "trust/issuing",
    "trust/ocsp",
    "trust/root",
    "trust/tsa",
];

/// The key by which the ledger signs its checkpoints beside Ed25519.
const LOG: &str = "trust/log-sm2";

/// Makes a token in a folder, with its PIN file. Gives its part of the configuration.
pub fn token(folder: &Path) -> String {
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens).unwrap();
    let conf = format!("directories.tokendir = {}\n", tokens.display());
    fs::write(folder.join("softhsm2.conf"), conf).unwrap();
    let mut init = Command::new("softhsm2-util");
    init.args(["--init-token", "--free", "--label", "house"]);
    init.args(["--pin", PIN, "--so-pin", "officer's pin"]);
    init.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
    Said::of(&mut init).ok();
    fs::write(folder.join("pin"), PIN).unwrap();
    "[keys.pkcs11]\nlibrary = \"/usr/lib/softhsm/libsofthsm2.so\"\ntoken = \"house\"\npin_file = \"pin\"\n"
        .to_owned()
}

/// The part of the machine in software, with a number for each first key.
fn machine(folder: &Path) -> String {
    fs::write(folder.join("password"), "softsdf-password").unwrap();
    let program = std::env::current_exe().unwrap();
    let library = program.with_file_name("libsoftsdf.so");
    let mut text = format!(
        "[keys.sdf]\nlibrary = \"{}\"\npassword_file = \"password\"\n[keys.sdf.keys]\n",
        library.display()
    );
    for (label, number) in FIRST.iter().zip(1..) {
        writeln!(text, "\"{label}/sm2-sm3\" = {number}").unwrap();
    }
    writeln!(text, "\"{LOG}\" = 6").unwrap();
    text
}

/// Signs a contract of a person, and lets `inkseal verify` look at it.
async fn sign(house: &House, profile: &str) -> Value {
    let acme = house.integrator("acme").await;
    let draft = contract().with("profile", profile);
    let contract = draft.person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let desk = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: Vec<u8>| fs::write(desk.path().join(name), bytes).unwrap();
    put("contract.pdf", contract.get("/file").await.bytes());
    put(
        "anchors.pem",
        house.anybody().get("/api/v1/anchors.pem").await.bytes(),
    );
    let mut verify = inkseal();
    verify.args(["verify", "--json", "contract.pdf"]);
    let said = Said::of(verify.current_dir(desk.path())).ok();
    serde_json::from_str(&said).unwrap()
}

/// Labels of a suite that a module lists.
fn listed(house: &House, module: &str, suite: Suite) -> Vec<String> {
    let said = house.run(&["key", "list", "--json"]).ok();
    let lines = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ours = lines.filter(|line| line["module"] == module && line["suite"] == suite.name());
    let mut labels: Vec<String> = ours
        .map(|line| line["label"].as_str().unwrap().to_owned())
        .collect();
    labels.sort();
    labels
}

fn first(suite: Suite) -> Vec<String> {
    FIRST
        .map(|label| format!("{label}/{}", suite.name()))
        .to_vec()
}

/// Suites of the signing keys in the key file.
fn in_the_file(house: &House) -> Vec<Suite> {
    let data = house.folder().join(".inkseal");
    let passphrase = fs::read_to_string(data.join("passphrase")).unwrap();
    let file = KeyStore::open(&data.join("keys"), passphrase.trim()).unwrap();
    let keys = file.list().unwrap();
    // The key of callbacks is in no module's labels.
    let signing = keys.iter().filter(|found| found.label != "callbacks");
    signing.map(|found| found.key.suite()).collect()
}

#[tokio::test]
async fn a_house_whose_keys_are_in_a_token_signs_what_everybody_verifies() {
    let suite = Suite::P256Sha256;
    let house = House::prepared(|folder| {
        let text = token(folder);
        fs::write(folder.join("inkseal.toml"), text).unwrap();
    });
    assert_eq!(sign(&house, "intl").await["verdict"], "valid");
    assert_eq!(listed(&house, "pkcs11", suite), first(suite));
    assert_eq!(listed(&house, "file", suite), Vec::<String>::new());
    let others = in_the_file(&house);
    assert!(!others.is_empty() && !others.contains(&suite), "{others:?}");
    let said = house.run(&["key", "check"]).ok();
    assert!(said.lines().all(|line| line.ends_with(" ok")), "{said}");
    let anchors = house.anybody().get("/api/v1/anchors.pem").await.bytes();
    // The same keys after a start.
    let house = house.after_stop();
    assert_eq!(
        house.anybody().get("/api/v1/anchors.pem").await.bytes(),
        anchors
    );
    assert_eq!(sign(&house, "intl").await["verdict"], "valid");
}

#[tokio::test]
async fn a_token_that_is_away_signs_nothing_and_all_is_well_when_it_is_back() {
    let house = House::prepared(|folder| {
        let text = token(folder);
        fs::write(folder.join("inkseal.toml"), text).unwrap();
    });
    let acme = house.integrator("acme").await;
    let draft = contract().with("profile", "intl");
    let contract = draft.person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;
    let [here, away] = ["tokens", "away"].map(|name| house.folder().join(name));
    fs::rename(&here, &away).unwrap();
    fs::create_dir(&here).unwrap();
    let refused = visit.submit(&visit.by_hand()).await;
    let problem: Value = serde_json::from_slice(&refused.bytes).unwrap();
    assert_eq!(
        (refused.status, &problem["code"]),
        (502, &"module-no-token".into())
    );
    assert_eq!(contract.state().await, "signing");
    fs::remove_dir(&here).unwrap();
    fs::rename(&away, &here).unwrap();
    visit.submit(&visit.by_hand()).await.ok();
    assert_eq!(contract.state().await, "complete");
}

#[tokio::test]
async fn a_house_whose_sm2_keys_are_in_a_machine_signs_what_everybody_verifies() {
    let suite = Suite::Sm2Sm3;
    let house = House::prepared(|folder| {
        let text = machine(folder);
        fs::write(folder.join("inkseal.toml"), text).unwrap();
    });
    assert_eq!(sign(&house, "gm").await["verdict"], "valid");
    let with_log = [first(suite), vec![LOG.to_owned()]].concat();
    let mut listed = listed(&house, "sdf", suite);
    listed.sort_by_key(|label| label == LOG);
    assert_eq!(listed, with_log);
    let others = in_the_file(&house);
    assert!(!others.is_empty() && !others.contains(&suite), "{others:?}");
}

#[tokio::test]
async fn a_company_that_came_before_the_token_keeps_its_key() {
    let suite = Suite::P256Sha256;
    let house = House::start();
    let before = house.anybody().get("/api/v1/anchors.pem").await.bytes();
    let text = token(house.folder());
    fs::write(house.folder().join("inkseal.toml"), text).unwrap();
    let house = house.after_stop();
    assert_eq!(
        house.anybody().get("/api/v1/anchors.pem").await.bytes(),
        before
    );
    assert_eq!(listed(&house, "pkcs11", suite), Vec::<String>::new());
    let acme = house.integrator("acme").await;
    let company =
        serde_json::json!({ "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" });
    let company = acme.post("/api/v1/companies", &company).await.ok();
    let company = company["company"].as_str().unwrap();
    let label = format!("company/acme/{company}/{}", suite.name());
    assert_eq!(listed(&house, "pkcs11", suite), [label]);
    assert_eq!(sign(&house, "intl").await["verdict"], "valid");
}

#[test]
fn a_key_that_is_made_by_hand_is_where_it_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = format!("{}suites = [\"p256-sha256\"]\n", token(folder));
    fs::write(folder.join("inkseal.toml"), text).unwrap();
    let run = |arguments: &str| {
        let mut command = inkseal();
        command.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
        command
            .args(arguments.split(' '))
            .args(["--config", "inkseal.toml"]);
        Said::of(command.current_dir(folder))
    };
    let made = run("key generate --suite p256-sha256 trust/root/p256-sha256").ok();
    assert!(made.starts_with("pkcs11 p256-sha256"), "{made}");
    let made = run("key generate --suite rsa2048-sha256 other").ok();
    assert!(made.starts_with("file   rsa2048-sha256"), "{made}");
    let again = run("key generate --suite rsa2048-sha256 other");
    assert_eq!(again.code, 1);
    assert!(again.err.contains("never replaced"), "{}", again.err);
    let listed = run("key list").ok();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let checked = run("key check other").ok();
    assert!(checked.ends_with("other ok\n"), "{checked}");
    let absent = run("key check nothing");
    assert!(
        absent.code == 1 && absent.err.contains("key list"),
        "{}",
        absent.err
    );
    let unknown = run("key generate --suite sm9 x");
    assert!(unknown.err.contains("p256-sha256"), "{}", unknown.err);
}

#[test]
fn a_bad_configuration_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let good = token(folder);
    let refused = |text: String, expected: &str| {
        fs::write(folder.join("inkseal.toml"), text).unwrap();
        for command in ["key list", "serve --listen 127.0.0.1:0"] {
            let mut program = inkseal();
            program.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
            program
                .args(command.split(' '))
                .args(["--config", "inkseal.toml"]);
            let said = Said::of(program.current_dir(folder));
            assert_eq!(said.code, 1, "{}", said.out);
            assert!(said.err.contains(expected), "{command}: {}", said.err);
            assert!(!said.err.contains(PIN), "{}", said.err);
        }
    };
    refused(
        good.replace("\"house\"", "\"horse\""),
        "set `token` to its label",
    );
    refused(good.replace("libsofthsm2", "libnone"), "set `library`");
    refused(good.replace("\"pin\"", "\"nowhere\""), "nowhere");
    refused(
        good.replace("pin_file = \"pin\"\n", ""),
        "INKSEAL_PKCS11_PIN",
    );
    refused(format!("{good}suites = [\"sm2-sm3\"]\n"), "[keys.sdf]");
    refused(
        format!("{good}suites = [\"p256\"]\n"),
        "it is one of sm2-sm3, p256-sha256",
    );
    refused(format!("{good}slot = 1\n"), "slot");
    refused("[keys.hsm]\n".to_owned(), "hsm");
    fs::write(folder.join("pin"), "another").unwrap();
    refused(good, "refused the PIN");
}
