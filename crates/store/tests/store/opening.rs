//! Opening, opening again, and not opening.

use sqlx::{AnyConnection, Connection, Executor};
use store::{Change, CommitError, OpenError, entry_id};

use crate::house::{Folder, append, blobs, bodies, bytes, ledger, nothing, queue};

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let folder = Folder::new();
    let store = folder.open().await;
    let change = Change {
        blobs: vec![bytes("blob")],
        ledger: vec![bytes("0")],
        ..append("a", 0, &["1"])
    };
    store.commit(change).await.unwrap();
    store.close().await;
    let store = folder.open().await;
    assert_eq!(bodies(&store, "a").await, ["1"]);
    assert_eq!(queue(&store).await, ["0"]);
    let id = store::BlobId::of(b"blob");
    assert_eq!(store.blob("lender", &id).await.unwrap(), "blob");
    store.commit(append("a", 1, &["2"])).await.unwrap();
    assert_eq!(bodies(&store, "a").await, ["1", "2"]);
}

#[tokio::test]
async fn ledger_indexes_go_on_without_a_gap() {
    let folder = Folder::new();
    let mut expected = Vec::new();
    for round in 0..4_u64 {
        let store = folder.open().await;
        assert_eq!(store.ledger_size().await.unwrap(), expected.len() as u64);
        // A change that fails after it took an index gives it back.
        let failing = Change {
            ledger: vec![bytes("no")],
            ..append("a", 99, &["1"])
        };
        assert!(store.commit(failing).await.is_err());
        let entries = [format!("{round} a"), format!("{round} b")];
        let committed = store.commit(ledger(&[&entries[0], &entries[1]])).await;
        assert_eq!(committed.unwrap().entry(), Some(expected.len() as u64));
        expected.extend(entries);
        assert_eq!(store.commit(nothing()).await.unwrap().entry(), None);
        store.close().await;
    }
    let store = folder.open().await;
    assert_eq!(queue(&store).await, expected);
    assert_eq!(store.ledger_entries(3, 2).await.unwrap(), expected[3..5]);
    assert_eq!(store.ledger_entries(8, 2).await.unwrap(), [""; 0]);
}

/// Two writers of one folder would give two entries the same index.
#[tokio::test]
async fn a_folder_is_open_once() {
    let folder = Folder::new();
    let store = folder.open().await;
    for _ in 0..2 {
        let second = folder.try_open().await.err().unwrap();
        assert!(matches!(second, OpenError::InUse(at) if at == folder.path()));
    }
    // A clone is the same store: closed for one, it is closed for all.
    let clone = store.clone();
    clone.commit(append("a", 0, &["1"])).await.unwrap();
    store.close().await;
    let late = clone.commit(append("a", 1, &["2"])).await;
    assert_eq!(late, Err(CommitError::Closed));
    assert_eq!(bodies(&folder.open().await, "a").await, ["1"]);
}

/// What was taken in is written, and closing twice does no harm.
#[tokio::test]
async fn a_store_that_closes_finishes_what_it_took_in() {
    let folder = Folder::new();
    let store = folder.open().await;
    let ids: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let commits = ids.iter().map(|id| store.commit(append(id, 0, &["1"])));
    let (results, ()) = futures::join!(futures::future::join_all(commits), store.close());
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    store.close().await;
    let store = folder.open().await;
    for id in ids {
        assert_eq!(bodies(&store, &id).await, ["1"]);
    }
}

async fn database(folder: &Folder) -> AnyConnection {
    let path = folder.path().join("inkseal.db");
    let url = format!("sqlite://{}", path.display());
    AnyConnection::connect(&url).await.unwrap()
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let folder = Folder::new();
    folder.open().await.close().await;
    let mut connection = database(&folder).await;
    let newer = "INSERT INTO migration (number) VALUES (99)";
    connection.execute(newer).await.unwrap();
    let refused = folder.try_open().await.err().unwrap();
    assert!(
        matches!(refused, OpenError::Newer { found: 99, .. }),
        "{refused}"
    );
    let older = "DELETE FROM migration WHERE number = 99";
    connection.execute(older).await.unwrap();
    assert!(folder.try_open().await.is_ok());
}

#[tokio::test]
async fn what_is_not_a_database_is_not_opened() {
    let folder = Folder::new();
    std::fs::write(
        folder.path().join("inkseal.db"),
        "not a database ".repeat(100),
    )
    .unwrap();
    let refused = folder.try_open().await.err().unwrap();
    assert!(matches!(refused, OpenError::Database(_)), "{refused}");
    // It was not begun anew either.
    let there = std::fs::read(folder.path().join("inkseal.db")).unwrap();
    assert!(there.starts_with(b"not a database "));
}

#[tokio::test]
async fn a_folder_that_cannot_be_one_is_named() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = store::Store::open(&file).await.err().unwrap();
    assert!(
        matches!(&refused, OpenError::Folder { path, .. } if *path == file),
        "{refused}"
    );
    assert!(refused.to_string().contains("file"));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_enters_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let data = folder.path().join("new/data");
    let store = store::Store::open(&data).await.unwrap();
    store.commit(blobs(&["text"])).await.unwrap();
    let mode = std::fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// An operator's tool, or a backup: it holds the write lock while changes come in.
#[tokio::test]
async fn another_program_that_writes_is_waited_for() {
    let folder = Folder::new();
    let store = folder.open().await;
    let mut connection = database(&folder).await;
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    let (committed, ()) = futures::join!(store.commit(append("a", 0, &["1"])), async {
        // Meanwhile readers are served; the writer has long met the lock then.
        for _ in 0..50 {
            assert_eq!(bodies(&store, "a").await, [""; 0]);
        }
        connection.execute("COMMIT").await.unwrap();
    });
    assert!(committed.is_ok(), "{committed:?}");
    assert_eq!(bodies(&store, "a").await, ["1"]);
}

/// Readers do not change anything, whatever they are asked.
#[tokio::test]
async fn a_commit_is_seen_by_every_reader_at_once() {
    let folder = Folder::new();
    let store = folder.open().await;
    for n in 0..50 {
        store
            .commit(append("a", n, &[&n.to_string()]))
            .await
            .unwrap();
        let reads = (0..8).map(|_| bodies(&store, "a"));
        for read in futures::future::join_all(reads).await {
            assert_eq!(read.len() as u64, n + 1);
        }
    }
}

#[tokio::test]
async fn any_name_of_a_folder_will_do() {
    let folder = tempfile::TempDir::new().unwrap();
    for name in ["a b", "what?mode=ro", "100%41", "合同#1", "a&b=c"] {
        let path = folder.path().join(name);
        let store = store::Store::open(&path).await.unwrap();
        store.commit(append("a", 0, &["1"])).await.unwrap();
        store.close().await;
        assert!(path.join("inkseal.db").exists(), "{name}");
    }
}

/// A folder of the first release goes on, with all that is in it.
#[tokio::test]
async fn an_older_database_is_brought_up_to_date() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(append("a", 0, &["1"])).await.unwrap();
    store.commit(ledger(&["x", "y"])).await.unwrap();
    store.close().await;
    let mut connection = database(&folder).await;
    for statement in [
        "DROP INDEX certificate_lasting",
        "DROP TABLE callback",
        "DROP TABLE staff",
        "DROP TABLE awaited_number",
        "DROP TABLE staff_secret",
        "DROP TABLE once",
        "DROP TABLE person_document",
        "DROP TABLE enterprise_code",
        "DROP TABLE revocation",
        "DROP TABLE certificate_signature",
        "DROP INDEX certificate_spki",
        "ALTER TABLE certificate DROP COLUMN spki",
        "ALTER TABLE certificate DROP COLUMN request",
        "INSERT INTO certificate VALUES ('01', 'lender', 'act', CAST('tbs' AS BLOB))",
        "INSERT INTO certificate VALUES ('02', 'lender', 'act', CAST('tbs' AS BLOB))",
        "DROP INDEX ledger_entry_id",
        "ALTER TABLE ledger_entry DROP COLUMN id",
        // There was no rule then that an entry is there once.
        "INSERT INTO ledger_entry VALUES (2, 'lender', CAST('x' AS BLOB))",
        "DELETE FROM migration WHERE number >= 2",
    ] {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
    let store = folder.open().await;
    assert_eq!(bodies(&store, "a").await, ["1"]);
    assert_eq!(store.revocation_count().await.unwrap(), 0);
    let old = store.certificate("02").await.unwrap();
    assert_eq!(old, Some(b"tbs".to_vec()));
    assert_eq!(store.certified("").await.unwrap(), None);
    assert_eq!(queue(&store).await, ["x", "y", "x"]);
    let ids = store.ledger_ids(0, 9).await.unwrap();
    let id = |entry: &[u8]| Some(entry_id(entry).to_vec());
    assert_eq!(ids, [(0, id(b"x")), (1, id(b"y")), (2, None)]);
    let sent = store.commit(ledger(&["y", "x", "z"])).await.unwrap();
    assert_eq!(sent.entries, [1, 0, 3]);
}
