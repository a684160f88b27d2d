//! An identity authority for tests and trials, as a real server on a real socket.
//!
//! It speaks `docs/identity-authority.md`: it checks who asks, knows people, companies and
//! accounts ([`world`]), compares what it is told with them ([`judging`]), and signs its
//! answers ([`answering`]). It can be told to misbehave: `POST /simulator`. Every answer
//! says that it is the simulator's.

mod answering;
mod control;
mod judging;

pub mod world;
mod wrong;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{self, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde_json::{Value, json};

use crate::{
    authority::{HttpAuthority, PATH, Settings},
    house::{Reason, now},
    outside::{Credential, Proof, SecretMac},
    simulator::{Answers, Before, ClientKeys, Entered, Entry, KEY_ID, refuse},
};
use answering::AnswerKey;
use judging::Told;

use world::World;
use wrong::Wrong;

pub use answering::AnswersBy;

/// How the simulator calls itself.
pub const NAME: &str = "authority-simulator";

/// What a client in another process needs; the files lie in the folder that was given.
pub struct Started {
    /// Where it listens.
    pub address: SocketAddr,
    /// The shared secret, base64.
    pub secret: PathBuf,
    /// The client's SM2 key, PKCS #8 PEM.
    pub client_key: PathBuf,
    /// The public key of its answers, PEM, if they are not under the secret.
    pub answer_key: Option<PathBuf>,
}

/// A simulator for this process.
pub struct Embedded {
    /// Where it listens.
    pub address: SocketAddr,
    /// The adapter that asks it.
    pub authority: HttpAuthority,
}

struct Simulator {
    entry: Entry<Wrong>,
    key: AnswerKey,
    state: Mutex<Records>,
}

/// What it knows and what it did.
struct Records {
    world: World,
    answers: Answers,
    /// The last answer as it went out.
    last: Option<(HeaderMap, Vec<u8>)>,
}

type Shared = Arc<Simulator>;

/// Starts it with fresh keys and so many people of its own making, and writes what its
/// client needs into `folder`.
pub async fn simulate(
    listen: SocketAddr,
    folder: &Path,
    by: AnswersBy,
    people: u32,
) -> Result<Started, Reason> {
    let client = ClientKeys::make()?;
    let (secret, client_key) = client.write(folder)?;
    let key = AnswerKey::make(by, &client)?;
    let answer_key = key.write(folder)?;
    let address = serve(listen, &client, key, people).await?;
    Ok(Started {
        address,
        secret,
        client_key,
        answer_key,
    })
}

/// Starts it for this process alone: its secret is in no file.
pub async fn embedded(listen: SocketAddr) -> Result<Embedded, Reason> {
    let client = ClientKeys::make()?;
    let key = AnswerKey::make(AnswersBy::Hmac, &client)?;
    let address = serve(listen, &client, key, 0).await?;
    let settings = Settings::at(format!("http://{address}"), KEY_ID);
    let secret = client.shared(SecretMac::default())?;
    let credential = Credential::with_secret(KEY_ID, secret.clone())?;
    let proof = Proof::Shared(Box::new(secret));
    Ok(Embedded {
        address,
        authority: HttpAuthority::with(settings, credential, proof, Arc::new(now))?,
    })
}

async fn serve(
    listen: SocketAddr,
    client: &ClientKeys,
    key: AnswerKey,
    people: u32,
) -> Result<SocketAddr, Reason> {
    let simulator = Arc::new(Simulator {
        entry: Entry::new(client.door()?),
        key,
        state: Mutex::new(Records {
            world: World::of_samples(people)?,
            answers: Answers::default(),
            last: None,
        }),
    });
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route(&format!("{PATH}/{{question}}"), post(ask))
        .route("/people", put(control::people).get(control::all_people))
        .route(
            "/companies",
            put(control::companies).get(control::all_companies),
        )
        .route("/accounts/{number}", get(control::account))
        .route("/liveness", post(control::liveness))
        .route("/simulator", get(control::counted).post(control::tell))
        .layer(extract::DefaultBodyLimit::max(8 * 1024 * 1024))
        .with_state(simulator);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

impl Simulator {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `POST /v1/identity/{question}`.
async fn ask(
    State(simulator): State<Shared>,
    extract::Path(question): extract::Path<String>,
    request: extract::Request,
) -> Response {
    let Entered { body, key } = match simulator.entry.enter(request).await {
        Ok(entered) => entered,
        Err(refusal) => return refusal,
    };
    let Some(nonce) = key else {
        return refuse(StatusCode::BAD_REQUEST, "idempotency-key-missing");
    };
    let Ok(told) = serde_json::from_slice::<Told>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "request-malformed");
    };
    if told.nonce != nonce {
        return refuse(StatusCode::BAD_REQUEST, "nonce-wrong");
    }
    let mut records = simulator.records();
    let answer = match records.answers.before(&nonce, &body) {
        Before::Same(answer) => answer,
        Before::Other => return refuse(StatusCode::CONFLICT, "nonce-used"),
        Before::Fresh => {
            let found = match judging::judge(&question, &told, &mut records.world, now()) {
                Ok(found) => found,
                Err(code) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, code),
            };
            let answer = answer(&nonce, &found);
            records.answers.keep(nonce.clone(), &body, answer.clone());
            answer
        }
    };
    if simulator.entry.faults().loses() {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "simulated");
    }
    let wrong = simulator.entry.faults().wrong;
    if let (Some(Wrong::Replay), Some((headers, body))) = (wrong, &records.last) {
        return (headers.clone(), body.clone()).into_response();
    }
    match simulator.key.dress(&nonce, answer, wrong) {
        Ok((headers, body)) => {
            records.last = Some((headers.clone(), body.clone()));
            (headers, body).into_response()
        }
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.code()),
    }
}

fn answer(nonce: &str, found: &judging::Found) -> Value {
    json!({
        "authority": NAME,
        "nonce": nonce,
        "verdict": found.verdict,
        "score": found.score,
        "reference": found.reference,
        "receipt": crypto::random_id(),
        "time": now(),
    })
}
