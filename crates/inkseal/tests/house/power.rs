//! `kill -9` while acts are being acknowledged.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use crate::kit::{Contract, House, inkseal, program::Said};

/// Acts of one round of the bench: more than are ever waited for.
const ACTS: &str = "60";

/// Signs in `data` and cuts the power once so many acts were acknowledged. Gives all
/// that were: `contract act`.
fn cut_after(acts: usize, data: &Path) -> Vec<(String, String)> {
    let mut command = inkseal();
    command.args([
        "bench",
        "act",
        "--acts",
        ACTS,
        "--sessions",
        "6",
        "--print-acts",
        "--data",
    ]);
    let mut child = command
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut take = |line: String| {
        let mut words = line.split_whitespace().map(str::to_owned);
        // The power may go in the middle of a line.
        if let (Some(contract), Some(act), None) = (words.next(), words.next(), words.next())
            && act.len() == 32
        {
            acknowledged.push((contract, act));
        }
    };
    for _ in 0..acts {
        take(lines.next().expect("the bench ended by itself").unwrap());
    }
    child.kill().unwrap();
    // What is still in the pipe was acknowledged before the power went.
    lines.map_while(Result::ok).for_each(&mut take);
    child.wait().unwrap();
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut acknowledged = Vec::new();
    // The very first act, and moments in the rush that nobody chose, on the same folder.
    let random = || 11 + usize::from(crypto::random::<1>()[0]) % 30;
    for acts in [1, random(), random(), random()] {
        acknowledged.extend(cut_after(acts, &data));
        let said = Said::of(inkseal().args(["ledger", "fsck", "--data"]).arg(&data));
        assert!(said.ok().contains(r#""verdict":"clean""#));
    }
    let different: HashSet<_> = acknowledged.iter().map(|(contract, _)| contract).collect();
    assert_eq!(different.len(), acknowledged.len());
    assert!(acknowledged.len() > 3 * 11);

    let house = House::over(&data);
    let integrator = house.integrator("bench").await;
    for (id, act) in acknowledged {
        let integrator = integrator.clone();
        let contract = Contract { integrator, id };
        assert_eq!(contract.act("borrower").await, Some(act));
        // Not the record alone: the file with the signature is there, and goes on.
        contract.reader("lender").await.ask_code().await.ok();
    }
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let house = House::start();
    let data = house.folder().join(".inkseal");
    let said = Said::of(inkseal().args(["ledger", "fsck", "--data"]).arg(&data));
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("in use by another process"),
        "{}",
        said.err
    );
}
