//! A link for whoever has lost it: by number alone, and nobody else is the worse for it.

use std::net::{IpAddr, Ipv4Addr};

use signing::{SigningError, event::Order, policy::Mode, service::ContractView};

use crate::house::{HOUR, House, TENANT, party};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const NUMBER: &str = "13800001234";

/// Asks, and waits until all that follows is done; gives the tokens that were sent.
async fn pick_up(house: &House, tenant: Option<&str>, number: &str) -> Vec<String> {
    let before = house.outbox.sent.lock().unwrap().len();
    let url = |token: &str| format!("https://sign.example/#{token}");
    let tenant = tenant.map(str::to_owned);
    let follows = house.signing.pick_up(tenant, number, HERE, url).unwrap();
    follows.await.unwrap();
    let sent = house.outbox.sent.lock().unwrap();
    let token = |text: &String| {
        let (_, token) = text.split_once("example/#").unwrap();
        token.chars().take_while(char::is_ascii_hexdigit).collect()
    };
    sent[before..].iter().map(token).collect()
}

async fn opened(house: &House, token: &str) -> Result<(String, String), SigningError> {
    let opened = house.signing.open_link(token).await?;
    Ok((opened.view.contract, opened.secret))
}

async fn by_message(house: &House) -> ContractView {
    let parties = vec![party("lender", Mode::Sms, "周慧敏", 1.0)];
    house.create(Order::Parallel, parties).await
}

#[tokio::test]
async fn a_link_comes_where_its_owner_is_awaited_and_nowhere_else() {
    let house = House::new().await;
    assert!(pick_up(&house, None, NUMBER).await.is_empty());
    // Who signs at a device of the bank needs an officer, not a link.
    let parties = vec![party("borrower", Mode::Pad, "陈思远", 0.0)];
    house.create(Order::Parallel, parties).await;
    assert!(pick_up(&house, None, NUMBER).await.is_empty());
    let first = by_message(&house).await;
    house.wait(1);
    let second = by_message(&house).await;
    house.wait(1);
    // It is the borrower's turn there.
    house.contract(Order::Sequential).await;
    for (tenant, number) in [(Some("another"), NUMBER), (None, "13900001234")] {
        assert!(pick_up(&house, tenant, number).await.is_empty());
    }
    for tenant in [None, Some(TENANT)] {
        let tokens = pick_up(&house, tenant, NUMBER).await;
        assert_eq!(tokens.len(), 1);
        let (contract, _) = opened(&house, &tokens[0]).await.unwrap();
        assert_eq!(contract, second.contract);
    }
    house
        .signing
        .withdraw(TENANT, &second.contract)
        .await
        .unwrap();
    let tokens = pick_up(&house, None, NUMBER).await;
    let (contract, _) = opened(&house, &tokens[0]).await.unwrap();
    assert_eq!(contract, first.contract);
    house.sign(&first, "lender").await.unwrap();
    assert!(pick_up(&house, None, NUMBER).await.is_empty());
}

/// A stranger who knows the number of a signer cannot end the signer's visit.
#[tokio::test]
async fn a_visit_goes_on_until_the_fresh_link_is_opened() {
    let house = House::new().await;
    let contract = by_message(&house).await;
    let sent = house
        .signing
        .issue_link(TENANT, &contract.contract, "lender", HOUR, None);
    let sent = sent.await.unwrap();
    let mut tokens = pick_up(&house, None, NUMBER).await;
    // The link that was there is as good as before.
    let (_, before) = opened(&house, &sent.token).await.unwrap();
    tokens.extend(pick_up(&house, None, NUMBER).await);
    house.read(&contract, &before).await;
    house.wait(1);
    let (_, fresh) = opened(&house, &tokens[1]).await.unwrap();
    let over = house.send_code(&before).await.unwrap_err();
    assert_eq!(over.code(), "session-expired");
    let over = opened(&house, &tokens[0]).await.unwrap_err();
    assert_eq!(over.code(), "link-expired");
    house.read(&contract, &fresh).await;
    house.send_code(&fresh).await.unwrap();
    let code = house.outbox.code();
    house.signing.try_code(&fresh, &code).await.unwrap();
    let package = house.submission(&contract, "lender", &fresh).await;
    house.signing.submit(&fresh, &package, None).await.unwrap();
}

/// Whoever sets the clock back finds nothing either.
#[tokio::test]
async fn numbers_are_forgotten_when_their_contract_is_over() {
    let house = House::new().await;
    by_message(&house).await;
    house.signing.forget().await.unwrap();
    assert_eq!(pick_up(&house, None, NUMBER).await.len(), 1);
    house.wait(24 * HOUR);
    assert!(pick_up(&house, None, NUMBER).await.is_empty());
    house.signing.forget().await.unwrap();
    house.wait(-24 * HOUR);
    assert!(pick_up(&house, None, NUMBER).await.is_empty());
}
