//! `inkseal ledger monitor`: a stranger who remembers, and shouts.

use std::{fs, path::Path};

use ledger::Receipt;

use crate::kit::{House, contract, inkseal, log::Log, program::Said};

/// Looks once, with a state in this folder. A program of its own: nothing is in memory.
async fn look(url: &str, log: &Log, folder: &Path) -> Said {
    let (url, key) = (url.to_owned(), log.verifier());
    let state = folder.join("state");
    let heard = folder.join("heard");
    let looked = tokio::task::spawn_blocking(move || {
        let mut command = inkseal();
        command.args([
            "ledger", "monitor", &url, "--once", "--key", &key, "--state",
        ]);
        command.arg(state).arg("--alarm").arg(format!(
            "printf %s \"$INKSEAL_ALARM\" > '{}'",
            heard.display()
        ));
        Said::of(&mut command)
    });
    looked.await.unwrap()
}

fn heard(folder: &Path) -> String {
    fs::read_to_string(folder.join("heard")).unwrap_or_default()
}

#[track_caller]
fn is_alarmed(said: &Said, folder: &Path, code: &str, words: &str) {
    assert_eq!(said.code, 1, "{}\n{}", said.out, said.err);
    assert_eq!(heard(folder), code, "{}", said.err);
    assert!(said.err.contains(words), "{}", said.err);
}

#[tokio::test]
async fn an_honest_log_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let url = log.publish().await;
    for more in [1, 9, 246, 1, 300, 0, 600] {
        log.grow(more, "one");
        let said = look(&url, &log, folder.path()).await.ok();
        assert!(
            said.contains(&format!("\"size\":{},", log.size())),
            "{said}"
        );
    }
    // A log may drop partial tiles when it has the full ones.
    log.objects
        .lock()
        .unwrap()
        .retain(|path, _| !path.contains(".p/") || path.ends_with(&format!(".p/{}", 1157 % 256)));
    assert_eq!(heard(folder.path()), "");
}

#[tokio::test]
async fn partial_tiles_of_the_past_are_not_needed() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let url = log.publish().await;
    log.grow(300, "one");
    look(&url, &log, folder.path()).await.ok();
    log.grow(300, "one");
    let old = ["tile/0/001.p/44", "tile/entries/001.p/44"];
    let mut objects = log.objects.lock().unwrap().clone();
    for path in old {
        assert!(objects.remove(path).is_some());
    }
    *log.objects.lock().unwrap() = objects;
    look(&url, &log, folder.path()).await.ok();
}

#[tokio::test]
async fn a_fork_is_shouted() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let url = log.publish().await;
    log.grow(300, "one");
    look(&url, &log, folder.path()).await.ok();
    // The same size with another story, then a longer one.
    for more in [300, 1] {
        let mut fork = Log::new();
        fork.grow(more, "two");
        fork.grow(301 - more, "two");
        fork.grow(u64::from(more == 1), "two");
        let forked = fork.objects.lock().unwrap().clone();
        *log.objects.lock().unwrap() = forked;
        let said = look(&url, &log, folder.path()).await;
        is_alarmed(&said, folder.path(), "ledger-rewritten", "300 entries");
    }
}

#[tokio::test]
async fn a_log_that_went_back_is_shouted() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let url = log.publish().await;
    log.grow(300, "one");
    let before = log.objects.lock().unwrap().clone();
    log.grow(1, "one");
    look(&url, &log, folder.path()).await.ok();
    *log.objects.lock().unwrap() = before;
    let said = look(&url, &log, folder.path()).await;
    is_alarmed(
        &said,
        folder.path(),
        "ledger-rolled-back",
        "had 301 entries and has 300",
    );
}

#[tokio::test]
async fn a_changed_entry_is_shouted_and_named() {
    let mut log = Log::new();
    let url = log.publish().await;
    log.grow(700, "one");
    let change = |path: &str, at: usize| {
        let mut objects = log.objects.lock().unwrap();
        objects.get_mut(path).unwrap()[at] ^= 1;
    };
    // Entries of this log are at most seven bytes long, and two say how long.
    for (path, at, named) in [
        ("tile/entries/001", 2, "entry 256 "),
        ("tile/0/000", 32 * 77, "entry 77 "),
        ("tile/0/002.p/188", 32 * 187 + 31, "entry 699 "),
        ("tile/1/000.p/2", 40, "tile/1/000.p/2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        change(path, at);
        let said = look(&url, &log, folder.path()).await;
        is_alarmed(&said, folder.path(), "ledger-altered", named);
        change(path, at);
    }
    // What was never signed.
    let folder = tempfile::tempdir().unwrap();
    // The first digit of the size.
    change("checkpoint", 17);
    let said = look(&url, &log, folder.path()).await;
    is_alarmed(
        &said,
        folder.path(),
        "ledger-unsigned",
        "no valid signature",
    );
}

#[tokio::test]
async fn a_log_that_is_not_there_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let said = look("http://127.0.0.1:9", &Log::new(), folder.path()).await;
    is_alarmed(
        &said,
        folder.path(),
        "ledger-unreachable",
        "could not be read",
    );
}

/// Against the service itself, which knows nothing of it.
#[tokio::test]
async fn a_receipt_is_made_from_published_tiles_alone() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let receipts = contract.get("/receipts").await.ok();
    let receipts: Vec<Receipt> = serde_json::from_value(receipts).unwrap();
    let verifier = house.anybody().get("/api/v1/ledger.vkey").await.bytes();
    let verifier = String::from_utf8(verifier).unwrap();
    for theirs in receipts {
        let mut command = inkseal();
        command.args(["ledger", "prove", &house.url, &theirs.index.to_string()]);
        let said = Said::of(command.args(["--key", &verifier])).ok();
        let ours: Receipt = serde_json::from_str(&said).unwrap();
        assert_eq!(
            ours.verify(&verifier).unwrap(),
            theirs.verify(&verifier).unwrap()
        );
    }
    let mut command = inkseal();
    command.args(["ledger", "prove", &house.url, "99999", "--key", &verifier]);
    assert_eq!(Said::of(&mut command).code, 1);
}
