//! The events are what the ledger proves; any that is not is found.

use std::fs;

use signing::{event::Order, service::audit};
use sqlx::{Connection, SqliteConnection};

use crate::house::House;

/// What the audit says of a house with one complete contract, after this statement.
async fn after(statement: &'static str) -> Result<u64, String> {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    house.sign(&contract, "borrower").await.unwrap();
    house.sign(&contract, "lender").await.unwrap();
    let path = house.folder.path().join("inkseal.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    said(&house).await
}

async fn said(house: &House) -> Result<u64, String> {
    let audited = audit(&house.store).await.map_err(|error| {
        assert_eq!(error.code(), "record-altered");
        error.to_string()
    })?;
    assert!(audited.blobs > 10);
    Ok(audited.events)
}

#[tokio::test]
async fn untouched_events_are_all_proven() {
    assert!(after("SELECT 1").await.unwrap() > 10);
}

#[tokio::test]
async fn a_changed_event_is_found_and_named() {
    let changed = "UPDATE event SET body = REPLACE(body, 'borrower', 'burrower') WHERE seq = 0";
    assert!(
        after(changed)
            .await
            .unwrap_err()
            .contains("event 0 of contract")
    );
}

#[tokio::test]
async fn a_deleted_event_is_found_and_named() {
    let deleted = "DELETE FROM event WHERE seq = 2";
    assert!(
        after(deleted)
            .await
            .unwrap_err()
            .contains("event 2 of contract")
    );
}

#[tokio::test]
async fn an_event_that_was_never_recorded_is_found() {
    let added = "INSERT INTO event SELECT tenant, stream, id, 1000, kind, body, entry FROM event \
                 WHERE seq = 0";
    assert!(after(added).await.unwrap_err().contains("events are there"));
}

#[tokio::test]
async fn events_that_changed_places_are_found() {
    let swapped = "UPDATE event SET body = (SELECT body FROM event WHERE seq = 1) WHERE seq = 2";
    assert!(
        after(swapped)
            .await
            .unwrap_err()
            .contains("event 2 of contract")
    );
}

#[tokio::test]
async fn a_lost_pack_is_found() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    house.sign(&contract, "borrower").await.unwrap();
    house.sign(&contract, "lender").await.unwrap();
    said(&house).await.unwrap();
    let packs = house.folder.path().join("objects/packs");
    let first = fs::read_dir(&packs)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::remove_dir_all(first).unwrap();
    assert!(said(&house).await.unwrap_err().contains("blob "));
}
