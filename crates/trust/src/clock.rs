//! The service's clock: it gives the time only while the time can be trusted.
//!
//! The machine's clock is compared with reference sources (NTP) now and then, and with a
//! second clock that nobody can set at every reading. What the last comparison found, and
//! what the machine's clock was moved by since, is how far off it is; beyond the limit it
//! gives no time until a comparison finds it right again. Without sources only a move is
//! noticed, and nothing but a new start makes up for it.
//!
//! Times that were given never go back, also when the machine's clock does.

mod fault;
mod quorum;
mod source;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::{JoinHandle, JoinSet},
    time::MissedTickBehavior,
};

pub use fault::ClockFault;

use crate::Millis;
use quorum::{Sample, agreed};

/// The machine's clock, injected so that a failure can be replayed. The requester has no
/// say in it.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// A clock that nobody can set: time since some moment.
pub type Steady = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Comparisons that may fail in a row; after that the last one is too old.
const STALE: u32 = 10;
/// Two readings of the steady clock this far apart do not date what was read in between.
const TOGETHER: Duration = Duration::from_millis(20);

/// What the clock is held against.
#[derive(Debug, Clone)]
pub struct ClockSettings {
    /// NTP servers, as `host` or `host:port`. Most of them must agree.
    pub sources: Vec<String>,
    /// How far off the clock may be.
    pub limit: Duration,
    /// How often it is compared.
    pub interval: Duration,
    /// How long a source may take.
    pub patience: Duration,
}

impl Default for ClockSettings {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            limit: Duration::from_secs(1),
            interval: Duration::from_secs(64),
            patience: Duration::from_secs(2),
        }
    }
}

/// How the clock stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockReport {
    /// Why it gives no time, when it gives none.
    pub fault: Option<ClockFault>,
    /// Milliseconds that the machine's clock is ahead of its sources; none without.
    pub offset_ms: Option<i64>,
    /// Sources that are asked.
    pub sources: usize,
    /// Sources that agreed when they were last asked.
    pub agreeing: usize,
    /// Time since the last comparison that succeeded.
    pub age: Option<Duration>,
}

/// A clock that knows whether it can be trusted. A clone is the same clock.
#[derive(Clone)]
pub struct TrustedClock(Arc<Inner>);

struct Inner {
    settings: ClockSettings,
    wall: Clock,
    /// None for a clock that is simulated as a whole.
    steady: Option<Steady>,
    state: Mutex<State>,
    /// Woken when a move is noticed: another comparison is wanted now.
    moved: Notify,
}

#[derive(Default)]
struct State {
    base: Option<Base>,
    /// By how much the clock was moved, until a comparison makes up for it.
    moved: Option<i64>,
    agreeing: usize,
    /// The latest time that was given.
    last: Millis,
}

/// Both clocks at one moment, and what the sources said of it.
#[derive(Clone, Copy)]
struct Base {
    now: Reading,
    /// How far the machine's clock was ahead, and how sure that is, in microseconds.
    sample: Sample,
}

#[derive(Clone, Copy)]
struct Reading {
    wall: Millis,
    steady: Duration,
}

impl Reading {
    /// Milliseconds by which the machine's clock was moved since `before`.
    fn moved_since(self, before: Self) -> i64 {
        let steady = self.steady.saturating_sub(before.steady);
        let went = self.wall.saturating_sub(before.wall);
        went.saturating_sub(millis(steady))
    }
}

/// A clock that is simulated as a whole, and right.
impl<F> From<Arc<F>> for TrustedClock
where
    F: Fn() -> Millis + Send + Sync + ?Sized + 'static,
{
    fn from(wall: Arc<F>) -> Self {
        Self::with(ClockSettings::default(), Arc::new(move || wall()), None)
    }
}

impl TrustedClock {
    /// A clock over the machine's two. With sources it gives no time before the first
    /// [`check`](Self::check).
    #[must_use]
    pub fn new(settings: ClockSettings, wall: Clock, steady: Steady) -> Self {
        Self::with(settings, wall, Some(steady))
    }

    fn with(settings: ClockSettings, wall: Clock, steady: Option<Steady>) -> Self {
        let clock = Self(Arc::new(Inner {
            settings,
            wall,
            steady,
            state: Mutex::default(),
            moved: Notify::new(),
        }));
        if clock.0.settings.sources.is_empty() {
            clock.rebase();
        }
        clock
    }

    /// What the machine's clock says, for what is not dated by it.
    #[must_use]
    pub fn untrusted(&self) -> Millis {
        (self.0.wall)()
    }

    /// The time, never before one that was given earlier.
    ///
    /// # Errors
    /// Why there is none to be trusted.
    pub fn now(&self) -> Result<Millis, ClockFault> {
        let now = self.read();
        let mut state = self.state();
        self.judge(&mut state, now)?;
        state.last = state.last.max(now.wall);
        Ok(state.last)
    }

    /// How exact a time is that this clock gives; nobody knows without sources.
    #[must_use]
    pub fn accuracy(&self) -> Option<Duration> {
        (!self.0.settings.sources.is_empty()).then_some(self.0.settings.limit)
    }

    /// How it stands.
    #[must_use]
    pub fn report(&self) -> ClockReport {
        let now = self.read();
        let mut state = self.state();
        let fault = self.judge(&mut state, now).err();
        let sources = self.0.settings.sources.len();
        let base = state.base.filter(|_| sources > 0);
        ClockReport {
            fault,
            offset_ms: base.map(|base| base.sample.ahead_ms() + now.moved_since(base.now)),
            sources,
            agreeing: state.agreeing,
            age: base.map(|base| now.steady.saturating_sub(base.now.steady)),
        }
    }

    /// Compares with all sources, once.
    pub async fn check(&self) {
        let sources = &self.0.settings.sources;
        if sources.is_empty() {
            return self.rebase();
        }
        let before = self.read();
        let mut asked = JoinSet::new();
        for source in sources {
            let (source, wall) = (source.clone(), Arc::clone(&self.0.wall));
            let patience = self.0.settings.patience;
            asked.spawn(async move { source::ask(&source, &wall, patience).await });
        }
        let mut samples = Vec::with_capacity(sources.len());
        while let Some(answer) = asked.join_next().await {
            samples.extend(answer.ok().flatten());
        }
        let now = self.read();
        let (agreeing, sample) = agreed(samples, sources.len(), self.0.settings.limit);
        let mut state = self.state();
        state.agreeing = agreeing;
        // What was measured while the clock was moved measured the move.
        let still = now.moved_since(before).saturating_abs() <= millis(TOGETHER);
        match sample.filter(|_| still) {
            Some(sample) => {
                state.base = Some(Base { now, sample });
                state.moved = None;
            }
            None => tracing::warn!(agreeing, still, "the time sources do not tell the time"),
        }
        if let Err(fault) = self.judge(&mut state, now) {
            tracing::error!(%fault, "the clock cannot be trusted");
        }
    }

    /// Compares for ever, at once after a move.
    #[must_use]
    pub fn spawn_checks(&self) -> JoinHandle<()> {
        let clock = self.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(clock.0.settings.interval);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = tick.tick() => {}
                    () = clock.0.moved.notified() => {}
                }
                clock.check().await;
            }
        })
    }

    /// Without sources: small corrections since the last time are taken as they are.
    fn rebase(&self) {
        let now = self.read();
        let mut state = self.state();
        if self.judge(&mut state, now).is_ok() || state.base.is_none() {
            let sample = Sample::default();
            state.base = Some(Base { now, sample });
        }
    }

    /// Whether the time can be trusted at this moment.
    fn judge(&self, state: &mut State, now: Reading) -> Result<(), ClockFault> {
        if self.0.steady.is_none() {
            return Ok(());
        }
        let settings = &self.0.settings;
        let Some(base) = state.base else {
            return Err(ClockFault::Unchecked);
        };
        if let Some(by_ms) = state.moved {
            return Err(ClockFault::Moved { by_ms });
        }
        let limit = millis(settings.limit).saturating_mul(1000);
        let beyond = |ahead: i64| ahead.saturating_abs().saturating_add(base.sample.unsure) > limit;
        if beyond(base.sample.ahead) {
            let offset_ms = base.sample.ahead_ms();
            return Err(ClockFault::Off { offset_ms });
        }
        let by_ms = now.moved_since(base.now);
        if beyond(base.sample.ahead.saturating_add(by_ms.saturating_mul(1000))) {
            state.moved = Some(by_ms);
            self.0.moved.notify_one();
            let fault = ClockFault::Moved { by_ms };
            tracing::error!(%fault, "the clock cannot be trusted");
            return Err(fault);
        }
        let age = now.steady.saturating_sub(base.now.steady);
        if !settings.sources.is_empty() && age > settings.interval * STALE {
            return Err(ClockFault::Stale { age });
        }
        Ok(())
    }

    /// Both clocks at one moment: read again when something came in between.
    fn read(&self) -> Reading {
        let Some(steady) = &self.0.steady else {
            let wall = (self.0.wall)();
            let steady = Duration::from_millis(u64::try_from(wall).unwrap_or_default());
            return Reading { wall, steady };
        };
        let mut before = steady();
        for _ in 0..3 {
            let (wall, after) = ((self.0.wall)(), steady());
            if after.saturating_sub(before) <= TOGETHER {
                return Reading {
                    wall,
                    steady: after,
                };
            }
            before = after;
        }
        Reading {
            wall: (self.0.wall)(),
            steady: before,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
