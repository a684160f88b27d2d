//! Tells what is to be told.
//!
//! Each receiver has its own turn, and the next one when that is over: one that is slow
//! or away keeps nobody else waiting. A tenant has a part of the turns, so that its
//! receivers keep no other tenant's waiting. One that was not reached rests as a whole,
//! longer each time, however many contracts have something for it.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use reqwest::{Certificate, Client, Request, header, redirect::Policy};
use serde_json::json;
use signing::{ports::Clock, service::DUE};
use store::{Change, CommitError, ReadError, Row, Store, StoredCallback};
use tokio::task::JoinSet;

use super::guard::{Forbidden, Guard};
use crate::{
    http::time::rfc3339,
    outside::{Credential, OutsideError, reason, sign},
};

/// Callbacks that are looked at in one turn, of one receiver and of all.
const EACH: u32 = 256;
const TURN: u32 = 4096;
/// Callbacks that are told to one receiver side by side.
const SIDE_BY_SIDE: usize = 16;
/// Receivers whose turn it is at the same time, of all tenants and of one. A tenant none
/// of whose receivers has a turn gets one for the first, though all are taken.
const RECEIVERS: usize = 256;
const OF_TENANT: usize = 32;
/// Contracts whose time is over that are looked at side by side.
const LOOKS: usize = 8;
/// Time for one request, its answer included.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause, and the longest, milliseconds.
const FIRST: i64 = 1000;
const LONGEST: i64 = 24 * 3600 * 1000;
/// How long it is tried, milliseconds: 30 days.
const GIVEN_UP: i64 = 30 * 24 * 3600 * 1000;

/// Who knows the addresses of names.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of a name.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's names.
pub struct Names;

#[async_trait]
impl Resolve for Names {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Tells receivers.
pub struct Sender {
    pub store: Store,
    pub guard: Arc<Guard>,
    pub credential: Credential,
    pub names: Arc<dyn Resolve>,
    /// Roots beside the system's.
    pub roots: Vec<Certificate>,
    pub clock: Clock,
    /// Receivers whose turn it is.
    pub under_way: Mutex<BTreeSet<Name>>,
}

/// A receiver: its tenant, and its host and port.
type Name = (String, String);

/// A receiver's turn; over when it is dropped.
struct Turn {
    sender: Arc<Sender>,
    name: Name,
}

impl Turn {
    /// None when its last turn is not over, or its tenant or all have as many as they may.
    fn of(sender: &Arc<Sender>, name: Name) -> Option<Self> {
        {
            let mut under_way = lock(&sender.under_way);
            let all = under_way.len();
            let own = under_way.iter().filter(|(tenant, _)| *tenant == name.0);
            let own = own.count();
            if own > 0 && (own >= OF_TENANT || all >= RECEIVERS) {
                return None;
            }
            if !under_way.insert(name.clone()) {
                return None;
            }
        }
        let sender = Arc::clone(sender);
        Some(Self { sender, name })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.sender.under_way).remove(&self.name);
    }
}

fn lock(under_way: &Mutex<BTreeSet<Name>>) -> std::sync::MutexGuard<'_, BTreeSet<Name>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a receiver was not told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// It may not be called.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Its name was not found.
    #[error("the name was not found: {0}")]
    Name(#[from] io::Error),
    /// It was not reached.
    #[error("it was not reached: {0}")]
    Unreached(String),
    /// The request could not be signed.
    #[error(transparent)]
    Unsigned(#[from] OutsideError),
    /// It did not take it. Redirects are not followed.
    #[error("it answered with status {0}")]
    Refused(u16),
}

/// Why the outbox could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Reading.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Noting.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Sender {
    /// Begins to tell all that is to be told by now, of each contract one thing: each
    /// receiver in a task of its own. Gives the contracts whose time for signing is over.
    pub async fn turn(
        self: &Arc<Self>,
        receivers: &mut JoinSet<()>,
    ) -> Result<Vec<StoredCallback>, OutboxError> {
        let rows = self.store.callbacks((self.clock)(), EACH, TURN).await?;
        let (due, told): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.event == DUE);
        let mut all: HashMap<Name, Vec<StoredCallback>> = HashMap::new();
        // In the order of what was read, which takes the tenants in turn.
        let mut order = Vec::new();
        for row in told {
            let name = (row.tenant.clone(), row.receiver.clone());
            let rows = all.entry(name.clone()).or_default();
            if rows.is_empty() {
                order.push(name);
            }
            rows.push(row);
        }
        for name in order {
            let rows = all.remove(&name).unwrap_or_default();
            let Some(turn) = Turn::of(self, name) else {
                continue;
            };
            receivers.spawn(async move {
                if let Err(error) = turn.sender.tell_all(rows).await {
                    tracing::warn!(%error, "what became of callbacks could not be noted");
                }
            });
        }
        Ok(due)
    }

    /// Tells one receiver: first one thing, and the rest side by side if it was reached.
    async fn tell_all(&self, rows: Vec<StoredCallback>) -> Result<(), OutboxError> {
        let mut rows = rows.into_iter();
        let Some(first) = rows.next() else {
            return Ok(());
        };
        if !self.attempt(first).await? {
            return Ok(());
        }
        let mut all = stream::iter(rows)
            .map(|row| self.attempt(row))
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some(noted) = all.next().await {
            noted?;
        }
        Ok(())
    }

    /// Tells one thing, and notes what became of it. Gives whether the receiver was
    /// reached.
    async fn attempt(&self, row: StoredCallback) -> Result<bool, OutboxError> {
        let outcome = self.tell(&row).await;
        let now = (self.clock)();
        let Err(error) = outcome else {
            self.note(&row, tried(&row, None), None).await?;
            return Ok(true);
        };
        let (contract, again) = (&row.contract, now - row.at < GIVEN_UP);
        tracing::warn!(%error, contract, event = row.event, again, "a receiver was not told");
        let next = now.saturating_add(pause(row.attempts));
        let away = matches!(error, NotTold::Name(_) | NotTold::Unreached(_));
        // Of rows from before there were receivers none is known.
        let rests = (away && !row.receiver.is_empty()).then(|| Row::ReceiverRests {
            receiver: row.receiver.clone(),
            until: next,
            over: now.saturating_sub(GIVEN_UP),
        });
        self.note(&row, tried(&row, again.then_some(next)), rests)
            .await?;
        Ok(!away)
    }

    /// Looks at contracts whose time is over, some side by side. `view` looks at one, of a
    /// tenant, and says whether it was seen.
    pub async fn look<F: Future<Output = bool>>(
        &self,
        due: Vec<StoredCallback>,
        view: impl Fn(String, String) -> F,
    ) {
        let look = async |row: StoredCallback| {
            let seen = view(row.tenant.clone(), row.contract.clone()).await;
            if let Err(error) = self.looked(&row, seen).await {
                tracing::warn!(%error, contract = row.contract, "{DUE}");
            }
        };
        stream::iter(due).for_each_concurrent(LOOKS, look).await;
    }

    /// Notes that a contract was looked at whose time is over, or that it is looked at
    /// again after a pause.
    pub async fn looked(&self, row: &StoredCallback, done: bool) -> Result<(), OutboxError> {
        let next = (self.clock)().saturating_add(pause(row.attempts));
        self.note(row, tried(row, (!done).then_some(next)), None)
            .await
    }

    async fn note(
        &self,
        row: &StoredCallback,
        tried: Row,
        rests: Option<Row>,
    ) -> Result<(), OutboxError> {
        let change = Change {
            tenant: row.tenant.clone(),
            rows: std::iter::once(tried).chain(rests).collect(),
            ..Change::default()
        };
        self.store.commit(change).await?;
        Ok(())
    }

    /// One request, to an address that was looked at.
    pub async fn tell(&self, row: &StoredCallback) -> Result<(), NotTold> {
        let target = self.guard.look(&row.url)?;
        let addresses = match target.host.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                let found = self.names.addresses(&target.host);
                let found = tokio::time::timeout(PATIENCE, found).await;
                found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?
            }
        };
        let address = Guard::look_at(&target, &addresses)?;
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            // What was looked at is what is connected to: nobody is asked again.
            .resolve(&target.host, SocketAddr::new(address, target.port))
            .tls_certs_merge(self.roots.clone())
            .timeout(PATIENCE)
            .build()
            .map_err(broken)?;
        let request = self.request(&client, target.url, row).await?;
        let answer = client.execute(request).await.map_err(broken)?;
        let status = answer.status();
        // Nothing of the answer is read.
        if status.is_success() {
            return Ok(());
        }
        Err(NotTold::Refused(status.as_u16()))
    }

    async fn request(
        &self,
        client: &Client,
        url: reqwest::Url,
        row: &StoredCallback,
    ) -> Result<Request, NotTold> {
        let body = json!({
            "event": row.event, "contract": row.contract, "time": rfc3339(row.at),
            "sequence": row.seq,
        });
        let body = body.to_string().into_bytes();
        let key = format!("{}-{}", row.contract, row.seq);
        let request = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", &key)
            .body(body.clone());
        let mut request = request.build().map_err(broken)?;
        let (credential, now) = (self.credential.clone(), (self.clock)());
        // A key in a module waits for its device.
        let signed = tokio::task::spawn_blocking(move || {
            sign(&mut request, &body, &credential, Some(&key), now).map(|()| request)
        });
        let stopped = |_| OutsideError::Unreachable("the service is shutting down".to_owned());
        Ok(signed.await.map_err(stopped)??)
    }
}

/// When it is tried again, or that it is done with.
fn tried(row: &StoredCallback, next: Option<i64>) -> Row {
    Row::CallbackTried {
        contract: row.contract.clone(),
        seq: row.seq,
        next,
    }
}

/// The words leave the URL out, which is the integrator's.
fn broken(error: reqwest::Error) -> NotTold {
    NotTold::Unreached(reason(error))
}

/// The pause after so many attempts before this one: twice as long each time.
fn pause(attempts: u64) -> i64 {
    let doubled = u32::try_from(attempts)
        .ok()
        .and_then(|n| FIRST.checked_shl(n.min(40)));
    doubled.unwrap_or(LONGEST).clamp(FIRST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_day() {
        assert_eq!([0, 1, 2, 10].map(pause), [1000, 2000, 4000, 1_024_000]);
        assert_eq!([17, 40, 41, 1000, u64::MAX].map(pause), [LONGEST; 5]);
    }
}
