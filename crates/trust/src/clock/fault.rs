//! Why a clock gives no time.

use std::time::Duration;

/// Why the clock cannot be trusted. Nothing is dated while it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// No comparison has succeeded yet.
    #[error(
        "no majority of the time sources has answered yet; look at time_sources and the way to them"
    )]
    Unchecked,
    /// Too far from the sources.
    #[error("the clock of this machine is {offset_ms} ms ahead of its time sources; set it right")]
    Off {
        /// Negative when it is behind.
        offset_ms: i64,
    },
    /// Moved since the last comparison.
    #[error(
        "the clock of this machine was moved by {by_ms} ms; it is trusted again when the time \
         sources confirm it, or without sources after a new start"
    )]
    Moved {
        /// Negative when it was put back.
        by_ms: i64,
    },
    /// The last comparison is too old.
    #[error("the time sources have not agreed for {} s; look at time_sources and the way to them", .age.as_secs())]
    Stale {
        /// Since the last comparison that succeeded.
        age: Duration,
    },
}

impl ClockFault {
    /// What it is in one word, for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Off { .. } => "off",
            Self::Moved { .. } => "moved",
            Self::Stale { .. } => "stale",
        }
    }
}
