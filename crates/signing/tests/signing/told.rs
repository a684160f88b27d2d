//! What is to be told of a contract is durable with the event itself.

use signing::{
    event::{Order, Profile},
    policy::Mode,
    service::{ContractView, DUE, NewContract, Source},
};

use crate::house::{HOUR, House, TENANT, least, paper, party};

const URL: &str = "https://hooks.bank.com/";

async fn contract(house: &House) -> ContractView {
    let new = NewContract {
        profile: Profile::Gm,
        order: Order::Parallel,
        lifetime: 24 * HOUR,
        source: Source::Upload {
            title: "合同".to_owned(),
            file: paper(),
        },
        parties: vec![party("borrower", Mode::Pad, "陈思远", 0.0)],
        evidence: least(),
        callback: Some(URL.to_owned()),
    };
    house.signing.create(TENANT, new, None).await.unwrap()
}

/// Takes what is to be told by now, one after the other.
async fn told(house: &House) -> Vec<String> {
    let mut events = Vec::new();
    loop {
        let rows = house.store.callbacks(house.now(), 100, 100).await.unwrap();
        let Some(row) = rows.into_iter().next() else {
            return events;
        };
        assert_eq!((row.tenant.as_str(), row.url.as_str()), (TENANT, URL));
        if row.event == DUE {
            house.signing.view(TENANT, &row.contract).await.unwrap();
        }
        let tried = store::Row::CallbackTried {
            contract: row.contract,
            seq: row.seq,
            next: None,
        };
        let change = store::Change {
            tenant: row.tenant,
            rows: vec![tried],
            ..store::Change::default()
        };
        house.store.commit(change).await.unwrap();
        events.push(row.event);
    }
}

#[tokio::test]
async fn each_end_of_a_contract_is_told() {
    let house = House::new().await;
    let complete = contract(&house).await;
    assert!(told(&house).await.is_empty());
    house.sign(&complete, "borrower").await.unwrap();
    assert_eq!(told(&house).await, ["signed", "complete"]);
    let withdrawn = contract(&house).await.contract;
    house.signing.withdraw(TENANT, &withdrawn).await.unwrap();
    assert_eq!(told(&house).await, ["withdrawn"]);
    let refused = contract(&house).await;
    let secret = house.visit(&refused, "borrower").await;
    house.signing.refuse(&secret, "不同意").await.unwrap();
    assert_eq!(told(&house).await, ["refused"]);
    house.wait(25 * HOUR);
    // Of the contracts that have ended there is nothing more to say.
    assert_eq!(told(&house).await, [DUE, DUE, DUE]);
}

/// Nobody looks at it, and it is told all the same.
#[tokio::test]
async fn a_contract_whose_time_is_over_is_told_of() {
    let house = House::new().await;
    contract(&house).await;
    house.wait(24 * HOUR);
    assert_eq!(told(&house).await, [DUE, "expired"]);
}
