//! A seal that races the revocation of its company.

use pki::revocation::Reason;
use signing::{
    event::Order,
    policy::Mode,
    service::{NewCompany, NewParty, SealOrder, Silent},
};

use crate::house::{House, TENANT, party};

const ORDER: SealOrder = SealOrder {
    role: "guarantor",
    credential: "key",
    authorisation: None,
};
/// Races, each with another lead of one over the other.
const ROUNDS: usize = 64;

/// Whatever the order: what is sealed is there when the revocation is acknowledged, and
/// nothing comes after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_seal_is_accepted_after_the_revocation_was_acknowledged() {
    let house = House::new().await;
    let (mut sealed, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let new = NewCompany {
            name: "沪信融资担保有限公司".to_owned(),
            code: "91310000MA1K8QX37Y".to_owned(),
            picture: None,
            silent: Silent::Free,
        };
        let company = house.signing.register_company(TENANT, new).await.unwrap();
        let seal = NewParty {
            company: Some(company.company.clone()),
            name: None,
            id_number: None,
            phone: None,
            ..party("guarantor", Mode::Seal, "", 0.0)
        };
        let borrower = party("borrower", Mode::Pad, "陈思远", 1.0);
        let contract = house.create(Order::Parallel, vec![seal, borrower]).await;
        let events = |id: String| {
            let store = house.store.clone();
            async move {
                store
                    .events(TENANT, "contract", &id, 0)
                    .await
                    .unwrap()
                    .len()
            }
        };
        let before = events(contract.contract.clone()).await;

        let (signing, id) = (house.signing.clone(), contract.contract.clone());
        let sealing = tokio::spawn(async move {
            lead(round % 8).await;
            signing.seal(TENANT, &id, ORDER, None).await
        });
        let (signing, id) = (house.signing.clone(), company.company.clone());
        let then = events(contract.contract.clone());
        let revoking = tokio::spawn(async move {
            lead(round / 8 * 4).await;
            let reason = Reason::KeyCompromise;
            signing.revoke_company(TENANT, &id, reason).await.unwrap();
            // Read past the contract's lock, which a seal under way would hold.
            (signing, then.await)
        });
        let (signing, acknowledged) = revoking.await.unwrap();
        let outcome = sealing.await.unwrap();
        assert_eq!(
            events(contract.contract.clone()).await,
            acknowledged,
            "round {round}"
        );
        match outcome {
            Ok(_) => {
                assert!(acknowledged > before, "round {round}");
                sealed += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), "company-revoked");
                assert_eq!(acknowledged, before, "round {round}");
                refused += 1;
            }
        }
        let late = signing.seal(TENANT, &contract.contract, ORDER, None);
        assert!(late.await.is_err(), "round {round}");
    }
    assert_eq!(sealed + refused, ROUNDS);
}

/// Lets others go first, this many times.
async fn lead(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}
