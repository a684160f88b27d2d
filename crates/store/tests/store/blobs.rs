//! Blobs: named by their digest, and checked against it.

use bytes::Bytes;
use proptest::prelude::*;
use store::{BlobId, Change, CommitError, ReadError, Store};

use crate::house::{Folder, append, blobs, bytes};

async fn read(store: &Store, text: &str) -> Result<Bytes, ReadError> {
    store.blob("lender", &BlobId::of(text.as_bytes())).await
}

#[tokio::test]
async fn blobs_of_one_change_come_back_each_by_itself() {
    let folder = Folder::new();
    let store = folder.open().await;
    let long = "long ".repeat(100_000);
    let texts = ["one", "", "two", &long, "one", "三"];
    store.commit(blobs(&texts)).await.unwrap();
    assert_eq!(folder.packs().len(), 1);
    for text in texts {
        assert_eq!(read(&store, text).await.unwrap(), text);
    }
}

#[tokio::test]
async fn an_empty_blob_alone_is_a_blob() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(blobs(&[""])).await.unwrap();
    assert_eq!(read(&store, "").await.unwrap(), "");
}

#[tokio::test]
async fn a_blob_is_there_for_its_tenant_alone() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(blobs(&["text"])).await.unwrap();
    let id = BlobId::of(b"text");
    let other = store.blob("other", &id).await.unwrap_err();
    assert!(matches!(other, ReadError::Missing { what: "blob", name } if name == id.to_string()));
    assert!(matches!(
        read(&store, "txt").await,
        Err(ReadError::Missing { .. })
    ));
}

/// Every byte of a pack, in turn: the blob in which it lies is damaged, the others are
/// not.
#[tokio::test]
async fn a_flipped_byte_on_disk_is_seen() {
    let folder = Folder::new();
    let store = folder.open().await;
    let texts = ["first", "second", "third"];
    store.commit(blobs(&texts)).await.unwrap();
    let pack = folder.packs().remove(0);
    let whole = std::fs::read(&pack).unwrap();
    assert_eq!(whole, b"firstsecondthird");
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        std::fs::write(&pack, &changed).unwrap();
        let mut begin = 0;
        for text in texts {
            let hit = (begin..begin + text.len()).contains(&at);
            begin += text.len();
            match read(&store, text).await {
                Ok(there) => assert!(!hit && there == text, "byte {at}"),
                Err(ReadError::Damaged(id)) => {
                    assert!(hit && id == BlobId::of(text.as_bytes()), "byte {at}");
                }
                Err(error) => panic!("byte {at}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_pack_cut_short_is_seen() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(blobs(&["first", "second"])).await.unwrap();
    let pack = folder.packs().remove(0);
    for length in (0..11).rev() {
        std::fs::write(&pack, &b"firstsecond"[..length]).unwrap();
        assert_eq!(read(&store, "first").await.is_ok(), length >= 5, "{length}");
        let said = read(&store, "second").await.unwrap_err();
        assert!(matches!(said, ReadError::Damaged(_)), "{length}: {said}");
    }
    std::fs::remove_file(&pack).unwrap();
    let said = read(&store, "first").await.unwrap_err();
    assert!(matches!(said, ReadError::Objects(_)), "{said}");
}

/// What is left when the power fails between the two flushes.
#[tokio::test]
async fn a_pack_without_its_transaction_does_no_harm() {
    let folder = Folder::new();
    let store = folder.open().await;
    // The transaction of this pack fails.
    let lost = Change {
        blobs: vec![bytes("lost")],
        ..append("a", 5, &["1"])
    };
    let conflict = Err(CommitError::Conflict("a".to_owned()));
    assert_eq!(store.commit(lost).await, conflict);
    assert_eq!(folder.packs().len(), 1, "the pack is there");
    assert!(matches!(
        read(&store, "lost").await,
        Err(ReadError::Missing { .. })
    ));
    store.close().await;
    let store = folder.open().await;
    assert!(matches!(
        read(&store, "lost").await,
        Err(ReadError::Missing { .. })
    ));
    // The signer submits again: the same bytes make the same pack.
    let again = Change {
        blobs: vec![bytes("lost")],
        ..append("a", 0, &["1"])
    };
    store.commit(again).await.unwrap();
    assert_eq!(read(&store, "lost").await.unwrap(), "lost");
}

/// The pack that is left may be damaged: what is acknowledged must be readable.
#[tokio::test]
async fn a_damaged_pack_that_was_left_is_not_relied_on() {
    let folder = Folder::new();
    let store = folder.open().await;
    let lost = Change {
        blobs: vec![bytes("lost")],
        ..append("a", 5, &["1"])
    };
    assert!(store.commit(lost).await.is_err());
    std::fs::write(folder.packs().remove(0), "l").unwrap();
    store.commit(blobs(&["lost"])).await.unwrap();
    assert_eq!(read(&store, "lost").await.unwrap(), "lost");
}

#[test]
fn a_blob_has_one_name() {
    let id = BlobId::of(b"abc");
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(
        (id.to_string().as_str(), format!("{id:?}").as_str()),
        (text, text)
    );
    assert_eq!(text.parse(), Ok(id));
    assert_eq!(BlobId::try_from(String::from(id)), Ok(id));
    for wrong in [
        "",
        "ba",
        &text[1..],
        &format!("{text}0"),
        &text.replace('b', "g"),
    ] {
        assert!(wrong.parse::<BlobId>().is_err(), "{wrong}");
    }
    assert!(text.to_uppercase().parse::<BlobId>().is_err());
}

proptest! {
    #[test]
    fn names_never_panic(text in ".{0,80}") {
        prop_assert!(text.parse::<BlobId>().is_err());
    }
}
