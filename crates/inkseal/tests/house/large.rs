//! Large bodies: so many are in memory at once, and no more.

use std::{io::Write, net::TcpStream};

use crate::kit::{Answer, Contract, House, contract, visit::Visit};

/// The longest item that is let in.
const LARGEST: usize = 26 << 20;
/// So many of them fit into the memory that uploads may take, and into a session's share.
const FIT: usize = 9;
const SHARE: usize = 2;

/// An upload of which all comes but the end.
fn stalled(house: &House, visit: &Visit) -> TcpStream {
    let address = house.url.strip_prefix("http://").unwrap();
    let mut line = TcpStream::connect(address).unwrap();
    let secret = visit.client.secret();
    let head = format!(
        "POST /api/v1/session/evidence/portrait HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {secret}\r\nContent-Length: {LARGEST}\r\n\r\n"
    );
    line.write_all(head.as_bytes()).unwrap();
    line.write_all(&vec![0; LARGEST - 1]).unwrap();
    line
}

const PATH: &str = "/api/v1/session/evidence/portrait";

async fn large(visit: &Visit) -> Answer {
    visit.client.post_bytes(PATH, vec![0; LARGEST]).await
}

async fn visits(house: &House, count: usize) -> Vec<Visit> {
    let acme = house.integrator("tests").await;
    let mut visits = Vec::new();
    for _ in 0..count {
        let contract: Contract = contract().person("borrower", "pad").make(&acme).await;
        visits.push(contract.visit("borrower").await);
    }
    visits
}

#[tokio::test]
async fn more_uploads_than_there_is_memory_for_are_refused_and_small_ones_are_not() {
    let house = House::start();
    let visits = visits(&house, FIT.div_ceil(SHARE) + 1).await;
    let (visit, others) = visits.split_last().unwrap();
    let mut stalled: Vec<_> = (0..FIT)
        .map(|n| stalled(&house, &others[n / SHARE]))
        .collect();
    // Until then the server has not read all that was sent.
    let refused = loop {
        let answer = large(visit).await;
        if answer.status == 503 {
            break answer;
        }
    };
    refused.refused(503, "uploads-full");
    let small = visit.client.post_bytes(PATH, vec![0; 100_000]).await;
    assert_ne!(small.status, 503, "{small}");
    // Its room comes back when the server sees that it has gone.
    stalled.pop();
    while large(visit).await.status == 503 {}
}

#[tokio::test]
async fn a_session_leaves_the_rest_of_the_room_to_others() {
    let house = House::start();
    let visits = visits(&house, 2).await;
    let mut stalled: Vec<_> = (0..SHARE).map(|_| stalled(&house, &visits[0])).collect();
    let refused = loop {
        let answer = large(&visits[0]).await;
        if answer.status == 429 {
            break answer;
        }
    };
    refused.refused(429, "session-uploads-full");
    let small = visits[0].client.post_bytes(PATH, vec![0; 100_000]).await;
    assert_ne!(small.status, 429, "{small}");
    let other = large(&visits[1]).await;
    assert!(![429, 503].contains(&other.status), "{other}");
    stalled.pop();
    while large(&visits[0]).await.status == 429 {}
}
