//! Whether the service lives, and whether it may be sent work.
//!
//! Both answers have the same parts. A bad clock or a full disk is no reason to start the
//! process again, but one to send work elsewhere: `/health` is 200 as long as it answers
//! at all, `/ready` is 503 when something would be refused.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use store::{Change, Row, Store};
use tokio::sync::Mutex;
use trust::{LedgerReport, Trust};
use utoipa::ToSchema;

use crate::house::House;

/// For how long what was found of the store is told again: strangers cause no writes.
const KEPT: Duration = Duration::from_secs(5);
/// How long a write may take before the store counts as failing.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is looked at.
#[derive(Clone)]
pub struct Watched(Arc<Inner>);

struct Inner {
    store: Store,
    trust: Option<Trust>,
    /// When the store was last tried, and whether it took the change.
    tried: Mutex<Option<(Instant, bool)>>,
}

/// How the service stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ready`, or `failing` when at least one part is.
    status: &'static str,
    /// The parts.
    store: StoreHealth,
    /// None where the trust service is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<LedgerHealth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockHealth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<KeysHealth>,
}

/// The store.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreHealth {
    /// `writable` or `failing`; looked at every five seconds at most.
    state: &'static str,
}

/// The ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerHealth {
    /// `good`, `stopped` when it was found to be damaged, or `stuck` when entries have
    /// waited for more than ten seconds.
    state: &'static str,
    /// Entries under the last checkpoint.
    size: u64,
    /// Entries that wait for the next one.
    waiting: u64,
    /// Since the last checkpoint or the start; none are signed while nothing waits.
    checkpoint_age_seconds: u64,
}

/// The clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockHealth {
    /// `good`, `unreferenced` without time sources, or why nothing is dated by it: `off`,
    /// `moved`, `stale`, `unchecked`.
    state: &'static str,
    /// How far it is ahead of its sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_ms: Option<i64>,
    /// Time sources that are asked.
    sources: usize,
    /// Those that agreed when they were last asked.
    agreeing: usize,
    /// Since the last comparison that succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_seconds_ago: Option<u64>,
    /// What is wrong, and the remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The key store.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeysHealth {
    /// `open`: the process does not start without.
    state: &'static str,
    /// Suites whose authorities are there.
    suites: Vec<&'static str>,
}

impl Watched {
    /// The parts of a house.
    pub fn of(house: &House) -> Self {
        Self(Arc::new(Inner {
            store: house.store.clone(),
            trust: house.trust.as_ref().map(|house| house.trust.clone()),
            tried: Mutex::default(),
        }))
    }

    /// How it stands, and whether it may be sent work.
    pub async fn look(&self) -> (Health, bool) {
        let writable = self.writable().await;
        let mut health = Health {
            status: "ready",
            store: StoreHealth {
                state: if writable { "writable" } else { "failing" },
            },
            ledger: None,
            clock: None,
            keys: None,
        };
        let mut good = writable;
        if let Some(trust) = &self.0.trust {
            let ledger = trust.ledger_report().await;
            let clock = ClockHealth::of(trust);
            good &= !ledger.stopped && !ledger.stuck && clock.detail.is_none();
            health.ledger = Some(ledger.into());
            health.clock = Some(clock);
            health.keys = Some(KeysHealth {
                state: "open",
                suites: trust.suites().iter().map(|suite| suite.name()).collect(),
            });
        }
        if !good {
            health.status = "failing";
        }
        (health, good)
    }

    /// Whether the store takes a change, durably.
    async fn writable(&self) -> bool {
        let mut tried = self.0.tried.lock().await;
        match *tried {
            Some((at, writable)) if at.elapsed() < KEPT => writable,
            _ => {
                let row = Row::Setting {
                    name: "probe".to_owned(),
                    value: crate::house::now().to_string(),
                };
                let change = Change {
                    tenant: "health".to_owned(),
                    rows: vec![row],
                    ..Change::default()
                };
                let done = tokio::time::timeout(PATIENCE, self.0.store.commit(change)).await;
                let writable = matches!(done, Ok(Ok(_)));
                *tried = Some((Instant::now(), writable));
                writable
            }
        }
    }
}

impl From<LedgerReport> for LedgerHealth {
    fn from(report: LedgerReport) -> Self {
        Self {
            state: match (report.stopped, report.stuck) {
                (true, _) => "stopped",
                (_, true) => "stuck",
                _ => "good",
            },
            size: report.size,
            waiting: report.waiting,
            checkpoint_age_seconds: report.age.as_secs(),
        }
    }
}

impl ClockHealth {
    fn of(trust: &Trust) -> Self {
        let report = trust.clock().report();
        let state = match report.fault {
            Some(fault) => fault.name(),
            None if report.sources == 0 => "unreferenced",
            None => "good",
        };
        Self {
            state,
            offset_ms: report.offset_ms,
            sources: report.sources,
            agreeing: report.agreeing,
            checked_seconds_ago: report.age.map(|age| age.as_secs()),
            detail: report.fault.map(|fault| fault.to_string()),
        }
    }
}

/// Whether the process lives; 200 whenever it answers, with how its parts stand.
#[utoipa::path(get, path = "/health", tag = "public", responses((status = 200, body = Health)))]
pub async fn health(State(watched): State<Watched>) -> Json<Health> {
    Json(watched.look().await.0)
}

/// Whether the service may be sent work; 503 with what is wrong when it would refuse.
#[utoipa::path(get, path = "/ready", tag = "public",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn ready(State(watched): State<Watched>) -> (StatusCode, Json<Health>) {
    let (health, good) = watched.look().await;
    let status = if good {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(health))
}
