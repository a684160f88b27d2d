//! Tells what is to be told.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use reqwest::{Client, Request, header, redirect::Policy};
use serde_json::json;
use signing::{ports::Clock, service::DUE};
use store::{Change, CommitError, ReadError, Row, Store, StoredCallback};

use super::guard::{Forbidden, Guard};
use crate::{
    http::time::rfc3339,
    outside::{Credential, OutsideError, reason, sign},
};

/// Callbacks that are looked at in one turn, and told side by side.
const TURN: u32 = 256;
const SIDE_BY_SIDE: usize = 16;
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
    pub clock: Clock,
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
    /// Tells all that is to be told by now, of each contract one thing. Gives the
    /// contracts whose time for signing is over.
    pub async fn turn(&self) -> Result<Vec<StoredCallback>, OutboxError> {
        let rows = self.store.callbacks((self.clock)(), TURN).await?;
        let (due, told): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.event == DUE);
        let mut all = stream::iter(told)
            .map(|row| self.attempt(row))
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some(noted) = all.next().await {
            noted?;
        }
        Ok(due)
    }

    /// Tells one thing, and notes what became of it.
    async fn attempt(&self, row: StoredCallback) -> Result<(), OutboxError> {
        let outcome = self.tell(&row).await;
        let now = (self.clock)();
        let next = match outcome {
            Ok(()) => None,
            Err(error) => {
                let contract = &row.contract;
                let again = now - row.at < GIVEN_UP;
                tracing::warn!(%error, contract, event = row.event, again, "a receiver was not told");
                again.then(|| now.saturating_add(pause(row.attempts)))
            }
        };
        self.tried(&row, next).await
    }

    /// Notes when it is tried again, or that it is done with.
    pub async fn tried(&self, row: &StoredCallback, next: Option<i64>) -> Result<(), OutboxError> {
        let change = Change {
            tenant: row.tenant.clone(),
            rows: vec![Row::CallbackTried {
                contract: row.contract.clone(),
                seq: row.seq,
                next,
            }],
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
