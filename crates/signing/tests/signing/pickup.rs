//! A link for whoever has lost it: by number alone, and nobody else is the worse for it.

use std::net::{IpAddr, Ipv4Addr};

use signing::{
    SigningError, event::Order, limits::Rules, policy::Mode, return_url::ReturnUrl,
    service::ContractView,
};

use crate::house::{HOUR, House, TENANT, least, party};

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

/// The platform's APP gets its signer back from the fresh link too.
#[tokio::test]
async fn a_fresh_link_leads_back_where_the_given_one_did() {
    let house = House::new().await;
    let contract = by_message(&house).await;
    let url: ReturnUrl = "https://bank.example/done".parse().unwrap();
    for given in [Some(url), None] {
        let link =
            house
                .signing
                .issue_link(TENANT, &contract.contract, "lender", HOUR, given.clone());
        link.await.unwrap();
        house.wait(1);
        for _ in 0..2 {
            let tokens = pick_up(&house, None, NUMBER).await;
            let opened = house.signing.open_link(&tokens[0]).await.unwrap();
            assert_eq!(opened.view.return_url, given);
            house.wait(1);
        }
    }
}

#[tokio::test]
async fn a_platform_can_turn_it_off() {
    let house = House::new().await;
    let mut evidence = least();
    evidence.get_mut(&Mode::Sms).unwrap().pickup = Some(false);
    let parties = vec![party("lender", Mode::Sms, "周慧敏", 1.0)];
    let off = house.ask(Order::Parallel, parties, evidence).await.unwrap();
    assert!(pick_up(&house, None, NUMBER).await.is_empty());
    // Its own links are as good as any.
    house.sign(&off, "lender").await.unwrap();
}

/// From wherever they ask, strangers take nothing that the owner of a number may ask for;
/// and the owner of a number is not flooded.
#[tokio::test]
async fn strangers_use_up_their_own_askings_alone() {
    let house = House::limited(Rules::default()).await;
    let ask = async |last: u8| {
        let url = |token: &str| format!("https://sign.example/#{token}");
        let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let follows = house.signing.pick_up(None, NUMBER, from, url)?;
        follows.await.unwrap();
        Ok::<_, SigningError>(house.outbox.sent.lock().unwrap().len())
    };
    // Nobody awaits the number yet: whatever is asked now counts for who asks.
    for stranger in 1..=100 {
        assert_eq!(ask(stranger).await.unwrap(), 0);
    }
    assert_eq!(ask(1).await.unwrap_err().code(), "link-later");
    by_message(&house).await;
    assert_eq!(ask(200).await.unwrap(), 1);
    // A number gets one a minute and five an hour, and who asks does not learn it.
    for stranger in 101..=150 {
        assert_eq!(ask(stranger).await.unwrap(), 1);
    }
    for (round, sent) in (1..).zip([2, 3, 4, 5, 5]) {
        house.wait(60_000);
        for stranger in 1..=3 {
            assert_eq!(ask(10 * round + stranger).await.unwrap(), sent);
        }
    }
    house.wait(HOUR);
    assert_eq!(ask(200).await.unwrap(), 6);
    // Of all numbers an address may ask for ten an hour.
    let from = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
    for last in 0..=10 {
        let url = |token: &str| token.to_owned();
        let number = format!("139000000{last:02}");
        let asked = house.signing.pick_up(None, &number, from, url);
        assert_eq!(asked.is_ok(), last < 10, "{last}");
    }
}
