//! Nobody who reads the folder learns who signs, and no secret lies there in clear.

use std::{fs, path::Path};

use signing::event::Order;

use crate::house::{HOUR, House, TENANT, samples};

/// All bytes of all files of a folder.
pub fn all_bytes(folder: &Path, into: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_bytes(&path, into);
        } else {
            into.extend(fs::read(path).unwrap());
        }
    }
}

#[tokio::test]
async fn no_personal_data_and_no_secret_lie_in_clear() {
    let house = House::new().await;
    let contract = house.contract(Order::Parallel).await;
    let link = house
        .signing
        .issue_link(TENANT, &contract.contract, "borrower", HOUR)
        .await;
    let token = link.unwrap().token;
    let secret = house.ready(&contract, "lender").await;
    let code = house.outbox.code();
    house
        .signing
        .submit(
            &secret,
            &house.submission(&contract, "lender", &secret).await,
            None,
        )
        .await
        .unwrap();
    house.sign(&contract, "borrower").await.unwrap();

    let mut bytes = Vec::new();
    all_bytes(house.folder.path(), &mut bytes);
    let there = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(there(&contract.contract), "the search finds what is there");
    let samples = serde_json::to_string(&samples()).unwrap();
    let sample = &samples[100..140];
    let private = [
        "周慧敏",
        "陈思远",
        "11010519491231002X",
        "13800001234",
        sample,
    ];
    for text in private.into_iter().chain([token.as_str(), secret.as_str()]) {
        assert!(!there(text), "{text}");
    }
    assert!(!there(&format!("验证码 {code}")));
}
