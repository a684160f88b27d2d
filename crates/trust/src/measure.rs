//! What is counted, by bounded labels alone: suites, purposes, outcomes. No names, no
//! digests, no serial numbers.

use std::time::{Duration, Instant};

use crypto::Suite;
use metrics::{counter, gauge, histogram};

/// A certificate was issued for this purpose.
pub(crate) fn certificate(purpose: &'static str, suite: Suite) {
    counter!("inkseal_certificates_issued_total", "purpose" => purpose, "suite" => suite.name())
        .increment(1);
}

/// The arithmetic of one timestamp token.
pub(crate) fn signed(took: Duration) {
    histogram!("inkseal_timestamp_signing_seconds").record(took);
}

/// A timestamp that somebody waits for.
pub(crate) struct Timestamp {
    suite: Suite,
    began: Instant,
}

impl Timestamp {
    pub fn begin(suite: Suite) -> Self {
        gauge!("inkseal_timestamps_waiting").increment(1);
        Self {
            suite,
            began: Instant::now(),
        }
    }

    /// `outcome`: `granted`, `failed`, or the name of the rejection.
    pub fn end(self, outcome: &'static str) {
        let suite = self.suite.name();
        counter!("inkseal_timestamps_total", "suite" => suite, "outcome" => outcome).increment(1);
        histogram!("inkseal_timestamp_seconds", "suite" => suite).record(self.began.elapsed());
    }
}

/// Also when the caller hangs up in the middle.
impl Drop for Timestamp {
    fn drop(&mut self) {
        gauge!("inkseal_timestamps_waiting").decrement(1);
    }
}
