//! A log that is not what was signed: found, named, and nothing more is signed.

use std::{fs, path::Path};

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use trust::TrustError;

use crate::house::{House, entries};

/// A log of 709 entries, nine of them for the service's own certificates: two full bundles
/// and a partial one.
async fn folder() -> TempDir {
    let house = House::new().await;
    house.commit(entries(0, 700)).await;
    house.trust.sequence().await.unwrap();
    house.trust.fsck().await.unwrap();
    house.close().await
}

pub async fn sql(folder: &Path, statement: &'static str) {
    let path = folder.join("inkseal.db");
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let done = sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.unwrap();
}

/// Flips one bit in the middle of an object of the log.
fn flip(folder: &Path, path: &str) {
    let path = folder.join("objects/ledger").join(path);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// What is wrong, whether it is found when the house opens or by reading all.
async fn fault(folder: TempDir) -> String {
    let found = match House::open(folder).await {
        Ok(house) => house
            .trust
            .fsck()
            .await
            .expect_err("the damage must be found"),
        Err(error) => error,
    };
    assert!(matches!(found, TrustError::Ledger(_)), "{found}");
    found.to_string()
}

#[tokio::test]
async fn a_changed_row_is_found_and_named() {
    let folder = folder().await;
    sql(
        folder.path(),
        "UPDATE ledger_entry SET body = CAST('forged' AS BLOB) WHERE idx = 300",
    )
    .await;
    assert!(fault(folder).await.contains("entry 300 "));
}

#[tokio::test]
async fn a_deleted_row_is_found_and_named() {
    let folder = folder().await;
    sql(folder.path(), "DELETE FROM ledger_entry WHERE idx = 10").await;
    assert!(fault(folder).await.contains("entry 10 "));
}

#[tokio::test]
async fn rows_that_changed_places_are_found_and_the_first_is_named() {
    let folder = folder().await;
    sql(
        folder.path(),
        "UPDATE ledger_entry SET idx = idx - 1000000 WHERE idx IN (20, 21)",
    )
    .await;
    sql(
        folder.path(),
        "UPDATE ledger_entry SET idx = 21 WHERE idx = 20 - 1000000",
    )
    .await;
    sql(
        folder.path(),
        "UPDATE ledger_entry SET idx = 20 WHERE idx = 21 - 1000000",
    )
    .await;
    assert!(fault(folder).await.contains("entry 20 "));
}

#[tokio::test]
async fn a_cut_off_queue_is_found() {
    let folder = folder().await;
    sql(folder.path(), "DELETE FROM ledger_entry WHERE idx >= 600").await;
    assert!(fault(folder).await.contains("600 are there"));
}

#[tokio::test]
async fn a_flipped_bit_of_a_bundle_is_found() {
    for bundle in [
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/197",
    ] {
        let folder = folder().await;
        flip(folder.path(), bundle);
        fault(folder).await;
    }
}

#[tokio::test]
async fn a_flipped_bit_of_a_tile_is_found() {
    for tile in [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/197",
        "tile/1/000.p/2",
    ] {
        let folder = folder().await;
        flip(folder.path(), tile);
        fault(folder).await;
    }
}

#[tokio::test]
async fn a_flipped_bit_of_a_hash_names_its_entry() {
    let folder = folder().await;
    flip(folder.path(), "tile/0/001");
    // The middle of 256 hashes.
    assert!(fault(folder).await.contains("entry 384 "));
}

#[tokio::test]
async fn a_lost_tile_is_found() {
    let folder = folder().await;
    fs::remove_file(folder.path().join("objects/ledger/tile/0/000")).unwrap();
    fault(folder).await;
}

#[tokio::test]
async fn a_checkpoint_of_another_key_is_refused() {
    let folder = folder().await;
    sql(
        folder.path(),
        "UPDATE ledger_checkpoint SET note = REPLACE(note, '709', '708')",
    )
    .await;
    fault(folder).await;
}

/// Row and bundle are forged alike, so that only the tree can tell.
#[tokio::test]
async fn an_entry_that_was_forged_in_both_places_is_found_and_named() {
    let folder = folder().await;
    let row = "UPDATE ledger_entry SET body = CAST('entri 300' AS BLOB) WHERE idx = 309";
    sql(folder.path(), row).await;
    let path = folder.path().join("objects/ledger/tile/entries/001");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes
        .windows(9)
        .position(|part| part == b"entry 300")
        .unwrap();
    bytes[at + 4] = b'i';
    fs::write(path, bytes).unwrap();
    assert!(fault(folder).await.contains("entry 309 "));
}

#[tokio::test]
async fn a_certificate_that_left_the_journal_is_found_and_named() {
    let folder = folder().await;
    sql(
        folder.path(),
        "DELETE FROM certificate WHERE act = 'root/p256-sha256'",
    )
    .await;
    assert!(fault(folder).await.contains("is not in the journal"));
}

#[tokio::test]
async fn a_certificate_that_was_changed_in_the_journal_is_found() {
    let folder = folder().await;
    sql(
        folder.path(),
        "UPDATE certificate SET tbs = X'30' WHERE act = 'tsa/sm2-sm3'",
    )
    .await;
    assert!(fault(folder).await.contains("is not in the journal"));
}

#[tokio::test]
async fn a_certificate_that_was_never_recorded_is_found() {
    let folder = folder().await;
    let added = "INSERT INTO certificate (serial, tenant, act, tbs) VALUES ('00', 'trust', 'forged', X'30')";
    sql(folder.path(), added).await;
    assert!(
        fault(folder)
            .await
            .contains("10 certificates are in the journal, 9 were recorded")
    );
}
