//! An SMS gateway for tests and trials, as a real server on a real socket.
//!
//! It speaks `docs/sms.md` and delivers to an inbox that anybody can look at: a page
//! ([`page`]), and lists by number. Its receipts name it. It can be told to misbehave:
//! `POST /simulator`.

mod inbox;
mod page;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{self, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    house::{Reason, now},
    outside::{Credential, SecretMac},
    simulator::{Answers, Before, ClientKeys, Entered, Entry, Faults, KEY_ID, refuse},
};
use inbox::{Delivered, Inbox};

/// How the simulator calls itself.
const NAME: &str = "sms-simulator";

/// What a client in another process needs; the files lie in the folder that was given.
pub struct Started {
    /// Where it listens.
    pub address: SocketAddr,
    /// The shared secret, base64.
    pub secret: PathBuf,
    /// The client's SM2 key, PKCS #8 PEM.
    pub client_key: PathBuf,
}

/// A simulator for this process.
pub struct Embedded {
    /// Where it listens.
    pub address: SocketAddr,
    /// With what requests to it are signed.
    pub credential: Credential,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wrong {
    /// Messages are taken and do not reach the telephone.
    Undelivered,
    /// It is never known whether they do.
    Pending,
    /// Answers have no number of the message.
    Id,
}

struct Simulator {
    entry: Entry<Wrong>,
    records: Mutex<Records>,
}

#[derive(Default)]
struct Records {
    inbox: Inbox,
    answers: Answers,
}

type Shared = Arc<Simulator>;

#[derive(Deserialize)]
struct Message {
    to: String,
    text: String,
}

/// Starts it with fresh keys, and writes what its client needs into `folder`. Requests
/// without a signature come in too.
pub async fn simulate(listen: SocketAddr, folder: &Path) -> Result<Started, Reason> {
    let client = ClientKeys::make()?;
    let (secret, client_key) = client.write(folder)?;
    let address = serve(listen, Entry::open(client.door()?)).await?;
    Ok(Started {
        address,
        secret,
        client_key,
    })
}

/// Starts it for this process alone: its secret is in no file, and nothing unsigned comes
/// in.
pub async fn embedded(listen: SocketAddr) -> Result<Embedded, Reason> {
    let client = ClientKeys::make()?;
    let address = serve(listen, Entry::new(client.door()?)).await?;
    Ok(Embedded {
        address,
        credential: Credential::with_secret(KEY_ID, client.shared(SecretMac::default())?)?,
    })
}

async fn serve(listen: SocketAddr, entry: Entry<Wrong>) -> Result<SocketAddr, Reason> {
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let simulator = Arc::new(Simulator {
        entry,
        records: Mutex::default(),
    });
    let router = Router::new()
        .route("/", get(page::inbox))
        .route("/messages", post(accept))
        .route("/messages/{number}", get(last))
        .route("/messages/{number}/all", get(all))
        .route("/receipts/{id}", get(receipt))
        .route("/simulator", get(counted).post(tell))
        .with_state(simulator);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

impl Simulator {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `POST /messages`: one message for one idempotency key.
async fn accept(State(simulator): State<Shared>, request: extract::Request) -> Response {
    let Entered { body, key } = match simulator.entry.enter(request).await {
        Ok(entered) => entered,
        Err(refusal) => return refusal,
    };
    let Ok(message) = serde_json::from_slice::<Message>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "request-malformed");
    };
    let key = key.unwrap_or_else(crypto::random_id);
    let mut records = simulator.records();
    let answer = match records.answers.before(&key, &body) {
        Before::Same(answer) => answer,
        Before::Other => return refuse(StatusCode::CONFLICT, "idempotency-key-reused"),
        Before::Fresh => {
            let id = records.inbox.put(message.to, message.text, now());
            let answer = json!({ "id": id, "gateway": NAME });
            records.answers.keep(key, &body, answer.clone());
            answer
        }
    };
    drop(records);
    if simulator.entry.faults().loses() {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "simulated");
    }
    if simulator.entry.faults().wrong == Some(Wrong::Id) {
        return Json(json!({ "gateway": NAME })).into_response();
    }
    Json(answer).into_response()
}

/// `GET /receipts/{id}`
async fn receipt(
    State(simulator): State<Shared>,
    extract::Path(id): extract::Path<String>,
    request: extract::Request,
) -> Response {
    if let Err(refusal) = simulator.entry.enter(request).await {
        return refusal;
    }
    if !simulator.records().inbox.has(&id) {
        return refuse(StatusCode::NOT_FOUND, "message-unknown");
    }
    let state = match simulator.entry.faults().wrong {
        Some(Wrong::Undelivered) => "failed",
        Some(Wrong::Pending) => "pending",
        _ => "delivered",
    };
    Json(json!({ "id": id, "state": state })).into_response()
}

/// `GET /messages/{number}`: the last one.
async fn last(
    State(simulator): State<Shared>,
    extract::Path(number): extract::Path<String>,
) -> Result<Json<Delivered>, StatusCode> {
    let records = simulator.records();
    let mut messages = records.inbox.of(&number);
    messages.next().map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// `GET /messages/{number}/all`: the newest first.
async fn all(
    State(simulator): State<Shared>,
    extract::Path(number): extract::Path<String>,
) -> Json<Vec<Delivered>> {
    Json(simulator.records().inbox.of(&number).collect())
}

/// `GET /simulator`
async fn counted(State(simulator): State<Shared>) -> Json<Value> {
    let requests = simulator.entry.faults().requests;
    let messages = simulator.records().inbox.sent();
    Json(json!({ "requests": requests, "messages": messages }))
}

/// `POST /simulator`: how to behave from now on.
async fn tell(State(simulator): State<Shared>, Json(told): Json<Faults<Wrong>>) -> StatusCode {
    simulator.entry.faults().told(told);
    StatusCode::NO_CONTENT
}
