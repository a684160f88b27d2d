//! `inkseal witness`: cosigns what follows, and never two ledgers under one name.

use std::{fs, path::Path, process::Command};

use ledger::{Receipt, VerifierKey, cosignatures};

use crate::kit::{Client, House, contract, inkseal, log::Log, program::Said, served::Served};

fn command(data: &Path, logs: &[&str]) -> Command {
    let mut command = inkseal();
    command.args([
        "witness",
        "--listen",
        "127.0.0.1:0",
        "--name",
        "w.example",
        "--data",
    ]);
    command.arg(data);
    for log in logs {
        command.args(["--log", log]);
    }
    command
}

fn witness(data: &Path, logs: &[&str]) -> Served {
    Served::start(&mut command(data, logs), "key ")
}

fn key(witness: &Served) -> String {
    witness
        .printed
        .split_whitespace()
        .last()
        .unwrap()
        .to_owned()
}

/// Status and body.
async fn ask(witness: &Served, body: String) -> (u16, String) {
    let client = Client::new(&witness.url);
    let answer = client
        .post_bytes("/add-checkpoint", body.into_bytes())
        .await;
    if answer.status == 409 {
        assert_eq!(answer.kind, "text/x.tlog.size");
    }
    (answer.status, String::from_utf8(answer.bytes).unwrap())
}

fn is_cosigned(note: &str, line: &str, witness: &Served) -> bool {
    let key = VerifierKey::parse(&key(witness)).unwrap();
    let found = cosignatures(&format!("{note}{line}"), &[key]).unwrap();
    found.first().is_some_and(|found| found.line == line)
}

#[tokio::test]
async fn a_log_that_grows_is_cosigned_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let served = witness(folder.path(), &[&log.verifier()]);
    log.grow(10, "one");
    let (status, line) = ask(&served, log.ask(0)).await;
    assert_eq!(status, 200, "{line}");
    assert!(is_cosigned(&log.note(), &line, &served));
    log.grow(600, "one");
    assert_eq!(ask(&served, log.ask(0)).await, (409, "10\n".to_owned()));
    let (status, line) = ask(&served, log.ask(10)).await;
    assert_eq!(status, 200, "{line}");
    assert!(is_cosigned(&log.note(), &line, &served));
    // The same again, as after an answer that was lost.
    assert_eq!(ask(&served, log.ask(610)).await.0, 200);

    let mut fork = Log::new();
    fork.grow(10, "one");
    fork.grow(600, "two");
    assert_eq!(ask(&served, fork.ask(610)).await, (409, "610\n".to_owned()));
    assert_eq!(ask(&served, fork.ask(10)).await.0, 409);
    fork.grow(1, "two");
    assert_eq!(ask(&served, fork.ask(610)).await.0, 422);
    let mut back = Log::new();
    back.grow(10, "one");
    assert_eq!(ask(&served, back.ask(10)).await, (409, "610\n".to_owned()));

    let unsigned = log
        .ask(610)
        .replacen("— log.example/2026 ", "— log.example/2026 AAAA", 1);
    assert_eq!(ask(&served, unsigned).await.0, 403);
    let unknown = log
        .ask(610)
        .replacen("log.example/2026\n610", "log.example/2027\n610", 1);
    assert_eq!(ask(&served, unknown).await.0, 404);
    assert_eq!(ask(&served, "old 1".to_owned()).await.0, 400);
    assert_eq!(ask(&served, "old 1\n".repeat(10_000)).await.0, 413);
}

/// Many forks at once, each well proven: one of them is cosigned, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_forks_at_once_one_is_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let served = witness(folder.path(), &[&Log::new().verifier()]);
    let mut old = 0;
    for round in 1..=4 {
        let forks = (0..16).map(|n| {
            let mut log = Log::new();
            for past in 1..round {
                log.grow(3, &format!("{past}"));
            }
            // Of different lengths too.
            log.grow(
                3 + n % 2,
                &if n == 0 {
                    round.to_string()
                } else {
                    format!("fork {n}")
                },
            );
            log.ask(old)
        });
        let answers = futures::future::join_all(forks.map(|fork| ask(&served, fork))).await;
        let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
        let cosigned = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(cosigned, 1, "{statuses:?}");
        let rest = statuses
            .iter()
            .filter(|status| ![200, 409].contains(status));
        assert_eq!(rest.count(), 0, "{statuses:?}");
        if statuses[0] != 200 {
            // Another fork was taken: no honest log follows it.
            return;
        }
        old += 3;
    }
}

#[tokio::test]
async fn a_killed_witness_remembers_what_it_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let file = folder.path().join("log.vkey");
    fs::write(&file, log.verifier()).unwrap();
    let (data, file) = (
        folder.path().join("data"),
        file.to_str().unwrap().to_owned(),
    );
    let (mut served, mut old) = (witness(&data, &[&file]), 0);
    let before = key(&served);
    for _ in 0..3 {
        log.grow(5, "one");
        assert_eq!(ask(&served, log.ask(old)).await.0, 200);
        old = log.size();
        served.kill();
        served = witness(&data, &[&file]);
        assert_eq!(key(&served), before);
        let mut fork = Log::new();
        fork.grow(old, "two");
        assert_eq!(ask(&served, fork.ask(0)).await, (409, format!("{old}\n")));
        assert_eq!(ask(&served, fork.ask(old)).await, (409, format!("{old}\n")));
    }
}

/// The service with a witness that it must have: receipts carry the cosignature.
#[tokio::test]
async fn a_served_ledger_is_witnessed() {
    let house = House::start();
    let verifier = house.anybody().get("/api/v1/ledger.vkey").await.bytes();
    let verifier = String::from_utf8(verifier).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let witnessing = witness(folder.path(), &[&verifier]);
    let (url, witness_key) = (witnessing.url.clone(), key(&witnessing));
    let witnesses = format!("[{{url=\"{url}\",key=\"{witness_key}\"}}]");
    let (data, mut start) = house.cut();
    let variables = [
        ("INKSEAL_WITNESSES", witnesses),
        ("INKSEAL_WITNESS_QUORUM", "1".to_owned()),
    ];
    start.variables.extend(variables);
    let house = House::serve(data, start);
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let receipts = contract.get("/receipts").await.ok();
    let receipts: Vec<Receipt> = serde_json::from_value(receipts).unwrap();
    let keys = [VerifierKey::parse(&witness_key).unwrap()];
    for receipt in receipts {
        receipt.verify(verifier.trim()).unwrap();
        assert_eq!(cosignatures(&receipt.checkpoint, &keys).unwrap().len(), 1);
    }
    let seen = |quorum: &str| {
        let mut command = inkseal();
        command.args(["ledger", "checkpoint", &house.url, "--key", &verifier]);
        Said::of(command.args(["--witness-key", &witness_key, "--quorum", quorum]))
    };
    assert!(seen("1").ok().contains("w.example"));
    let said = seen("2");
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("1 witnesses cosigned and 2 must"),
        "{}",
        said.err
    );
}

#[test]
fn a_witness_needs_the_key_of_a_log() {
    let folder = tempfile::tempdir().unwrap();
    for log in ["log.example/2026+00000000+AAAA", "no such file"] {
        let said = Said::of(&mut command(folder.path(), &[log]));
        assert_eq!(said.code, 1, "{}", said.out);
    }
}
