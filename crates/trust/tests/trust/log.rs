//! The ledger: growing, proving, going on after a stop.

use std::{collections::HashMap, fs};

use ledger::{Checkpoint, ProofError, consistency, verify_consistency};

use crate::house::{FIRST, House, entries};

async fn checkpoint(house: &House) -> Checkpoint {
    let note = house
        .trust
        .ledger_object("checkpoint")
        .await
        .unwrap()
        .expect("a checkpoint");
    let note = String::from_utf8(note.to_vec()).unwrap();
    Checkpoint::open(&note, &house.trust.ledger_key()).unwrap()
}

#[tokio::test]
async fn every_entry_has_a_receipt_that_a_stranger_can_verify() {
    let house = House::new().await;
    house.commit(entries(0, 300)).await;
    house.trust.sequence().await.unwrap();
    for index in [0, 1, 255, 256, 299] {
        let receipt = house.trust.receipt(FIRST + index).await.unwrap();
        let entry = receipt.verify(&house.trust.ledger_key()).unwrap();
        assert_eq!(entry, format!("entry {index}").into_bytes());
    }
}

#[tokio::test]
async fn an_entry_that_waits_is_sequenced_when_its_receipt_is_asked_for() {
    let house = House::new().await;
    house.commit(entries(0, 3)).await;
    let receipt = house.trust.receipt(FIRST + 2).await.unwrap();
    receipt.verify(&house.trust.ledger_key()).unwrap();
    let beyond = house.trust.receipt(FIRST + 3).await.unwrap_err();
    assert_eq!(beyond.code(), "ledger-no-entry");
}

#[tokio::test]
async fn an_idle_log_signs_nothing() {
    let house = House::new().await;
    assert_eq!(house.trust.ledger_object("checkpoint").await.unwrap(), None);
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST);
    let before = house.trust.ledger_object("checkpoint").await.unwrap();
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST);
    assert_eq!(
        house.trust.ledger_object("checkpoint").await.unwrap(),
        before
    );
}

#[tokio::test]
async fn each_checkpoint_contains_the_one_before() {
    let mut house = House::new().await;
    let mut before: Option<Checkpoint> = None;
    let mut size = 0;
    for more in [1, 255, 1, 600, 7] {
        house.commit(entries(size, more)).await;
        size += more;
        house.trust.sequence().await.unwrap();
        let now = checkpoint(&house).await;
        assert_eq!(now.size, FIRST + size as u64);
        if let Some(before) = &before {
            let proof = proof(&house, before.size, now.size).await;
            verify_consistency(before.size, &before.root, now.size, &now.root, &proof).unwrap();
        }
        before = Some(now);
        house = house.again().await.unwrap();
    }
    assert_eq!(house.trust.fsck().await.unwrap().entries, FIRST + 864);
}

/// A consistency proof from the published tiles alone.
async fn proof(house: &House, before: u64, size: u64) -> Vec<ledger::Hash> {
    let mut tiles = HashMap::new();
    loop {
        match consistency(before, size, &tiles) {
            Ok(proof) => return proof,
            Err(ProofError::Missing(path)) => {
                let tile = house
                    .trust
                    .ledger_object(&path)
                    .await
                    .unwrap()
                    .expect("a tile");
                tiles.insert(path, tile.to_vec());
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// The power fails after the tiles and before the checkpoint: database and key store are
/// as they were, the objects are new.
#[tokio::test]
async fn tiles_without_their_checkpoint_do_no_harm() {
    let house = House::new().await;
    let authorities = house.trust.sequence().await.unwrap();
    house.commit(entries(0, 300)).await;
    let folder = house.close().await;
    let files = ["inkseal.db", "keys"].map(|name| folder.path().join(name));
    let before = files.clone().map(|file| fs::read(file).unwrap());

    let house = House::open(folder).await.unwrap();
    house.trust.sequence().await.unwrap();
    let first = checkpoint(&house).await;
    let folder = house.close().await;
    for (file, bytes) in files.iter().zip(before) {
        fs::write(file, bytes).unwrap();
    }

    let house = House::open(folder).await.unwrap();
    assert_eq!(house.trust.sequence().await.unwrap(), authorities + 300);
    assert_eq!(checkpoint(&house).await, first);
    house.trust.fsck().await.unwrap();
}

/// Somebody puts yesterday's database back, to unsign what was signed since.
#[tokio::test]
async fn an_older_database_is_not_opened() {
    let house = House::new().await;
    house.commit(entries(0, 300)).await;
    house.trust.sequence().await.unwrap();
    let folder = house.close().await;
    let database = folder.path().join("inkseal.db");
    let before = fs::read(&database).unwrap();
    let house = House::open(folder).await.unwrap();
    house.commit(entries(300, 1)).await;
    house.trust.sequence().await.unwrap();
    let folder = house.close().await;
    fs::write(&database, before).unwrap();
    let refused = House::open(folder).await.err().expect("an older database");
    assert!(refused.to_string().contains("an older copy"), "{refused}");
}

#[tokio::test]
async fn only_the_log_is_served_by_its_paths() {
    let house = House::new().await;
    house.commit(entries(0, 1)).await;
    house.trust.sequence().await.unwrap();
    for path in ["../keys", "packs", "tile/../../keys", ""] {
        let served = house.trust.ledger_object(path).await;
        assert!(!matches!(served, Ok(Some(_))), "{path}");
    }
}

/// As one from before the log's key had a certificate.
#[tokio::test]
async fn a_store_without_a_certificate_for_the_logs_key_gets_one_at_the_next_start() {
    let house = House::new().await;
    let first = house.trust.ledger_certificate();
    let house = house.again().await.unwrap();
    assert_eq!(house.trust.ledger_certificate(), first);
    let folder = house.close().await;
    let gone = "DELETE FROM setting WHERE name = 'log/sm2-sm3'";
    crate::damage::sql(folder.path(), gone).await;
    let house = House::open(folder).await.unwrap();
    let chain = pki::Certificate::from_pem_many(&house.trust.ledger_certificate()).unwrap();
    chain[0].is_signed_by(&chain[1]).unwrap();
    assert_ne!(house.trust.ledger_certificate(), first);
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST + 1);
    house.trust.fsck().await.unwrap();
}
