//! Events and their streams.

use store::{Change, CommitError, Row, StoredEvent};

use crate::house::{Folder, append, bodies, bytes, ledger};

#[tokio::test]
async fn events_come_back_in_order_with_their_ledger_entry() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(ledger(&["before"])).await.unwrap();
    let first = Change {
        ledger: vec![bytes("x"), bytes("y")],
        ..append("a", 0, &["{}", "[]"])
    };
    assert_eq!(store.commit(first).await.unwrap().entry(), Some(1));
    assert_eq!(
        store
            .commit(append("a", 2, &["\"三\""]))
            .await
            .unwrap()
            .entry(),
        None
    );

    let event = |seq, body: &str, entry| StoredEvent {
        seq,
        kind: "happened".to_owned(),
        body: body.to_owned(),
        entry,
    };
    let all = [
        event(0, "{}", Some(1)),
        event(1, "[]", Some(1)),
        event(2, "\"三\"", None),
    ];
    let read = async |from| store.events("lender", "contract", "a", from).await.unwrap();
    assert_eq!(read(0).await, all);
    assert_eq!(read(2).await, all[2..]);
    assert_eq!(read(3).await, []);
    assert_eq!(read(u64::MAX).await, []);
}

#[tokio::test]
async fn a_stream_is_known_by_tenant_kind_and_name() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(append("a", 0, &["1"])).await.unwrap();
    for (tenant, stream, id) in [
        ("other", "contract", "a"),
        ("lender", "session", "a"),
        ("lender", "contract", "b"),
    ] {
        assert_eq!(store.events(tenant, stream, id, 0).await.unwrap(), []);
    }
    let other = Change {
        tenant: "other".to_owned(),
        ..append("a", 0, &["2"])
    };
    store.commit(other).await.unwrap();
    assert_eq!(bodies(&store, "a").await, ["1"]);
}

/// Too few is what another node was faster with; too many would leave a hole.
#[tokio::test]
async fn an_append_that_does_not_fit_the_stream_is_a_conflict() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(append("a", 0, &["0", "1"])).await.unwrap();
    let conflict = Err(CommitError::Conflict("a".to_owned()));
    for expected in [0, 1, 3, 100, u64::MAX] {
        assert_eq!(
            store.commit(append("a", expected, &["x", "y"])).await,
            conflict
        );
        assert_eq!(store.commit(append("a", expected, &[])).await, conflict);
    }
    let conflict = Err(CommitError::Conflict("b".to_owned()));
    assert_eq!(store.commit(append("b", 1, &["x"])).await, conflict);
    assert_eq!(bodies(&store, "a").await, ["0", "1"]);
    assert_eq!(bodies(&store, "b").await, [""; 0]);
    store.commit(append("a", 2, &["2"])).await.unwrap();
    assert_eq!(bodies(&store, "a").await, ["0", "1", "2"]);
}

#[tokio::test]
async fn of_many_who_append_at_once_one_is_first() {
    let folder = Folder::new();
    let store = folder.open().await;
    let all = (0..20).map(|n| store.commit(append("a", 0, &[&n.to_string()])));
    let results = futures::future::join_all(all).await;
    let conflict = Err(CommitError::Conflict("a".to_owned()));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(
        results.iter().filter(|result| **result == conflict).count(),
        19
    );
    let winner = results.iter().position(Result::is_ok).unwrap();
    assert_eq!(bodies(&store, "a").await, [winner.to_string()]);
}

#[tokio::test]
async fn streams_are_listed_newest_first() {
    let folder = Folder::new();
    let store = folder.open().await;
    for id in ["m", "a", "z"] {
        let change = Change {
            ledger: vec![bytes(id)],
            ..append(id, 0, &["1"])
        };
        store.commit(change).await.unwrap();
    }
    // Later events do not move a stream.
    let more = Change {
        ledger: vec![bytes("more")],
        ..append("m", 1, &["2"])
    };
    store.commit(more).await.unwrap();
    let list = async |limit| store.streams("lender", "contract", limit).await.unwrap();
    assert_eq!(list(10).await, ["z", "a", "m"]);
    assert_eq!(list(2).await, ["z", "a"]);
    assert_eq!(
        store.streams("other", "contract", 10).await.unwrap(),
        [""; 0]
    );
}

/// Of each contract the first thing is told, whatever waits behind it; what failed waits
/// for its time, and what was taken makes room for the next.
#[tokio::test]
async fn callbacks_come_in_the_order_of_their_contract() {
    let folder = Folder::new();
    let store = folder.open().await;
    let callback = |contract: &str, seq, next| Row::Callback {
        contract: contract.to_owned(),
        seq,
        url: "https://bank.com/".to_owned(),
        receiver: "bank.com".to_owned(),
        event: "signed".to_owned(),
        at: 1,
        next,
    };
    let change = |rows| Change {
        tenant: "lender".to_owned(),
        rows,
        ..Change::default()
    };
    let rows = vec![
        callback("a", 4, 10),
        callback("a", 2, 20),
        callback("b", 7, 15),
    ];
    store.commit(change(rows)).await.unwrap();
    let due = async |now| {
        let due = store.callbacks(now, 10, 10).await.unwrap();
        let of = |row: &store::StoredCallback| (row.contract.clone(), row.seq, row.attempts);
        due.iter().map(of).collect::<Vec<_>>()
    };
    let one = |contract: &str, seq, attempts| (contract.to_owned(), seq, attempts);
    assert_eq!(due(14).await, []);
    assert_eq!(due(15).await, [one("b", 7, 0)]);
    assert_eq!(due(20).await, [one("b", 7, 0), one("a", 2, 0)]);
    let tried = |contract: &str, seq, next| Row::CallbackTried {
        contract: contract.to_owned(),
        seq,
        next,
    };
    let rows = vec![tried("a", 2, Some(30)), tried("b", 7, None)];
    store.commit(change(rows)).await.unwrap();
    assert_eq!(due(29).await, []);
    assert_eq!(due(30).await, [one("a", 2, 1)]);
    store
        .commit(change(vec![tried("a", 2, None)]))
        .await
        .unwrap();
    assert_eq!(due(10).await, [one("a", 4, 0)]);
}

/// Each stream's events are proven by an entry of their own; both happen or neither does.
#[tokio::test]
async fn two_streams_change_at_once_or_not_at_all() {
    let folder = Folder::new();
    let store = folder.open().await;
    let both = |expected| {
        let mut change = append("a", 0, &["1"]);
        change.append.extend(append("b", expected, &["2"]).append);
        change.ledger = vec![bytes("of a"), bytes("of b")];
        change
    };
    let refused = store.commit(both(1)).await;
    assert!(refused.is_err());
    assert!(bodies(&store, "a").await.is_empty());
    store.commit(both(0)).await.unwrap();
    for (id, entry) in [("a", 0), ("b", 1)] {
        let events = store.events("lender", "contract", id, 0).await.unwrap();
        assert_eq!(events[0].entry, Some(entry));
    }
}

/// However much waits for one receiver, or for one tenant, others are among what is told
/// next; and who was not reached rests as a whole.
#[tokio::test]
async fn each_receiver_has_its_part_of_the_callbacks() {
    let folder = Folder::new();
    let store = folder.open().await;
    let callback = |contract: &str, receiver: &str, at| Row::Callback {
        contract: contract.to_owned(),
        seq: 1,
        url: format!("https://{receiver}/"),
        receiver: receiver.to_owned(),
        event: "signed".to_owned(),
        at,
        next: at,
    };
    let change = |tenant: &str, rows| Change {
        tenant: tenant.to_owned(),
        rows,
        ..Change::default()
    };
    let many = (1..=9).map(|n| callback(&format!("away {n}"), "away.com", n));
    let rows = many.chain([callback("b", "bank.com", 10)]).collect();
    store.commit(change("lender", rows)).await.unwrap();
    let rows = vec![callback("c", "away.com", 11)];
    store.commit(change("broker", rows)).await.unwrap();
    let due = async |now, each, limit| -> Vec<String> {
        let due = store.callbacks(now, each, limit).await.unwrap();
        due.into_iter().map(|row| row.contract).collect()
    };
    assert_eq!(due(20, 2, 9).await, ["away 1", "c", "b", "away 2"]);
    assert_eq!(due(20, 2, 3).await, ["away 1", "c", "b"]);
    assert_eq!(due(20, 9, 2).await, ["away 1", "c"]);
    let rest = |until, over| Row::ReceiverRests {
        receiver: "away.com".to_owned(),
        until,
        over,
    };
    let tried = Row::CallbackTried {
        contract: "away 5".to_owned(),
        seq: 1,
        next: Some(30),
    };
    let rows = vec![tried, rest(30, 3)];
    store.commit(change("lender", rows)).await.unwrap();
    assert_eq!(due(29, 9, 99).await, ["b", "c"]);
    // What was tried most often is tried first; what is too old is not told any more.
    let again = due(30, 9, 99).await;
    assert_eq!(&again[..3], ["b", "c", "away 5"]);
    assert_eq!(again.len(), 9);
}
