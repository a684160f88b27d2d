//! The clock: within a second of its sources there is time, and otherwise none.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use crypto::{Hash, Suite, digest};
use pki::{
    PkiError,
    timestamp::{Rejection, Request, Token, read_response},
};
use tempfile::TempDir;
use trust::{ClockFault, ClockSettings, TrustedClock};

use crate::{
    house::{House, NOW, request},
    ntp::Ntp,
};

/// What a clock may be moved by: half a second is nothing.
const MOVES: [i64; 3] = [2000, 3_600_000, 1001];

/// A machine whose clock can be set, and time sources that are right.
struct Machine {
    /// The right time.
    time: Arc<AtomicI64>,
    /// How far the machine's clock is ahead of it.
    ahead: Arc<AtomicI64>,
    sources: Vec<Ntp>,
    clock: TrustedClock,
}

impl Machine {
    fn with(sources: usize) -> Self {
        let (time, ahead) = (Arc::new(AtomicI64::new(NOW)), Arc::new(AtomicI64::new(0)));
        let told = Arc::clone(&time);
        let tells = move || {
            let told = Arc::clone(&told);
            Ntp::telling(move || told.load(SeqCst))
        };
        let sources: Vec<Ntp> = std::iter::repeat_with(tells).take(sources).collect();
        let settings = ClockSettings {
            sources: sources.iter().map(|s| s.address.clone()).collect(),
            patience: Duration::from_millis(500),
            ..ClockSettings::default()
        };
        let (now, by, steady) = (Arc::clone(&time), Arc::clone(&ahead), Arc::clone(&time));
        let wall = move || now.load(SeqCst) + by.load(SeqCst);
        let steady = move || {
            let passed = steady.load(SeqCst) - NOW;
            Duration::from_millis(u64::try_from(passed).unwrap())
        };
        let clock = TrustedClock::new(settings, Arc::new(wall), Arc::new(steady));
        Self {
            time,
            ahead,
            sources,
            clock,
        }
    }

    /// Its clock shows this many milliseconds more than the right time.
    fn set(&self, ahead: i64) {
        self.ahead.store(ahead, SeqCst);
    }

    fn pass(&self, ms: i64) {
        self.time.fetch_add(ms, SeqCst);
    }

    fn time(&self) -> i64 {
        self.time.load(SeqCst)
    }
}

#[tokio::test]
async fn there_is_no_time_before_a_source_was_heard() {
    let machine = Machine::with(1);
    assert_eq!(machine.clock.now(), Err(ClockFault::Unchecked));
    machine.sources[0].silent(true);
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), Err(ClockFault::Unchecked));
    machine.sources[0].silent(false);
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), Ok(NOW));
}

#[tokio::test]
async fn half_a_second_is_within_the_limit() {
    for ahead in [500, -500, 0] {
        let machine = Machine::with(1);
        machine.set(ahead);
        machine.clock.check().await;
        assert_eq!(machine.clock.now(), Ok(NOW + ahead));
        let report = machine.clock.report();
        assert_eq!((report.fault, report.offset_ms), (None, Some(ahead)));
    }
}

#[tokio::test]
async fn a_clock_that_is_off_gives_no_time_until_it_is_right() {
    for ahead in MOVES.into_iter().flat_map(|by| [by, -by]) {
        let machine = Machine::with(1);
        machine.set(ahead);
        machine.clock.check().await;
        let off = ClockFault::Off { offset_ms: ahead };
        assert_eq!(machine.clock.now(), Err(off));
        assert_eq!(machine.clock.report().offset_ms, Some(ahead));
        machine.set(0);
        machine.clock.check().await;
        assert_eq!(machine.clock.now(), Ok(NOW));
    }
}

#[tokio::test]
async fn a_move_is_noticed_at_once_and_stays_until_the_sources_were_asked() {
    for by in MOVES.into_iter().flat_map(|by| [by, -by]) {
        let machine = Machine::with(1);
        machine.clock.check().await;
        machine.pass(20_000);
        assert!(machine.clock.now().is_ok());
        machine.set(by);
        let moved = Err(ClockFault::Moved { by_ms: by });
        assert_eq!(machine.clock.now(), moved);
        // Moved back: nobody has confirmed it yet.
        machine.set(0);
        assert_eq!(machine.clock.now(), moved);
        machine.clock.check().await;
        assert_eq!(machine.clock.now(), Ok(NOW + 20_000));
    }
}

#[tokio::test]
async fn small_moves_count_together_with_what_it_was_off_before() {
    let machine = Machine::with(1);
    machine.set(600);
    machine.clock.check().await;
    machine.set(990);
    assert_eq!(machine.clock.now(), Ok(NOW + 990));
    machine.set(1100);
    assert_eq!(machine.clock.now(), Err(ClockFault::Moved { by_ms: 500 }));
}

#[tokio::test]
async fn times_never_go_back_though_the_clock_does() {
    let machine = Machine::with(1);
    machine.set(300);
    machine.clock.check().await;
    let first = machine.clock.now().unwrap();
    machine.set(-500);
    machine.pass(10);
    assert_eq!(machine.clock.now(), Ok(first));
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), Ok(first));
    machine.pass(1000);
    assert_eq!(machine.clock.now(), Ok(machine.time() - 500));
}

#[tokio::test]
async fn sources_that_fall_silent_are_believed_for_a_while() {
    let machine = Machine::with(1);
    machine.clock.check().await;
    machine.sources[0].silent(true);
    machine.pass(640_000);
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), Ok(machine.time()));
    machine.pass(1);
    let stale = machine.clock.now().unwrap_err();
    assert_eq!(stale.name(), "stale");
    machine.sources[0].silent(false);
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), Ok(machine.time()));
}

#[tokio::test]
async fn one_of_three_may_lie_or_be_silent_and_two_may_not() {
    for lie in [3_600_000, -3_600_000] {
        let machine = Machine::with(3);
        machine.sources[1].shift(lie);
        machine.clock.check().await;
        assert_eq!(machine.clock.now(), Ok(NOW));
        assert_eq!(machine.clock.report().agreeing, 2);
        // The liar and a silent one leave one voice alone.
        machine.sources[2].silent(true);
        machine.pass(641_000);
        machine.clock.check().await;
        assert_eq!(machine.clock.now().unwrap_err().name(), "stale");
        machine.sources[1].shift(0);
        machine.clock.check().await;
        assert_eq!(machine.clock.now(), Ok(machine.time()));
    }
}

#[tokio::test]
async fn a_source_that_is_not_synchronised_tells_nothing() {
    let machine = Machine::with(1);
    machine.sources[0].alarm(true);
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), Err(ClockFault::Unchecked));
}

#[tokio::test]
async fn without_sources_a_move_is_noticed_and_only_a_new_start_makes_up_for_it() {
    let machine = Machine::with(0);
    assert_eq!(machine.clock.now(), Ok(NOW));
    assert_eq!(machine.clock.accuracy(), None);
    machine.set(500);
    assert_eq!(machine.clock.now(), Ok(NOW + 500));
    machine.pass(3_600_000);
    machine.clock.check().await;
    machine.set(-600);
    let moved = Err(ClockFault::Moved { by_ms: -1100 });
    assert_eq!(machine.clock.now(), moved);
    machine.set(500);
    machine.clock.check().await;
    assert_eq!(machine.clock.now(), moved);
    let report = machine.clock.report();
    assert_eq!((report.sources, report.offset_ms), (0, None));
}

/// The service as a whole: what is refused, and that nothing is left of it.
#[tokio::test]
async fn an_untrusted_clock_issues_neither_tokens_nor_certificates() {
    let machine = Machine::with(1);
    machine.clock.check().await;
    let folder = TempDir::new().unwrap();
    let house = House::open_by(folder, machine.clock.clone()).await.unwrap();
    let imprint = digest(Hash::Sha256, b"data");
    let query = Request::new(imprint.clone(), Some(7), true);
    for by in MOVES.into_iter().flat_map(|by| [by, -by]) {
        let answer = house.trust.stamp(None, &query.to_der()).await.unwrap();
        let token = read_response(&answer, &query).unwrap();
        assert!((token.time_ms() - machine.time()).abs() <= 1000);
        machine.set(by);
        let journaled = house.store.certificate_count().await.unwrap();
        for suite in [None, Some(Suite::Sm2Sm3)] {
            let answer = house.trust.stamp(suite, &query.to_der()).await.unwrap();
            let refused = Rejection::TimeNotAvailable.to_string();
            let refused = PkiError::TimestampRefused(refused);
            assert_eq!(read_response(&answer, &query).unwrap_err(), refused);
            // Bit 14 of the failure info: 01 × 14 in two bytes (RFC 3161, 2.4.2).
            assert!(answer.ends_with(&[0x03, 3, 1, 0, 2]));
        }
        let stamped = house.trust.timestamp(Suite::P256Sha256, &imprint).await;
        assert_eq!(stamped.unwrap_err().code(), "clock-untrusted");
        let (wanted, _key) = request(Suite::P256Sha256);
        let issued = house.trust.issue_event("t", wanted).await;
        assert_eq!(issued.unwrap_err().code(), "clock-untrusted");
        assert_eq!(house.store.certificate_count().await.unwrap(), journaled);
        machine.set(0);
        machine.clock.check().await;
    }
}

#[tokio::test]
async fn tokens_promise_the_limit_when_there_are_sources_and_nothing_without() {
    let imprint = digest(Hash::Sha256, b"data");
    for sources in [0, 1] {
        let machine = Machine::with(sources);
        machine.clock.check().await;
        let folder = TempDir::new().unwrap();
        let house = House::open_by(folder, machine.clock.clone()).await.unwrap();
        let token = house.trust.timestamp(Suite::P256Sha256, &imprint).await;
        let token = Token::parse(&token.unwrap()).unwrap();
        let promised = (sources > 0).then_some(Duration::from_secs(1));
        assert_eq!(token.accuracy(), promised);
    }
}
