//! How the service stands, for those who look after it.

use std::time::Duration;

use crypto::Suite;

use crate::Trust;

/// A checkpoint comes every second while entries wait. Ten are no slow disk.
const STANDSTILL: Duration = Duration::from_secs(10);

/// How the ledger stands.
#[derive(Debug, Clone, Copy)]
pub struct LedgerReport {
    /// Entries under the last checkpoint.
    pub size: u64,
    /// Entries that are durable and wait for the next one.
    pub waiting: u64,
    /// Time since the last checkpoint, or since the start.
    pub age: Duration,
    /// The sequencer found damage and signs no more.
    pub stopped: bool,
    /// Entries wait, and the sequencer has not got on for more than ten seconds.
    pub stuck: bool,
}

impl Trust {
    /// How the ledger stands. A store that cannot be read counts as having nothing that
    /// waits; it is looked at elsewhere.
    pub async fn ledger_report(&self) -> LedgerReport {
        let log = &self.0.log;
        let size = log.signed().size;
        let there = self.0.store.ledger_size().await.unwrap_or(size);
        LedgerReport {
            size,
            waiting: there.saturating_sub(size),
            stuck: there > size && log.pace.standstill() > STANDSTILL,
            age: log.pace.age(),
            stopped: log.pace.stopped(),
        }
    }

    /// Suites whose authorities are there.
    #[must_use]
    pub fn suites(&self) -> Vec<Suite> {
        self.all().into_iter().map(|(suite, _)| suite).collect()
    }
}
