//! A submission happens exactly once, however often the network fails.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::kit::{Client, Contract, House, contract, visit::Visit};

/// Where a network may fail while a request and its answer are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Before anything of the request has arrived.
    Before,
    /// In its head.
    InHead,
    /// In its body.
    InBody,
    /// When all of it has been sent, without a look back.
    HungUp,
    /// When the answer comes: none of it gets through.
    BeforeAnswer,
    /// In the answer.
    InAnswer,
    /// Before the last byte of the answer.
    LastByte,
}

impl Cut {
    const ALL: [Self; 7] = [
        Self::Before,
        Self::InHead,
        Self::InBody,
        Self::HungUp,
        Self::BeforeAnswer,
        Self::InAnswer,
        Self::LastByte,
    ];

    /// How much of a request gets through: of its head and its body.
    fn sent(self, head: usize, body: usize) -> usize {
        match self {
            Self::Before => 0,
            Self::InHead => head / 2,
            Self::InBody => head + body / 2,
            _ => head + body,
        }
    }

    /// How much of an answer gets through.
    fn answered(self, length: usize) -> usize {
        match self {
            Self::InAnswer => length / 2,
            Self::LastByte => length - 1,
            _ => 0,
        }
    }
}

/// A message with its head's length, read to its end.
async fn message(from: &mut TcpStream) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    loop {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(head) = head.map(|at| at + 4) {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length = text.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
            if bytes.len() >= head + length.unwrap_or(0) {
                return (bytes, head);
            }
        }
        if from.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return (bytes, 0);
        }
    }
}

/// Lets one request through to the server, as far as the cut does, and its answer.
async fn carry(mut client: TcpStream, server: &str, cut: Option<Cut>) {
    let (request, head) = message(&mut client).await;
    if cut == Some(Cut::Before) {
        return;
    }
    let mut server = TcpStream::connect(server).await.unwrap();
    let sent = cut.map_or(request.len(), |cut| cut.sent(head, request.len() - head));
    server.write_all(&request[..sent]).await.unwrap();
    if matches!(cut, Some(Cut::InHead | Cut::InBody | Cut::HungUp)) {
        return;
    }
    let (answer, head) = message(&mut server).await;
    assert!(head > 0, "the server answers");
    let answered = cut.map_or(answer.len(), |cut| cut.answered(answer.len()));
    // The client may be gone.
    let _ = client.write_all(&answer[..answered]).await;
    let _ = client.shutdown().await;
}

/// One attempt through a network of its own: the answer, if it came whole.
async fn attempt(server: &str, cut: Option<Cut>, secret: &str, package: &Value) -> Option<Value> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/api/v1/session/submission",
        listener.local_addr().unwrap()
    );
    let network = async {
        let (client, _) = listener.accept().await.unwrap();
        carry(client, server, cut).await;
    };
    let http = reqwest::Client::builder().timeout(Duration::from_mins(1));
    let request = http.build().unwrap().post(url).bearer_auth(secret);
    let request = request.header("idempotency-key", "one").json(package);
    let asked = async {
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let bytes = answer.bytes().await.ok()?;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).ok()
    };
    let ((), answer) = tokio::join!(network, asked);
    answer
}

/// A signer whose network fails at every stage once, beginning with another stage each
/// time, until it lets a request and its answer through.
async fn sign(house: &House, contract: &Contract, role: &str, round: usize) {
    let link = contract.link(role).await;
    let token = link.split_once('#').unwrap().1;
    let anybody = house.anybody();
    let opened = json!({ "link": token });
    let opened = anybody.post("/api/v1/sessions/open", &opened).await.ok();
    let secret = opened["secret"].as_str().unwrap();
    let visit = Visit::new(&anybody, token.to_owned(), &opened);
    visit.read().await;
    let package = visit.by_hand();
    let server = house.url.strip_prefix("http://").unwrap();
    let mut cuts = Cut::ALL;
    cuts.rotate_left(round % Cut::ALL.len());
    for cut in cuts {
        let answer = attempt(server, Some(cut), secret, &package).await;
        assert_eq!(answer, None, "{cut:?}");
    }
    let receipt = attempt(server, None, secret, &package).await.unwrap();
    // Asked again it says the same, and the contract knows of no other.
    let again = attempt(server, None, secret, &package).await.unwrap();
    assert_eq!(again, receipt);
    assert_eq!(
        contract.act(role).await,
        receipt["act"].as_str().map(str::to_owned)
    );
}

/// Ten contracts of ten parties, who all sign through networks that fail.
#[tokio::test]
async fn however_often_the_network_fails() {
    const SIDE: usize = 10;
    let house = House::start();
    let acme = house.integrator("acme").await;
    let contracts = (0..SIDE).map(|number| one(&house, &acme, number * SIDE, SIDE));
    for contract in join_all(contracts).await {
        let manifests = contract.get("/manifests").await.ok();
        let manifests = manifests.as_array().unwrap();
        let acts = |field: &str| {
            let values = manifests
                .iter()
                .filter(|manifest| manifest["mode"] == "pad");
            let mut values: Vec<_> = values.map(|manifest| manifest[field].to_string()).collect();
            values.sort();
            values.dedup();
            values.len()
        };
        // One act for a role, and two by which the operator closes.
        assert_eq!(manifests.len(), SIDE + 2);
        assert_eq!((acts("role"), acts("act")), (SIDE, SIDE));
        house.verified(&contract).await;
    }
}

async fn one(house: &House, acme: &Client, round: usize, parties: usize) -> Contract {
    let mut draft = contract();
    for party in 0..parties {
        let (left, low) = (72 + 115 * (party % 4), 200 + 60 * (party / 4));
        draft = draft.party(json!({
            "role": format!("party-{party}"), "mode": "pad", "name": "陈思远",
            "id_number": "11010519491231002X", "phone": "13800005678",
            "places": [{ "page": 2, "rect": [left, low, left + 110, low + 50] }],
        }));
    }
    let contract = draft.make(acme).await;
    for party in 0..parties {
        let role = format!("party-{party}");
        sign(house, &contract, &role, round + party).await;
    }
    assert_eq!(contract.state().await, "complete");
    contract
}
