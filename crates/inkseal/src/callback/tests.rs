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
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reqwest::Certificate;
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use serde_json::Value;
use signing::service::DUE;
use store::{Change, Row, Store};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};

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
        let (listener, port) = listen().await;
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        port
    }

    /// Serves by TLS with a certificate and its key, PEM; gives its port.
    async fn serve_tls(&self, (certificate, key): (rcgen::Certificate, KeyPair)) -> u16 {
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let (listener, port) = listen().await;
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        let router = self.router();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, router) = (acceptor.clone(), router.clone());
                tokio::spawn(async move {
                    // Who does not like the certificate goes away.
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service = hyper_util::service::TowerToHyperService::new(router);
                    let stream = hyper_util::rt::TokioIo::new(stream);
                    let server = hyper::server::conn::http1::Builder::new();
                    let _ = server.serve_connection(stream, service).await;
                });
            }
        });
        port
    }

    fn router(&self) -> Router {
        self.status.store(200, SeqCst);
        Router::new().fallback(take).with_state(self.clone())
    }

    fn told(&self) -> Vec<Value> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(_, body)| serde_json::from_slice(body).unwrap())
            .collect()
    }
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
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
    sender: Arc<Sender>,
    clock: Arc<AtomicI64>,
    spki: Vec<u8>,
}

async fn desk(allowed: &[String], names: Vec<IpAddr>) -> Desk {
    desk_with(allowed, names, Vec::new()).await
}

async fn desk_with(allowed: &[String], names: Vec<IpAddr>, roots: Vec<Certificate>) -> Desk {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let key = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
    let spki = key.spki().to_vec();
    let clock = Arc::new(AtomicI64::new(1_800_000_000_000));
    let now = Arc::clone(&clock);
    let sender = Arc::new(Sender {
        store: store.clone(),
        guard: Arc::new(Guard::new(allowed, &[]).unwrap()),
        credential: Credential::with_signer("k", Arc::new(key)).unwrap(),
        names: Arc::new(Says(names)),
        roots,
        clock: Arc::new(move || now.load(SeqCst)),
        under_way: Mutex::default(),
    });
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
        self.put_of(TENANT, contract, seq, url).await;
    }

    async fn put_of(&self, tenant: &str, contract: &str, seq: u64, url: &str) {
        let change = Change {
            tenant: tenant.to_owned(),
            rows: vec![Row::Callback {
                contract: contract.to_owned(),
                seq,
                url: url.to_owned(),
                receiver: url.split('/').nth(2).unwrap().to_owned(),
                event: "signed".to_owned(),
                at: self.clock.load(SeqCst),
                next: self.clock.load(SeqCst),
            }],
            ..Change::default()
        };
        self.store.commit(change).await.unwrap();
    }

    /// Tells all that is to be told by now, and waits until it is.
    async fn turn(&self) {
        let mut receivers = JoinSet::new();
        self.sender.turn(&mut receivers).await.unwrap();
        receivers.join_all().await;
    }

    /// What is to be told by now: contracts and how often they were tried.
    async fn due(&self) -> Vec<(String, u64)> {
        let now = self.clock.load(SeqCst);
        let due = self.store.callbacks(now, 100, 100).await.unwrap();
        due.into_iter()
            .map(|row| (row.contract, row.attempts))
            .collect()
    }

    /// What waits, at any time.
    async fn waiting(&self) -> usize {
        self.store
            .callbacks(i64::MAX, 100, 100)
            .await
            .unwrap()
            .len()
    }

    async fn tell_first(&self) -> Result<(), NotTold> {
        let rows = self.store.callbacks(i64::MAX, 1, 1).await.unwrap();
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
    desk.turn().await;
    // One thing of each contract was tried; nothing is tried again before its pause is over.
    assert_eq!(receiver.told().len(), 2);
    desk.clock.fetch_add(999, SeqCst);
    desk.turn().await;
    assert_eq!(receiver.told().len(), 2);
    receiver.status.store(204, SeqCst);
    receiver.got.lock().unwrap().clear();
    for _ in 0..3 {
        desk.clock.fetch_add(1000, SeqCst);
        desk.turn().await;
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
        desk.turn().await;
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
    desk.turn().await;
    assert_eq!(desk.waiting().await, 1);
    desk.clock.fetch_add(30 * 24 * 3600 * 1000, SeqCst);
    desk.turn().await;
    assert_eq!(desk.waiting().await, 0);
    desk.store.close().await;
}

/// A receiver that takes what it is told and never answers.
#[tokio::test]
async fn a_receiver_that_hangs_keeps_nobody_else_waiting() {
    let (silent, hangs) = listen().await;
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    let allowed = [local(hangs), local(port)].concat();
    let desk = desk(&allowed, Vec::new()).await;
    for n in 0..100 {
        let url = format!("http://127.0.0.1:{hangs}/");
        desk.put(&format!("hangs {n}"), 1, &url).await;
    }
    let url = format!("http://127.0.0.1:{port}/");
    let mut receivers = JoinSet::new();
    for told in 1..=2 {
        desk.put(&format!("told {told}"), 1, &url).await;
        desk.sender.turn(&mut receivers).await.unwrap();
        while receiver.told().len() < told {
            tokio::task::yield_now().await;
        }
        // The turn of the other has begun once, and is not over.
        while receivers.len() > 1 {
            receivers.join_next().await.unwrap().unwrap();
        }
        assert_eq!(receivers.len(), 1);
    }
    // One attempt for all that waits for it.
    let _first = silent.accept().await.unwrap();
    assert!(futures::poll!(Box::pin(silent.accept())).is_pending());
    receivers.shutdown().await;
    // Ended half way, it can have another turn.
    desk.sender.turn(&mut receivers).await.unwrap();
    assert_eq!(receivers.len(), 1);
    receivers.shutdown().await;
    desk.store.close().await;
}

/// However many receivers of one tenant hang, there are turns for another's.
#[tokio::test]
async fn a_tenant_whose_receivers_hang_keeps_no_other_waiting() {
    let (_silent, hangs) = listen().await;
    let receiver = Receiver::default();
    let port = receiver.serve().await;
    let names = (0..300).map(|n| format!("r{n}.bank.invalid:{hangs}"));
    let allowed: Vec<_> = names.chain(local(port)).collect();
    let desk = desk(&allowed, vec!["127.0.0.1".parse().unwrap()]).await;
    for name in &allowed[..300] {
        desk.put_of("a", name, 1, &format!("http://{name}/")).await;
    }
    let mut receivers = JoinSet::new();
    for _ in 0..3 {
        desk.sender.turn(&mut receivers).await.unwrap();
        assert_eq!(receivers.len(), 32);
    }
    let url = format!("http://127.0.0.1:{port}/");
    desk.put_of("b", "told", 1, &url).await;
    desk.sender.turn(&mut receivers).await.unwrap();
    assert_eq!(receivers.len(), 33);
    receivers.join_next().await.unwrap().unwrap();
    assert_eq!(receiver.told().len(), 1);
    // Though others have taken all turns, whoever has none gets one.
    let others = (0..256).map(|n| (format!("other {}", n % 8), format!("{n}")));
    desk.sender.under_way.lock().unwrap().extend(others);
    desk.put_of("b", "told again", 1, &url).await;
    desk.sender.turn(&mut receivers).await.unwrap();
    assert_eq!(receivers.len(), 33);
    receivers.join_next().await.unwrap().unwrap();
    assert_eq!(receiver.told().len(), 2);
    receivers.shutdown().await;
    desk.store.close().await;
}

/// One attempt for all of its contracts, each pause twice the last; told at once when it
/// is there, and given up together.
#[tokio::test]
async fn a_receiver_that_is_away_rests_as_a_whole() {
    let (listener, port) = listen().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let desk = desk(&local(port), Vec::new()).await;
    let url = format!("http://127.0.0.1:{port}/");
    for contract in ["a", "b", "c"] {
        desk.put(contract, 1, &url).await;
    }
    for (attempts, pause) in [(1, 1000), (2, 2000), (3, 4000)] {
        desk.turn().await;
        desk.clock.fetch_add(pause - 1, SeqCst);
        assert_eq!(desk.due().await, []);
        desk.clock.fetch_add(1, SeqCst);
        let due = desk.due().await;
        let tried: Vec<u64> = due.iter().map(|(_, attempts)| *attempts).collect();
        assert_eq!(tried, [attempts, 0, 0]);
    }
    let receiver = Receiver::default();
    let (listener, router) = (TcpListener::bind(address).await.unwrap(), receiver.router());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    desk.turn().await;
    assert_eq!(receiver.told().len(), 3);
    serving.abort();
    let _ = serving.await;
    for contract in ["d", "e"] {
        desk.put(contract, 1, &url).await;
    }
    desk.clock.fetch_add(30 * 24 * 3600 * 1000 + 1, SeqCst);
    desk.turn().await;
    assert_eq!(desk.waiting().await, 0);
    desk.store.close().await;
}

/// A contract whose time is over and that cannot be looked at.
#[tokio::test]
async fn what_cannot_be_looked_at_is_looked_at_again_after_a_pause() {
    let desk = desk(&[], Vec::new()).await;
    let row = Row::Callback {
        contract: "a".to_owned(),
        seq: 1,
        url: "https://bank.com/".to_owned(),
        receiver: String::new(),
        event: DUE.to_owned(),
        at: 0,
        next: 0,
    };
    let change = Change {
        tenant: TENANT.to_owned(),
        rows: vec![row],
        ..Change::default()
    };
    desk.store.commit(change).await.unwrap();
    let due = async || {
        let mut receivers = JoinSet::new();
        let due = desk.sender.turn(&mut receivers).await.unwrap();
        assert!(receivers.is_empty());
        due
    };
    for pause in [1000, 2000, 4000] {
        let rows = due().await;
        desk.sender.looked(&rows[0], false).await.unwrap();
        desk.clock.fetch_add(pause - 1, SeqCst);
        assert_eq!(due().await, []);
        desk.clock.fetch_add(1, SeqCst);
    }
    let rows = due().await;
    desk.sender.looked(&rows[0], true).await.unwrap();
    assert_eq!(desk.waiting().await, 0);
    desk.store.close().await;
}

#[tokio::test]
async fn contracts_whose_time_is_over_are_looked_at_side_by_side() {
    let desk = desk(&[], Vec::new()).await;
    for n in 0..20 {
        desk.put(&format!("{n}"), 1, "https://bank.com/").await;
    }
    let due = desk.store.callbacks(i64::MAX, 100, 100).await.unwrap();
    let (now, most) = (AtomicI64::new(0), AtomicI64::new(0));
    let view = async |tenant: String, contract: String| {
        assert_eq!(tenant, TENANT);
        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        tokio::task::yield_now().await;
        now.fetch_sub(1, SeqCst);
        contract != "7"
    };
    desk.sender.look(due, view).await;
    assert_eq!(most.load(SeqCst), 8);
    // The one that was not seen is looked at again.
    assert_eq!(desk.waiting().await, 1);
    assert_eq!(desk.due().await, []);
    desk.store.close().await;
}

/// An authority that nobody knows, and the certificate that it gave to a name.
fn certified(name: &str) -> (Certificate, (rcgen::Certificate, KeyPair)) {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let own = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    (Certificate::from_der(own.der()).unwrap(), (leaf, key))
}

/// By TLS, under the name's certificate: of an authority of the world, or of one that the
/// operator has named.
#[tokio::test]
async fn a_receiver_shows_a_certificate_of_a_known_authority() {
    let name = "hooks.bank.invalid";
    let receiver = Receiver::default();
    let (root, certificate) = certified(name);
    let (other_root, other) = certified("hooks.other.invalid");
    let (stranger, _) = certified(name);
    let (port, foreign) = (
        receiver.serve_tls(certificate).await,
        receiver.serve_tls(other).await,
    );
    let allowed = [port, foreign].map(|port| format!("{name}:{port}"));
    let here = vec!["127.0.0.1".parse().unwrap()];
    for (roots, port, told) in [
        (vec![root.clone()], port, true),
        (vec![stranger.clone(), root], port, true),
        (vec![], port, false),
        (vec![stranger], port, false),
        // Its own authority is known, and it is not who was asked for.
        (vec![other_root], foreign, false),
    ] {
        let desk = desk_with(&allowed, here.clone(), roots).await;
        desk.put("a", 4, &format!("https://{name}:{port}/hook"))
            .await;
        let before = receiver.told().len();
        let outcome = desk.tell_first().await;
        assert_eq!(outcome.is_ok(), told, "{outcome:?}");
        assert!(told || matches!(outcome, Err(NotTold::Unreached(_))));
        assert_eq!(receiver.told().len(), before + usize::from(told));
        desk.store.close().await;
    }
}
