//! The sender on real sockets, with a clock and names of the tests'.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU16, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use crypto::{Hash, Signer, SoftwareKey, Suite};
use serde_json::Value;
use store::{Change, Row, Store};
use tempfile::TempDir;

use super::{
    guard::{Forbidden, Guard},
    sender::{NotTold, Resolve, Sender},
};
use crate::outside::{
    Credential,
    signature::{Covered, Headers, content_digest},
};

const TENANT: &str = "t";

/// A receiver that answers with a status, and what it got.
#[derive(Clone, Default)]
struct Receiver {
    status: Arc<AtomicU16>,
    /// Where it sends on to, with a redirect.
    elsewhere: Arc<Mutex<String>>,
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Receiver {
    /// Serves; gives its port.
    async fn serve(&self) -> u16 {
        self.status.store(200, SeqCst);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(take).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        port
    }

    fn told(&self) -> Vec<Value> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(_, body)| serde_json::from_slice(body).unwrap())
            .collect()
    }
}

async fn take(
    State(receiver): State<Receiver>,
    _: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receiver.got.lock().unwrap().push((headers, body));
    let status = StatusCode::from_u16(receiver.status.load(SeqCst)).unwrap();
    let elsewhere = receiver.elsewhere.lock().unwrap().clone();
    (status, [(header::LOCATION, elsewhere)]).into_response()
}

/// A name server that says what it is told to.
struct Says(Vec<IpAddr>);

#[async_trait]
impl Resolve for Says {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.clone())
    }
}

struct Desk {
    _folder: TempDir,
    store: Store,
    sender: Sender,
    clock: Arc<AtomicI64>,
    spki: Vec<u8>,
}

async fn desk(allowed: &[String], names: Vec<IpAddr>) -> Desk {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let key = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
    let spki = key.spki().to_vec();
    let clock = Arc::new(AtomicI64::new(1_800_000_000_000));
    let now = Arc::clone(&clock);
    let sender = Sender {
        store: store.clone(),
        guard: Arc::new(Guard::new(allowed, &[]).unwrap()),
        credential: Credential::with_signer("k", Arc::new(key)).unwrap(),
        names: Arc::new(Says(names)),
        clock: Arc::new(move || now.load(SeqCst)),
    };
    Desk {
        _folder: folder,
        store,
        sender,
        clock,
        spki,
    }
}

impl Desk {
    async fn put(&self, contract: &str, seq: u64, url: &str) {
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![Row::Callback {
                contract: contract.to_owned(),
                seq,
                url: url.to_owned(),
                event: "signed".to_owned(),
                at: self.clock.load(SeqCst),
                next: self.clock.load(SeqCst),
            }],
            ..Change::default()
        };
        self.store.commit(change).await.unwrap();
    }

    /// What waits, at any time.
    async fn waiting(&self) -> usize {
        self.store.callbacks(i64::MAX, 100).await.unwrap().len()
    }

    async fn tell_first(&self) -> Result<(), NotTold> {
        let rows = self.store.callbacks(i64::MAX, 1).await.unwrap();
        self.sender.tell(&rows[0]).await
    }
}

fn local(port: u16) -> Vec<String> {
    vec![format!("127.0.0.1:{port}")]
}

#[tokio::test]
async fn a_receiver_that_was_away_is_told_in_order_later() {
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    let desk = desk(&local(port), Vec::new()).await;
    let url = format!("http://127.0.0.1:{port}/hook?x=1");
    for (contract, seq) in [("a", 4), ("a", 7), ("b", 2), ("a", 9)] {
        desk.put(contract, seq, &url).await;
    }
    receiver.status.store(503, SeqCst);
    desk.sender.turn().await.unwrap();
    // One thing of each contract was tried; nothing is tried again before its pause is over.
    assert_eq!(receiver.told().len(), 2);
    desk.clock.fetch_add(999, SeqCst);
    desk.sender.turn().await.unwrap();
    assert_eq!(receiver.told().len(), 2);
    receiver.status.store(204, SeqCst);
    receiver.got.lock().unwrap().clear();
    for _ in 0..3 {
        desk.clock.fetch_add(1000, SeqCst);
        desk.sender.turn().await.unwrap();
    }
    let of = |contract: &str| -> Vec<u64> {
        let told = receiver.told().into_iter();
        let own = told.filter(|body| body["contract"] == contract);
        own.map(|body| body["sequence"].as_u64().unwrap()).collect()
    };
    assert_eq!((of("a"), of("b")), (vec![4, 7, 9], vec![2]));
    assert_eq!(desk.waiting().await, 0);
    desk.store.close().await;
}

#[tokio::test]
async fn a_request_is_signed_over_all_that_it_says() {
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    let desk = desk(&local(port), Vec::new()).await;
    desk.put("a", 4, &format!("http://127.0.0.1:{port}/hook?x=1"))
        .await;
    desk.tell_first().await.unwrap();
    let (headers, body) = receiver.got.lock().unwrap()[0].clone();
    let said: Value = serde_json::from_slice(&body).unwrap();
    let expected = serde_json::json!({ "event": "signed", "contract": "a",
        "time": "2027-01-15T08:00:00.000Z", "sequence": 4 });
    assert_eq!(said, expected);
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let digest = content_digest(Hash::Sm3, &body);
    assert_eq!(text("content-digest"), digest);
    assert_eq!(text("idempotency-key"), "a-4");
    let signed = Headers {
        input: text("signature-input"),
        signature: text("signature"),
    };
    let authority = format!("127.0.0.1:{port}");
    let covered = |target| Covered {
        method: "POST",
        authority: &authority,
        target,
        digest: &digest,
        idempotency: Some("a-4"),
    };
    let verifier = crypto::Verifier::from_spki(&desk.spki).unwrap();
    let good = |covered: Covered| {
        let (parameters, base, signature) = covered.read(&signed).unwrap();
        assert_eq!(parameters.algorithm, "sm2-sm3");
        verifier.verify(Hash::Sm3, &base, &signature).is_ok()
    };
    assert!(good(covered("/hook?x=1")));
    assert!(!good(covered("/hook?x=2")));
    desk.store.close().await;
}

/// The name was public when the contract was made; when it is called it leads inside.
#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    let inside = Receiver::default();
    inside.serve().await;
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "169.254.169.254",
        "::ffff:127.0.0.1",
    ] {
        let addresses = vec!["8.8.8.8".parse().unwrap(), address.parse().unwrap()];
        let desk = desk(&[], addresses).await;
        desk.put("a", 4, "https://bank.com/hook").await;
        let told = desk.tell_first().await;
        assert!(
            matches!(told, Err(NotTold::Forbidden(Forbidden::Address))),
            "{told:?}"
        );
        // It waits: names are put right again.
        desk.sender.turn().await.unwrap();
        assert_eq!(desk.waiting().await, 1);
        desk.store.close().await;
    }
    assert!(inside.told().is_empty());
}

/// The name is looked up once: the address that was looked at is the one that is
/// connected to, though the system's names know no such name.
#[tokio::test]
async fn the_address_that_was_looked_at_is_connected_to() {
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    let allowed = vec![format!("hooks.bank.invalid:{port}")];
    let desk = desk(&allowed, vec!["127.0.0.1".parse().unwrap()]).await;
    desk.put("a", 4, &format!("http://hooks.bank.invalid:{port}/"))
        .await;
    desk.tell_first().await.unwrap();
    assert_eq!(receiver.told().len(), 1);
    desk.store.close().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = Receiver::default();
    let private = inside.serve().await;
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    *receiver.elsewhere.lock().unwrap() = format!("http://127.0.0.1:{private}/");
    let desk = desk(&local(port), Vec::new()).await;
    desk.put("a", 4, &format!("http://127.0.0.1:{port}/")).await;
    for status in [301, 302, 303, 307, 308] {
        receiver.status.store(status, SeqCst);
        let told = desk.tell_first().await;
        assert!(matches!(told, Err(NotTold::Refused(refused)) if refused == status));
    }
    assert_eq!(receiver.told().len(), 5);
    assert!(inside.told().is_empty());
    desk.store.close().await;
}

#[tokio::test]
async fn what_nobody_takes_for_a_month_is_given_up() {
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    receiver.status.store(404, SeqCst);
    let desk = desk(&local(port), Vec::new()).await;
    desk.put("a", 4, &format!("http://127.0.0.1:{port}/")).await;
    desk.sender.turn().await.unwrap();
    assert_eq!(desk.waiting().await, 1);
    desk.clock.fetch_add(30 * 24 * 3600 * 1000, SeqCst);
    desk.sender.turn().await.unwrap();
    assert_eq!(desk.waiting().await, 0);
    desk.store.close().await;
}
