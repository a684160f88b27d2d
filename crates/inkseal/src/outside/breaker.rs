//! The circuit breaker: a service that fails is left alone for a while.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use signing::ports::Clock;

use super::OutsideError;

/// Closed, it lets everything through and counts failures in a row. Open, it lets
/// nothing through until the cool-down is over; then it is half open, and one attempt
/// decides.
pub struct Breaker {
    /// Failures in a row that open it.
    failures: u32,
    cool_down: Duration,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: i64 },
    HalfOpen,
}

/// Leave to try once. Says how it went; dropped without a word, as when a caller hangs
/// up, it speaks neither for the service nor against it.
pub struct Permit<'a> {
    breaker: &'a Breaker,
    told: bool,
}

impl Breaker {
    /// Closed. `failures` in a row open it for `cool_down`.
    pub fn new(failures: u32, cool_down: Duration, clock: Clock) -> Self {
        Self {
            failures: failures.max(1),
            cool_down,
            clock,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Asks whether the service may be tried.
    pub fn permit(&self) -> Result<Permit<'_>, OutsideError> {
        let now = (self.clock)();
        let mut state = self.state();
        let left = match *state {
            State::Closed { .. } => None,
            State::Open { until } if until <= now => {
                *state = State::HalfOpen;
                None
            }
            State::Open { until } => Some(u64::try_from(until - now).unwrap_or(0)),
            State::HalfOpen => Some(0),
        };
        match left {
            None => Ok(Permit {
                breaker: self,
                told: false,
            }),
            Some(left) => Err(OutsideError::CircuitOpen {
                failures: self.failures,
                left: Duration::from_millis(left),
            }),
        }
    }

    fn open(&self) -> State {
        let cool_down = i64::try_from(self.cool_down.as_millis()).unwrap_or(i64::MAX);
        let until = (self.clock)().saturating_add(cool_down);
        State::Open { until }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The service answered as it should.
    pub fn succeeded(mut self) {
        self.told = true;
        let mut state = self.breaker.state();
        // An attempt from before it opened does not close it again.
        if !matches!(*state, State::Open { .. }) {
            *state = State::Closed { failures: 0 };
        }
    }

    /// The service failed.
    pub fn failed(mut self) {
        self.told = true;
        let mut state = self.breaker.state();
        *state = match *state {
            State::Closed { failures } if failures + 1 < self.breaker.failures => State::Closed {
                failures: failures + 1,
            },
            State::Closed { .. } | State::HalfOpen => self.breaker.open(),
            open @ State::Open { .. } => open,
        };
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.breaker.state();
        if !self.told && *state == State::HalfOpen {
            // The next one tries.
            *state = State::Open { until: i64::MIN };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    };

    use super::*;

    fn breaker() -> (Breaker, Arc<AtomicI64>) {
        let now = Arc::new(AtomicI64::new(1000));
        let clock = Arc::clone(&now);
        let clock: Clock = Arc::new(move || clock.load(SeqCst));
        (Breaker::new(3, Duration::from_millis(500), clock), now)
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.permit().ok().unwrap().failed();
        }
    }

    fn refused(breaker: &Breaker) -> Duration {
        match breaker.permit().err().unwrap() {
            OutsideError::CircuitOpen { left, failures: 3 } => left,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_success_between_does_not() {
        let (breaker, _) = breaker();
        fail(&breaker, 2);
        breaker.permit().ok().unwrap().succeeded();
        fail(&breaker, 2);
        breaker.permit().ok().unwrap().succeeded();
        fail(&breaker, 3);
        assert_eq!(refused(&breaker), Duration::from_millis(500));
    }

    #[test]
    fn after_the_cool_down_one_attempt_decides() {
        let (breaker, now) = breaker();
        fail(&breaker, 3);
        now.store(1499, SeqCst);
        assert_eq!(refused(&breaker), Duration::from_millis(1));
        now.store(1500, SeqCst);
        let trial = breaker.permit().ok().unwrap();
        refused(&breaker);
        trial.failed();
        assert_eq!(refused(&breaker), Duration::from_millis(500));
        now.store(2000, SeqCst);
        breaker.permit().ok().unwrap().succeeded();
        fail(&breaker, 2);
        breaker.permit().ok().unwrap();
    }

    /// Whoever hangs up during the trial leaves it to the next one.
    #[test]
    fn a_trial_without_an_outcome_is_tried_again() {
        let (breaker, now) = breaker();
        fail(&breaker, 3);
        now.store(1500, SeqCst);
        drop(breaker.permit().ok().unwrap());
        let trial = breaker.permit().ok().unwrap();
        refused(&breaker);
        trial.succeeded();
        breaker.permit().ok().unwrap();
    }

    /// An answer to what was asked before it opened says nothing of what is now.
    #[test]
    fn a_late_success_does_not_close_it() {
        let (breaker, _) = breaker();
        let early = breaker.permit().ok().unwrap();
        fail(&breaker, 3);
        early.succeeded();
        refused(&breaker);
    }
}
