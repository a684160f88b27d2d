//! Answers to requests, and serial numbers that come once.

use std::collections::BTreeSet;

use crypto::{Hash, Suite, digest};
use pki::timestamp::{Request, Token, read_response};

use crate::house::House;

#[tokio::test]
async fn the_digest_chooses_the_suite_unless_the_caller_does() {
    let house = House::new().await;
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512, Hash::Sm3] {
        let query = Request::new(digest(hash, b"data"), Some(1), true);
        for suite in [None, Some(Suite::Sm2Sm3), Some(Suite::P256Sha256)] {
            let answer = house.trust.stamp(suite, &query.to_der()).await.unwrap();
            let token = read_response(&answer, &query).unwrap();
            let own = match hash {
                Hash::Sm3 => Suite::Sm2Sm3,
                _ => Suite::P256Sha256,
            };
            let signed = Suite::of_spki(token.signer().spki());
            assert_eq!(signed, Some(suite.unwrap_or(own)), "{hash:?} {suite:?}");
        }
    }
}

#[tokio::test]
async fn strangers_make_no_authorities() {
    let house = House::new().await;
    let query = Request::new(digest(Hash::Sha256, b"data"), None, true).to_der();
    let asked = house.trust.stamp(Some(Suite::Rsa2048Sha256), &query).await;
    assert_eq!(asked, None);
    assert_eq!(house.anchors().len(), 2);
}

/// Two nodes, each started twice: nothing is shared between them but the rule.
#[tokio::test]
async fn serial_numbers_are_unique_over_nodes_and_restarts() {
    let imprint = digest(Hash::Sha256, b"data");
    let mut serials = BTreeSet::new();
    for _ in 0..2 {
        let mut house = House::new().await;
        for _ in 0..2 {
            for _ in 0..250 {
                let token = house.trust.timestamp(Suite::P256Sha256, &imprint).await;
                let serial = Token::parse(&token.unwrap()).unwrap().serial_hex();
                assert!(serial.len() <= 32, "128 bits at most");
                assert!(serials.insert(serial), "a serial number came twice");
            }
            house = house.again().await.unwrap();
        }
    }
    // Random over the whole range: of 1,000 with 128 bits some begin with each digit.
    let first: BTreeSet<_> = serials
        .iter()
        .filter(|serial| serial.len() == 32)
        .map(|serial| &serial[..1])
        .collect();
    assert_eq!(first.len(), 16);
}
