//! The ledger as everybody may read it: C2SP tlog-tiles over HTTP.

use ledger::{Checkpoint, Receipt, leaf_hash, read_bundle};
use serde_json::Value;

use crate::kit::{House, contract};

/// Root of a tree, the long way (RFC 6962, 2.1).
fn root(leaves: &[[u8; 32]], node: &impl Fn(&[u8; 32], &[u8; 32]) -> [u8; 32]) -> [u8; 32] {
    if let [leaf] = leaves {
        return *leaf;
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    node(&root(left, node), &root(right, node))
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let bytes = [&[1], left.as_slice(), right].concat();
    let digest = crypto::digest(crypto::Hash::Sha256, &bytes);
    digest.as_bytes().try_into().unwrap()
}

#[tokio::test]
async fn a_stranger_can_read_it_and_check_a_receipt() {
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let receipts = contract.get("/receipts").await.ok();
    let receipts: Vec<Receipt> = serde_json::from_value(receipts).unwrap();

    let anybody = house.anybody();
    let verifier = anybody.get("/api/v1/ledger.vkey").await.bytes();
    let verifier = String::from_utf8(verifier).unwrap();
    for receipt in &receipts {
        let entry = receipt.verify(verifier.trim()).unwrap();
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        assert_eq!(entry["contract"], contract.id.as_str());
    }
    // Made out, opened, read, signed and closed: four changes.
    assert_eq!(receipts.len(), 5, "{receipts:?}");

    let note = anybody.get("/ledger/checkpoint").await.bytes();
    let note = String::from_utf8(note).unwrap();
    let checkpoint = Checkpoint::open(&note, verifier.trim()).unwrap();
    let size = checkpoint.size;
    assert!(size >= 5);
    let bundle = anybody
        .get(&format!("/ledger/tile/entries/000.p/{size}"))
        .await
        .bytes();
    let entries = read_bundle(&bundle).unwrap();
    let leaves: Vec<[u8; 32]> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(root(&leaves, &node), checkpoint.root);
    let tile = anybody
        .get(&format!("/ledger/tile/0/000.p/{size}"))
        .await
        .bytes();
    assert_eq!(tile, leaves.concat());
}

#[tokio::test]
async fn a_receipt_of_another_ledger_proves_nothing() {
    let (house, other) = (House::start(), House::start());
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let receipts = contract.get("/receipts").await.ok();
    let receipts: Vec<Receipt> = serde_json::from_value(receipts).unwrap();
    let verifier = other.anybody().get("/api/v1/ledger.vkey").await.bytes();
    let verifier = String::from_utf8(verifier).unwrap();
    assert!(receipts[0].verify(verifier.trim()).is_err());
}

#[tokio::test]
async fn nothing_else_of_the_data_folder_can_be_read() {
    let house = House::start();
    let anybody = house.anybody();
    for path in [
        "tile/0/001",
        "tile/../../passphrase",
        "%2e%2e/%2e%2e/passphrase",
        "..%2f..%2fpassphrase",
        "/etc/passwd",
        "packs",
        "tile",
    ] {
        anybody
            .get(&format!("/ledger/{path}"))
            .await
            .refused(404, "not-found");
    }
}
