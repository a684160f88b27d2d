//! A certificate authority for tests and trials, as a real server on a real socket.
//!
//! It speaks `docs/external-ca.md`: it checks who asks, that the requester has the key,
//! and does what an idempotency key asks once. It can be told to misbehave: `POST
//! /simulator`. Its certificates name it, and so does everything that
//! is signed with them.

mod hierarchy;
mod issuing;
mod wrong;

use std::{
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
use crypto::Suite;
use pki::Certificate;
use serde_json::{Value, json};

use crate::{
    external_ca::protocol::{AUTHORITY, Authority, CERTIFICATES, REVOCATIONS},
    house::{Reason, now},
    simulator::{ClientKeys, Entry, Faults, put},
};
use hierarchy::Hierarchy;
use issuing::Records;
use wrong::Wrong;

/// How the simulator calls itself.
const NAME: &str = "ca-simulator";

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
    entry: Entry<Wrong>,
    hierarchies: Vec<Hierarchy>,
    records: Mutex<Records>,
}

type Shared = Arc<Simulator>;

/// Starts it, with fresh keys, and writes what its client needs into `folder`.
pub async fn simulate(listen: SocketAddr, folder: &Path) -> Result<Started, Reason> {
    let began = now().div_euclid(1000);
    let suites = [Suite::Sm2Sm3, Suite::P256Sha256];
    let hierarchies = suites.map(|suite| Hierarchy::make(suite, began));
    let hierarchies = hierarchies.into_iter().collect::<Result<Vec<_>, _>>()?;
    let roots = hierarchies.iter().map(|one| one.root.to_pem());
    let anchors = put(folder, "anchors.pem", &roots.collect::<String>())?;
    let client = ClientKeys::make()?;
    let (secret, client_key) = client.write(folder)?;
    let simulator = Arc::new(Simulator {
        entry: Entry::new(client.door()?),
        hierarchies,
        records: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route(CERTIFICATES, post(issuing::issue))
        .route(&format!("{CERTIFICATES}/{{serial}}"), get(issuing::status))
        .route(REVOCATIONS, post(issuing::revoke))
        .route(AUTHORITY, get(authority))
        .route("/simulator", get(counted).post(tell))
        .with_state(simulator);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Started {
        address,
        anchors,
        secret,
        client_key,
    })
}

impl Simulator {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hierarchy(&self, suite: &str) -> Option<&Hierarchy> {
        let mut all = self.hierarchies.iter();
        all.find(|one| one.suite.name() == suite)
    }
}

async fn authority(State(simulator): State<Shared>, request: axum::extract::Request) -> Response {
    if let Err(refusal) = simulator.entry.enter(request).await {
        return refusal;
    }
    let authority = NAME.to_owned();
    Json(Authority { authority }).into_response()
}

/// What it has done, for tests.
async fn counted(State(simulator): State<Shared>) -> Json<Value> {
    let requests = simulator.entry.faults().requests;
    let records = simulator.records();
    Json(json!({
        "requests": requests,
        "issued": records.issued.len(),
        "revoked": records.issued.values().filter(|revoked| revoked.is_some()).count(),
    }))
}

/// Tells the simulator how to behave from now on.
async fn tell(State(simulator): State<Shared>, Json(told): Json<Faults<Wrong>>) -> StatusCode {
    simulator.entry.faults().told(told);
    StatusCode::NO_CONTENT
}

/// A chain as the protocol has it.
fn pem(chain: &[&Certificate]) -> String {
    chain.iter().map(|one| one.to_pem()).collect()
}
