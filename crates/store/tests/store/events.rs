//! Events and their streams.

use store::{Append, Change, CommitError, NewEvent, Row, StoredEvent};

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

/// Events of another stream that come with those of contract `id`.
fn both(id: &str, expected: u64, other: u64) -> Change {
    let event = NewEvent {
        kind: "used",
        body: format!("\"{id}\""),
    };
    Change {
        also: vec![Append {
            stream: "authorisation",
            id: "u".to_owned(),
            expected: other,
            events: vec![event],
        }],
        ledger: vec![
            bytes(&format!("{id} {expected}")),
            bytes(&format!("u {other}")),
        ],
        ..append(id, expected, &["1"])
    }
}

/// Two streams grow together or not at all, and each event has the entry of its stream.
#[tokio::test]
async fn a_change_appends_to_several_streams_or_to_none() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(both("a", 0, 0)).await.unwrap();
    // Of those that race for one place in the common stream, one is made.
    let (b, c, d) = tokio::join!(
        store.commit(both("b", 0, 1)),
        store.commit(both("c", 0, 1)),
        store.commit(both("d", 0, 1)),
    );
    assert_eq!([&b, &c, &d].iter().filter(|done| done.is_ok()).count(), 1);
    // Too far in one stream: nothing of the other.
    let hole = store.commit(both("e", 0, 9)).await;
    assert!(matches!(hole, Err(CommitError::Conflict(_))), "{hole:?}");
    let mut there = 0;
    for id in ["b", "c", "d", "e"] {
        there += bodies(&store, id).await.len();
    }
    assert_eq!(there, 1);
    let used = store
        .events("lender", "authorisation", "u", 0)
        .await
        .unwrap();
    let entries: Vec<_> = used.iter().map(|event| event.entry).collect();
    assert_eq!(entries, [Some(1), Some(3)]);
    let own = store.events("lender", "contract", "a", 0).await.unwrap();
    assert_eq!(own[0].entry, Some(0));
    assert_eq!(store.ledger_size().await.unwrap(), 4);
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
        let due = store.callbacks(now, 10).await.unwrap();
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
