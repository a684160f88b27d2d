//! When the sequencer last signed and got on, and whether it still does.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// For reports alone: nothing is decided by it.
pub(crate) struct Pace {
    signed: Mutex<Instant>,
    passed: Mutex<Instant>,
    stopped: AtomicBool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            signed: Mutex::new(Instant::now()),
            passed: Mutex::new(Instant::now()),
            stopped: AtomicBool::new(false),
        }
    }
}

impl Pace {
    /// A checkpoint was signed.
    pub fn sign(&self) {
        *self.signed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.pass();
    }

    /// The sequencer got on: it signed, or nothing waits.
    pub fn pass(&self) {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// No more will be signed.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    pub fn age(&self) -> Duration {
        let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        signed.elapsed()
    }

    /// Since the sequencer got on last, or since the start.
    pub fn standstill(&self) -> Duration {
        let passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.elapsed()
    }

    pub fn stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }
}
