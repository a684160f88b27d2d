//! A witness: cosigns what follows the last checkpoint that it cosigned, and nothing
//! else.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ledger::{AddCheckpoint, Checkpoint, LONGEST_REQUEST, VerifierKey, WitnessKey, WitnessRefusal};
use store::{Change, CommitError, Row, Store, Table};
use tower_http::timeout::TimeoutLayer;

use super::PATIENCE;
use crate::house::{Reason, now, open_keys};

/// Name of the key's seed in the key store.
const SEED: &str = "witness/key";

/// A witness of some logs. The last checkpoint of each is in its store.
pub struct Witness {
    store: Store,
    key: WitnessKey,
    /// Verifier keys by origin.
    logs: BTreeMap<String, String>,
}

/// Why there is no cosignature.
#[derive(Debug)]
enum Refused {
    /// The request's fault.
    Request(WitnessRefusal),
    /// Ours.
    Inside(String),
}

impl From<WitnessRefusal> for Refused {
    fn from(refusal: WitnessRefusal) -> Self {
        Self::Request(refusal)
    }
}

impl Witness {
    /// Opens the witness of a folder; the first opening makes its key. `logs` are
    /// verifier keys; several of one log have the same name.
    pub async fn open(data: &Path, name: &str, logs: &[String]) -> Result<Self, Reason> {
        let store = Store::open(data).await?;
        let keys = open_keys(data)?;
        if keys.bytes(SEED).is_none() {
            keys.put_bytes(SEED, &crypto::random::<32>())?;
        }
        let seed = keys.bytes(SEED).ok_or("the witness's key is gone")?;
        let key = WitnessKey::from_seed(name, &seed)?;
        let mut known = BTreeMap::<String, String>::new();
        for log in logs.iter().flat_map(|keys| keys.lines()) {
            let name = VerifierKey::parse(log)?.name().to_owned();
            let keys = known.entry(name).or_default();
            keys.push_str(log.trim());
            keys.push('\n');
        }
        for keys in known.values() {
            VerifierKey::of_log(keys)?;
        }
        Ok(Self {
            store,
            key,
            logs: known,
        })
    }

    /// Its verifier key.
    pub fn verifier(&self) -> String {
        self.key.verifier()
    }

    /// Closes its folder.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Judges a request, writes the checkpoint down durably, and cosigns it.
    async fn add(&self, body: &[u8]) -> Result<String, Refused> {
        let body = std::str::from_utf8(body).map_err(|_| WitnessRefusal::Malformed)?;
        let request = AddCheckpoint::parse(body)?;
        let origin = request.origin()?;
        let keys = self.logs.get(&origin).ok_or(WitnessRefusal::UnknownLog)?;
        let last = self.last(&origin, keys).await?;
        let judged = request.judge(keys, last.as_ref());
        if let Err(WitnessRefusal::Proof | WitnessRefusal::Conflict { .. }) = judged {
            // May be proof of a fork; the checkpoint is signed by the log.
            tracing::warn!(origin, note = request.note, "a checkpoint was not cosigned");
        }
        let checkpoint = judged?;
        let after = last.map(|last| last.size);
        if after != Some(checkpoint.size) {
            self.write_down(&origin, keys, after, checkpoint.size, &request.note)
                .await?;
        }
        let time = u64::try_from(now() / 1000).unwrap_or_default();
        let line = self.key.cosign(&request.note, time);
        line.map_err(|error| Refused::Inside(error.to_string()))
    }

    /// The last checkpoint of a log that was cosigned.
    async fn last(&self, origin: &str, keys: &str) -> Result<Option<Checkpoint>, Refused> {
        let inside = |error: &dyn std::fmt::Display| Refused::Inside(error.to_string());
        let last = self.store.ledger_checkpoint(origin).await;
        let last = last.map_err(|error| inside(&error))?;
        let last = last.map(|last| Checkpoint::open(&last.note, keys));
        last.transpose().map_err(|error| inside(&error))
    }

    /// Puts a checkpoint in the place of the last one, if that is still the last one.
    async fn write_down(
        &self,
        origin: &str,
        keys: &str,
        after: Option<u64>,
        size: u64,
        note: &str,
    ) -> Result<(), Refused> {
        let note = note.to_owned();
        let change = Change {
            tenant: origin.to_owned(),
            rows: vec![Row::LedgerCheckpoint { after, size, note }],
            ..Change::default()
        };
        match self.store.commit(change).await {
            Ok(_) => Ok(()),
            Err(CommitError::Duplicate(Table::LedgerCheckpoint)) => {
                let last = self.last(origin, keys).await?;
                let size = last.map_or(0, |last| last.size);
                Err(WitnessRefusal::Conflict { size }.into())
            }
            Err(error) => Err(Refused::Inside(error.to_string())),
        }
    }
}

/// `POST /add-checkpoint`, and `GET /vkey` for whoever wants to trust it.
pub fn router(witness: Arc<Witness>) -> Router {
    let key = witness.verifier();
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/vkey", get(|| async move { format!("{key}\n") }))
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .with_state(witness)
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    // A task of its own: a caller that hangs up does not stop it half way.
    let done = tokio::spawn(async move { witness.add(&body).await });
    match done.await {
        Ok(Ok(line)) => line.into_response(),
        Ok(Err(Refused::Request(WitnessRefusal::Conflict { size }))) => {
            let kind = [(header::CONTENT_TYPE, "text/x.tlog.size")];
            (StatusCode::CONFLICT, kind, format!("{size}\n")).into_response()
        }
        Ok(Err(Refused::Request(refusal))) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, format!("{refusal}\n")).into_response()
        }
        Ok(Err(Refused::Inside(error))) => {
            tracing::error!(error, "the witness could not write down a checkpoint");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
