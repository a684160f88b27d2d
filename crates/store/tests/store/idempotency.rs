//! A command that is sent again gets the first answer and happens once.

use store::{Change, CommitError, Idempotency};

use crate::house::{Folder, append, bodies, bytes, nothing, queue};

fn once(key: &str, request: &str, answer: &str, change: Change) -> Change {
    let idempotency = Idempotency {
        key: key.to_owned(),
        request: request.to_owned(),
        answer: answer.to_owned(),
    };
    Change {
        idempotency: Some(idempotency),
        ..change
    }
}

#[tokio::test]
async fn a_repeated_command_gets_the_first_answer() {
    let folder = Folder::new();
    let store = folder.open().await;
    let change = |answer| {
        let change = Change {
            ledger: vec![bytes("entry")],
            ..append("a", 0, &["1"])
        };
        once("key", "request", answer, change)
    };
    store.commit(change("first")).await.unwrap();
    let replayed = Err(CommitError::Replayed("first".to_owned()));
    assert_eq!(store.commit(change("second")).await, replayed);
    store.close().await;
    // Also after a restart, and by asking.
    let store = folder.open().await;
    assert_eq!(store.commit(change("third")).await, replayed);
    let answer = store.answer("lender", "key").await.unwrap();
    assert_eq!(answer, Some(("request".to_owned(), "first".to_owned())));
    assert_eq!(bodies(&store, "a").await, ["1"]);
    assert_eq!(queue(&store).await, ["entry"]);
}

/// Both are in one batch: the second waits for no disk, and still does not happen.
#[tokio::test]
async fn the_same_command_twice_at_once_happens_once() {
    let folder = Folder::new();
    let store = folder.open().await;
    let change = |n: &str| once("key", "request", n, append(n, 0, &[n]));
    let (one, two) = futures::join!(store.commit(change("1")), store.commit(change("2")));
    assert!(one.is_ok());
    assert_eq!(two, Err(CommitError::Replayed("1".to_owned())));
    assert_eq!(bodies(&store, "2").await, [""; 0]);
}

#[tokio::test]
async fn a_key_is_not_used_for_another_request() {
    let folder = Folder::new();
    let store = folder.open().await;
    store
        .commit(once("key", "one", "1", nothing()))
        .await
        .unwrap();
    let other = once("key", "two", "2", append("a", 0, &["1"]));
    assert_eq!(store.commit(other).await, Err(CommitError::KeyReused));
    assert_eq!(bodies(&store, "a").await, [""; 0]);
    let (_, answer) = store.answer("lender", "key").await.unwrap().unwrap();
    assert_eq!(answer, "1");
}

#[tokio::test]
async fn keys_of_two_tenants_are_two_keys() {
    let folder = Folder::new();
    let store = folder.open().await;
    store
        .commit(once("key", "one", "1", nothing()))
        .await
        .unwrap();
    let other = Change {
        tenant: "other".to_owned(),
        ..once("key", "two", "2", nothing())
    };
    assert!(store.commit(other).await.is_ok());
    assert_eq!(store.answer("third", "key").await.unwrap(), None);
}

/// The caller begins again on the new state, under the same key.
#[tokio::test]
async fn a_command_that_failed_leaves_its_key_free() {
    let folder = Folder::new();
    let store = folder.open().await;
    let late = once("key", "request", "1", append("a", 7, &["1"]));
    let conflict = Err(CommitError::Conflict("a".to_owned()));
    assert_eq!(store.commit(late).await, conflict);
    assert_eq!(store.answer("lender", "key").await.unwrap(), None);
    let again = once("key", "request", "2", append("a", 0, &["1"]));
    assert!(store.commit(again).await.is_ok());
}
