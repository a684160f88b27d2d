//! A root whose key was never on the machine that serves, from the command line.

use std::{fs, path::Path};

use crypto::{KeyModule, KeyStore};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    keys::token,
    kit::{
        program::{Said, inkseal},
        tool,
    },
};

/// Runs `inkseal ca` in a folder; the words are separated by blanks.
fn ca(folder: &Path, words: &str) -> Said {
    let mut command = inkseal();
    command.current_dir(folder).arg("ca");
    command.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
    Said::of(command.args(words.split_whitespace()))
}

#[test]
fn a_ceremony_is_held_installed_and_verified() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    ca(at, "request --data online --out requests").ok();
    let held = "ceremony --keys offline --out made --operator 测试 --witness 甲 --witness 乙";
    let files = "requests/issuing-p256-sha256.csr requests/issuing-sm2-sm3.csr";
    ca(at, &format!("{held} {files}")).ok();
    let protocol = ca(at, "protocol-verify made").ok();
    assert!(
        protocol.contains("root-key-made") && protocol.contains("甲"),
        "{protocol}"
    );
    let verify = "cms -verify -binary -inform DER -in made/protocol-p256-sha256.p7s -purpose any \
                  -CAfile made/root-p256-sha256.pem -content made/protocol.json -out said";
    let verify: Vec<&str> = verify.split_whitespace().collect();
    tool("openssl", at, &verify).ok();
    ca(
        at,
        "lint made/root-p256-sha256.pem made/issuing-sm2-sm3.pem",
    )
    .ok();

    ca(at, "install --data online made").ok();
    let list = ca(at, "list --data online").ok();
    let names: Vec<String> = list
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].to_string())
        .collect();
    assert_eq!(names.len(), 4, "{list}");
    let again = ca(at, "install --data online made");
    assert_eq!(again.code, 1);
    let journal = fs::read_to_string(at.join("made/journal.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 6, "{journal}");
    ca(at, "root-list --keys offline --out renewed").ok();
    let lists = "install-list --data online renewed/root-sm2-sm3.crl renewed/root-p256-sha256.crl";
    ca(at, lists).ok();
    assert_eq!(ca(at, lists).code, 1, "not newer");
    ca(
        at,
        "request --data online --suite rsa3072-sha256 --out further",
    )
    .ok();
    assert!(again.err.contains("authorities already"), "{}", again.err);
    // Nothing that was made is written over.
    let again = ca(at, &format!("{held} {files}"));
    assert_eq!(again.code, 1);

    let protocol = at.join("made/protocol.json");
    let forged = fs::read_to_string(&protocol).unwrap().replace('甲', "丙");
    fs::write(&protocol, forged).unwrap();
    assert_eq!(ca(at, "protocol-verify made").code, 1);
}

#[test]
fn the_root_of_a_ceremony_may_lie_in_a_token() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    fs::write(at.join("offline.toml"), token(at)).unwrap();
    let held = "ceremony --keys offline --config offline.toml --out made --operator 测试 \
                --witness 甲 requests/issuing-p256-sha256.csr";
    ca(at, "request --data online --out requests").ok();
    ca(at, held).ok();
    ca(at, "protocol-verify made").ok();
    ca(at, "install --data online made").ok();
    let passphrase = fs::read_to_string(at.join("offline/passphrase")).unwrap();
    let file = KeyStore::open(&at.join("offline/keys"), passphrase.trim()).unwrap();
    assert!(
        file.list().unwrap().is_empty(),
        "the root's key is in a file"
    );
}

#[test]
fn lint_names_the_rules_that_a_certificate_breaks() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let made = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out odd.pem -subj /CN=odd";
    let made: Vec<&str> = made.split_whitespace().collect();
    tool("openssl", at, &made).ok();
    let said = ca(at, "lint --json odd.pem");
    assert_eq!(said.code, 1);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let findings = report[0]["findings"].as_array().unwrap();
    let rule = |code: &str| findings.iter().any(|one| one["rule"] == code);
    assert!(rule("key-usage-present"), "{}", said.out);
    fs::write(at.join("none.pem"), "nothing").unwrap();
    assert_eq!(ca(at, "lint none.pem").code, 2);
}
