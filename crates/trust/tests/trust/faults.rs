//! Each write, flush, naming of a file and statement on the way of a certificate and of
//! the log fails once: what was acknowledged is recorded, and what was not can be asked
//! for again.
//!
//! The system calls of a real process fail through `faults/fail_once.c`, the statements
//! through triggers in its database.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use crypto::{Keys, Suite};
use pki::{Certificate, revocation::Reason};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use store::Store;
use tempfile::TempDir;
use trust::{Lasting, Trust, TrustError};

use crate::house::{NOW, keys, person, request, settings};

const FOLDER: &str = "INKSEAL_TEST_FAULT_FOLDER";
const REPORT: &str = "INKSEAL_TEST_FAULT_REPORT";

/// What the subject was told, in its order.
#[derive(Debug, Serialize, Deserialize)]
enum Told {
    /// PEM of a certificate.
    Issued(String),
    /// Serial number of a certificate that was revoked.
    Revoked(String),
    /// A checkpoint.
    Signed(String),
    /// The code of an error.
    Refused(String),
}

/// A trust service that may refuse to open.
struct Service {
    store: Store,
    keys: Keys,
    trust: Trust,
}

impl Service {
    async fn open(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let store = Store::open(folder).await?;
        let keys = Keys::from(Arc::new(keys(&folder.join("keys"))?));
        let opened = Trust::open(store.clone(), keys.clone(), settings(), Arc::new(|| NOW)).await;
        if opened.is_err() {
            store.close().await;
        }
        let trust = opened?;
        Ok(Self { store, keys, trust })
    }

    /// The service of a folder whose faults are over.
    async fn must_open(folder: &Path) -> Self {
        let opened = Self::open(folder).await;
        opened.unwrap_or_else(|error| panic!("does not open any more: {error}"))
    }
}

/// Issues, revokes and sequences, and goes on after whatever fails.
async fn subject(service: &Service) -> Vec<Told> {
    let (mut told, trust) = (Vec::new(), &service.trust);
    let refused = |error: TrustError| Told::Refused(error.code().to_owned());
    for round in 0..2 {
        let (asked, _) = request(Suite::P256Sha256);
        // Whoever was refused asks again.
        for _ in 0..2 {
            let issued = trust.issue_event("t", asked.clone()).await;
            let done = issued.is_ok();
            told.push(issued.map_or_else(refused, |chain| Told::Issued(chain[0].to_pem())));
            if done {
                break;
            }
        }
        if round == 0 {
            let (company, _) = request(Suite::P256Sha256);
            let enterprise = trust
                .issue_lasting(
                    "t",
                    Lasting::Enterprise,
                    company.suite,
                    person(),
                    company.spki,
                    1,
                )
                .await;
            match enterprise {
                Err(error) => told.push(refused(error)),
                Ok(chain) => {
                    let serial = chain[0].serial_hex();
                    told.push(Told::Issued(chain[0].to_pem()));
                    let revoked = trust
                        .revoke("t", std::slice::from_ref(&serial), Reason::Superseded)
                        .await;
                    told.push(revoked.map_or_else(refused, |_| Told::Revoked(serial)));
                }
            }
        }
        let sequenced = trust.sequence().await;
        let note = trust.ledger_object("checkpoint").await;
        match (sequenced, note) {
            (Ok(_), Ok(Some(note))) => {
                told.push(Told::Signed(String::from_utf8_lossy(&note).into_owned()));
            }
            (Err(error), _) | (_, Err(error)) => told.push(refused(error)),
            (Ok(_), Ok(None)) => {}
        }
    }
    told
}

/// The fault is over: the same process sequences again, at the latest after what was
/// unfinished has failed once more.
async fn goes_on(service: &Service) {
    let _ = service.trust.sequence().await;
    service.trust.sequence().await.unwrap();
}

/// What was told still holds: every certificate has its record, and nothing is rewritten.
async fn holds(service: &Service, told: &[Told]) {
    service.trust.sequence().await.unwrap();
    service.trust.fsck().await.unwrap();
    for one in told {
        match one {
            Told::Issued(pem) => {
                let issued = Certificate::from_pem_many(pem).unwrap().remove(0);
                let journaled = service
                    .store
                    .certificate(&issued.serial_hex())
                    .await
                    .unwrap();
                let journaled = journaled.expect("a certificate without a record");
                let signed = issued.der().windows(journaled.len());
                assert!(signed.clone().any(|part| part == journaled), "as recorded");
            }
            Told::Revoked(serial) => {
                let there = service.trust.revocation(serial).await.unwrap();
                there.expect("a revocation that was acknowledged");
            }
            Told::Signed(note) => {
                let Service { store, keys, .. } = service;
                let origin = settings().origin;
                trust::fsck(store, keys, &origin, std::slice::from_ref(note))
                    .await
                    .unwrap();
            }
            Told::Refused(_) => {}
        }
    }
    let (asked, _) = request(Suite::P256Sha256);
    service.trust.issue_event("t", asked).await.unwrap();
}

/// Started by the tests below with a disk that fails.
#[test]
#[ignore = "started by another test"]
fn the_process_whose_disk_fails() {
    let at = |name| PathBuf::from(std::env::var_os(name).expect("started by another test"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let told = match Service::open(&at(FOLDER)).await {
            Ok(service) => {
                let told = subject(&service).await;
                goes_on(&service).await;
                service.store.close().await;
                told
            }
            Err(error) => vec![Told::Refused(error.to_string())],
        };
        fs::write(at(REPORT), serde_json::to_vec(&told).unwrap()).unwrap();
    });
}

/// A desk with the library through which calls fail.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = TempDir::new().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fail_once.c");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]);
        compile
            .arg(desk.path().join("fail.so"))
            .arg(source)
            .arg("-ldl");
        assert!(compile.status().expect("run ./dev setup").success());
        Self(desk)
    }

    /// Runs the subject over a folder with the call of this number failing; 0 for none.
    /// Gives what it was told, and how many calls there were. A process that was stopped
    /// was told nothing.
    fn run(&self, folder: &Path, kind: &str, at: usize) -> (Vec<Told>, usize) {
        let [report, count] = ["report", "count"].map(|name| self.0.path().join(name));
        let _ = fs::remove_file(&report);
        let _ = fs::remove_file(&count);
        let mut run = Command::new(std::env::current_exe().unwrap());
        run.args([
            "--exact",
            "faults::the_process_whose_disk_fails",
            "--ignored",
        ])
        .env(FOLDER, folder)
        .env(REPORT, &report)
        .env("LD_PRELOAD", self.0.path().join("fail.so"))
        .env("FAULT_FOLDER", folder)
        .env("FAULT_AT", at.to_string())
        .env("FAULT_KIND", kind)
        .env("FAULT_COUNT", &count);
        let output = run.output().unwrap();
        let stopped = output.status.code() == Some(86);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() || stopped,
            "call {at}, {kind}: {said}"
        );
        if stopped {
            return (Vec::new(), at);
        }
        let told = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let calls = fs::read_to_string(&count).unwrap().parse().unwrap();
        (told, calls)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Lets every call fail once in this manner, beginning each time with the same folder:
/// one that is new, or one in which the authorities stand.
fn every_call_fails(kind: &str, is_new: bool, step: usize) {
    let (desk, begin) = (Desk::new(), TempDir::new().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if !is_new {
        runtime.block_on(async {
            let service = Service::must_open(begin.path()).await;
            service.store.close().await;
        });
    }
    let try_one = |at| {
        let folder = TempDir::new().unwrap();
        copy(begin.path(), folder.path());
        let (told, calls) = desk.run(folder.path(), kind, at);
        runtime.block_on(async {
            let service = Service::open(folder.path()).await;
            let service = service.unwrap_or_else(|e| panic!("after call {at}, {kind}: {e}"));
            holds(&service, &told).await;
            service.store.close().await;
        });
        let refused = told.iter().any(|one| matches!(one, Told::Refused(_)));
        (refused, calls)
    };
    let (refused, calls) = try_one(0);
    assert!(!refused && calls > 20, "of {calls} calls none fails");
    let mut outcomes = BTreeMap::new();
    for at in (1..=calls).step_by(step) {
        *outcomes.entry(try_one(at).0).or_insert(0) += 1;
    }
    if kind != "stop" {
        assert!(outcomes[&true] > 0, "nothing was noticed: {outcomes:?}");
    }
    println!("{kind}: {calls} calls, {outcomes:?}");
}

#[test]
fn every_call_fails_once_while_certificates_are_issued() {
    every_call_fails("error", false, 1);
}

#[test]
fn the_disk_is_full_once_while_certificates_are_issued() {
    every_call_fails("full", false, 1);
}

#[test]
fn the_process_stops_at_every_call_while_certificates_are_issued() {
    every_call_fails("stop", false, 1);
}

#[test]
fn calls_fail_once_while_the_authorities_are_made() {
    every_call_fails("error", true, 5);
}

#[test]
fn the_process_stops_while_the_authorities_are_made() {
    every_call_fails("stop", true, 5);
}

/// Statements of the issuing and the logging path, each in two ways in which SQLite gives
/// up: it takes back the statement, or the whole transaction.
#[tokio::test]
async fn every_statement_fails_once() {
    for table in [
        "certificate",
        "ledger_entry",
        "ledger_checkpoint",
        "revocation",
    ] {
        for way in ["ABORT", "ROLLBACK"] {
            let folder = TempDir::new().unwrap();
            let service = Service::must_open(folder.path()).await;
            let database = folder.path().join("inkseal.db");
            let trigger = format!(
                "CREATE TRIGGER fault BEFORE INSERT ON {table} BEGIN \
                 SELECT RAISE({way}, 'the disk is on fire'); END"
            );
            sql(&database, trigger).await;
            let mut told = subject(&service).await;
            let refused = told.iter().any(|one| matches!(one, Told::Refused(_)));
            assert!(refused, "nothing was noticed of {table}");
            sql(&database, "DROP TRIGGER fault".to_owned()).await;
            goes_on(&service).await;
            told.extend(subject(&service).await);
            holds(&service, &told).await;
            service.store.close().await;
            let service = Service::must_open(folder.path()).await;
            holds(&service, &told).await;
            service.store.close().await;
        }
    }
}

async fn sql(database: &Path, statement: String) {
    let url = format!("sqlite://{}", database.display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let statement = sqlx::query(AssertSqlSafe(statement));
    statement.execute(&mut other).await.unwrap();
    other.close().await.unwrap();
}
