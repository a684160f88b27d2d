//! Objects under a path, which the ledger keeps its tiles in.

use store::ReadError;

use crate::house::{Folder, bytes};

#[tokio::test]
async fn an_object_is_written_once() {
    let folder = Folder::new();
    let store = folder.open().await;
    let path = "ledger/tile/0/x001/234.p/5";
    assert_eq!(store.object(path).await.unwrap(), None);
    store.put_object(path, bytes("hashes")).await.unwrap();
    // The sequencer writes the same again after a stop.
    store.put_object(path, bytes("hashes")).await.unwrap();
    for other in ["hashed", "hashes2", "", "hash"] {
        let refused = store.put_object(path, bytes(other)).await.unwrap_err();
        assert!(matches!(refused, ReadError::Differs(at) if at == path));
    }
    assert_eq!(store.object(path).await.unwrap(), Some(bytes("hashes")));
    store.close().await;
    let store = folder.open().await;
    assert_eq!(store.object(path).await.unwrap(), Some(bytes("hashes")));
}

#[tokio::test]
async fn an_empty_object_is_an_object() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.put_object("empty", bytes("")).await.unwrap();
    assert_eq!(store.object("empty").await.unwrap(), Some(bytes("")));
}

/// Paths come from the network when tiles are asked for.
#[tokio::test]
async fn no_path_leads_out_of_the_objects() {
    let folder = Folder::new();
    let store = folder.open().await;
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    for path in [
        "../secret",
        "/../secret",
        "ledger/../../secret",
        "%2e%2e/secret",
        "",
    ] {
        let read = store.object(path).await;
        assert!(!matches!(read, Ok(Some(_))), "{path}");
    }
}
