//! Large bodies: so many are in memory at once, and no more.

use std::{io::Write, net::TcpStream};

use crate::kit::{Contract, House, contract, visit::Visit};

/// The longest item that is let in.
const LARGEST: usize = 26 << 20;
/// So many of them fit into the memory that uploads may take.
const FIT: usize = 9;

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

#[tokio::test]
async fn more_uploads_than_there_is_memory_for_are_refused_and_small_ones_are_not() {
    let house = House::start();
    let contract: Contract = contract()
        .person("borrower", "pad")
        .make(&house.integrator("tests").await)
        .await;
    let visit = contract.visit("borrower").await;
    let mut stalled: Vec<_> = (0..FIT).map(|_| stalled(&house, &visit)).collect();
    let path = "/api/v1/session/evidence/portrait";
    let large = || visit.client.post_bytes(path, vec![0; LARGEST]);
    // Until then the server has not read all that was sent.
    let refused = loop {
        let answer = large().await;
        if answer.status == 503 {
            break answer;
        }
    };
    refused.refused(503, "uploads-full");
    let small = visit.client.post_bytes(path, vec![0; 100_000]).await;
    assert_ne!(small.status, 503, "{small}");
    // Its room comes back when the server sees that it has gone.
    stalled.pop();
    while large().await.status == 503 {}
}
