//! The process dies without warning: what was acknowledged is there.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use store::{BlobId, Change, Store};

use crate::house::{Folder, append, bytes, queue};

const FOLDER: &str = "INKSEAL_TEST_KILLED_FOLDER";
const STREAMS: u64 = 8;
const ROUNDS: usize = 6;

/// The change with which event `seq` comes into `stream`.
fn change(stream: u64, seq: u64) -> Change {
    let text = format!("{stream} {seq}");
    Change {
        blobs: vec![bytes(&blob(stream, seq))],
        ledger: vec![bytes(&text)],
        ..append(&stream.to_string(), seq, &[&text])
    }
}

fn blob(stream: u64, seq: u64) -> String {
    format!("{stream} {seq} ").repeat(50)
}

/// Started by the test below, and ended by it: commits for ever and tells what was
/// acknowledged.
#[test]
#[ignore = "runs until it is killed"]
fn the_process_that_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by another test"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&folder).await.unwrap();
        let tasks = (0..STREAMS).map(|stream| {
            let store = store.clone();
            tokio::spawn(async move {
                let id = stream.to_string();
                let there = store.events("lender", "contract", &id, 0).await.unwrap();
                for seq in there.len() as u64.. {
                    let committed = store.commit(change(stream, seq)).await.unwrap();
                    let entry = committed.entry().unwrap();
                    // One write for a line: a kill leaves it whole or not there.
                    let line = format!("acknowledged {stream} {seq} {entry}\n");
                    std::io::stdout().write_all(line.as_bytes()).unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

/// Starts the process, kills it after it has acknowledged `lines` changes, and gives
/// all that it has acknowledged: stream, sequence number and ledger index.
fn run_and_kill(folder: &Folder, lines: usize) -> Vec<(u64, u64, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::the_process_that_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in told.map_while(Result::ok) {
        let Some(numbers) = line.strip_prefix("acknowledged ") else {
            continue;
        };
        let numbers: Vec<u64> = numbers.split(' ').map(|n| n.parse().unwrap()).collect();
        acknowledged.push((numbers[0], numbers[1], numbers[2]));
        if acknowledged.len() == lines {
            // SIGKILL on Unix. What it told meanwhile is read to its end.
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success());
    assert!(acknowledged.len() >= lines, "it ended by itself");
    acknowledged
}

#[tokio::test]
async fn every_acknowledged_change_is_there_after_a_kill() {
    let folder = Folder::new();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let mut random = [0];
        aws_lc_rs::rand::fill(&mut random).unwrap();
        let lines = 1 + usize::from(random[0]) % 150;
        acknowledged.extend(run_and_kill(&folder, lines));

        let store = folder.open().await;
        let queue = queue(&store).await;
        assert_eq!(
            queue.len() as u64,
            store.ledger_size().await.unwrap(),
            "dense"
        );
        let mut events = 0;
        for stream in 0..STREAMS {
            let id = stream.to_string();
            let there = store.events("lender", "contract", &id, 0).await.unwrap();
            events += there.len();
            // Also what was not acknowledged is there whole, or not at all.
            for (seq, event) in (0..).zip(&there) {
                assert_eq!((event.seq, &event.body), (seq, &format!("{stream} {seq}")));
                let entry = usize::try_from(event.entry.unwrap()).unwrap();
                assert_eq!(queue[entry], event.body);
                let blob = blob(stream, seq);
                let id = BlobId::of(blob.as_bytes());
                assert_eq!(store.blob("lender", &id).await.unwrap(), blob);
            }
            for (_, seq, entry) in acknowledged.iter().filter(|told| told.0 == stream) {
                let event = usize::try_from(*seq).ok().and_then(|seq| there.get(seq));
                let event =
                    event.unwrap_or_else(|| panic!("round {round}: {stream} {seq} is lost"));
                assert_eq!(event.entry, Some(*entry));
            }
        }
        assert_eq!(events, queue.len(), "no entry without its event");
        store.close().await;
    }
}
