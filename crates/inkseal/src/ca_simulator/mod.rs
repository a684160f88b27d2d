//! A certificate authority for tests and trials, as a real server on a real socket.
//!
//! It speaks `docs/external-ca.md`: it checks who asks ([`door`]), that the requester has
//! the key, and does what an idempotency key asks once. It can be told to misbehave
//! ([`faults`]): `POST /simulator`. Its certificates name it, and so does everything that
//! is signed with them.

mod door;
mod faults;
mod hierarchy;
mod issuing;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{MacKey, Signer, SoftwareKey, Suite};
use pki::Certificate;
use serde_json::{Value, json};

use crate::{
    external_ca::protocol::{AUTHORITY, Authority, CERTIFICATES, REVOCATIONS},
    house::{Reason, now},
};
use door::Door;
use faults::Faults;
use hierarchy::Hierarchy;
use issuing::Records;

/// How the simulator calls itself.
const NAME: &str = "ca-simulator";
/// The client's name for its key.
const KEY_ID: &str = "inkseal";

/// What a client needs to speak to it; the files lie in the folder that it was given.
pub struct Started {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its roots, PEM.
    pub anchors: PathBuf,
    /// The shared secret, base64.
    pub secret: PathBuf,
    /// The client's SM2 key, PKCS #8 PEM.
    pub client_key: PathBuf,
}

struct Simulator {
    door: Mutex<Door>,
    hierarchies: Vec<Hierarchy>,
    faults: Mutex<Faults>,
    records: Mutex<Records>,
}

type Shared = Arc<Simulator>;

/// Starts it, with fresh keys, and writes what its client needs into `folder`.
pub async fn simulate(listen: SocketAddr, folder: &Path) -> Result<Started, Reason> {
    std::fs::create_dir_all(folder)?;
    let began = now().div_euclid(1000);
    let suites = [Suite::Sm2Sm3, Suite::P256Sha256];
    let hierarchies = suites.map(|suite| Hierarchy::make(suite, began));
    let hierarchies = hierarchies.into_iter().collect::<Result<Vec<_>, _>>()?;
    let secret = crypto::random::<32>();
    let client_key = SoftwareKey::generate(Suite::Sm2Sm3)?;
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map(|()| path)
    };
    let roots = hierarchies.iter().map(|one| one.root.to_pem());
    let anchors = put("anchors.pem", &roots.collect::<String>())?;
    let secret_file = put("secret", &STANDARD.encode(secret))?;
    let client_file = put("client-key.pem", &client_key.to_pem()?)?;
    let shared = MacKey::new(&secret).ok_or("the secret is too short")?;
    let door = Door::new(KEY_ID, shared, client_key.spki())?;
    let simulator = Arc::new(Simulator {
        door: Mutex::new(door),
        hierarchies,
        faults: Mutex::default(),
        records: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route(CERTIFICATES, post(issuing::issue))
        .route(&format!("{CERTIFICATES}/{{serial}}"), get(issuing::status))
        .route(REVOCATIONS, post(issuing::revoke))
        .route(AUTHORITY, get(authority))
        .route("/simulator", get(counted).post(faults::tell))
        .with_state(simulator);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Started {
        address,
        anchors,
        secret: secret_file,
        client_key: client_file,
    })
}

impl Simulator {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hierarchy(&self, suite: &str) -> Option<&Hierarchy> {
        let mut all = self.hierarchies.iter();
        all.find(|one| one.suite.name() == suite)
    }
}

/// A refusal with a code.
fn refuse(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({ "code": code }))).into_response()
}

async fn authority(State(simulator): State<Shared>, request: axum::extract::Request) -> Response {
    if let Err(refusal) = enter(&simulator, request).await {
        return refusal;
    }
    let authority = NAME.to_owned();
    Json(Authority { authority }).into_response()
}

/// What it has done, for tests.
async fn counted(State(simulator): State<Shared>) -> Json<Value> {
    let requests = simulator.faults().requests;
    let records = simulator.records();
    Json(json!({
        "requests": requests,
        "issued": records.issued.len(),
        "revoked": records.issued.values().filter(|revoked| revoked.is_some()).count(),
    }))
}

/// Lets a request in: counts it, misbehaves if told to, and checks who asks. Gives its
/// body and idempotency key.
async fn enter(
    simulator: &Simulator,
    request: axum::extract::Request,
) -> Result<(Vec<u8>, Option<String>), Response> {
    let fault = simulator.faults().next();
    fault.happen().await?;
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1024 * 1024).await;
    let body = body.map_err(|_| refuse(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"))?;
    let mut door = simulator
        .door
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let known = door.check(&parts, &body, now().div_euclid(1000));
    known.map_err(|code| refuse(StatusCode::UNAUTHORIZED, code))?;
    let key = parts.headers.get("idempotency-key");
    let key = key.and_then(|key| Some(key.to_str().ok()?.to_owned()));
    Ok((body.to_vec(), key))
}

/// A chain as the protocol has it.
fn pem(chain: &[&Certificate]) -> String {
    chain.iter().map(|one| one.to_pem()).collect()
}

/// Answers by idempotency key: digest of what was asked, and what was answered.
type Answers = BTreeMap<String, (String, Value)>;
