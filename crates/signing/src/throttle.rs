//! Guessing made slow: after a few wrong guesses each further one waits, longer each time.
//!
//! A guess is counted before it is looked at, so that of ten thousand that come at once
//! no more are looked at than of ten thousand one after the other. Counts are in memory:
//! a start of the service forgets them.

use std::num::NonZeroUsize;

use lru::LruCache;

use crate::event::Millis;

/// Guessers that are remembered; the one that was silent longest is forgotten first.
const GUESSERS: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
/// The first pause.
const FIRST: Millis = 30 * 1000;
/// The longest pause.
const LONGEST: Millis = 3600 * 1000;

/// Counts wrong guesses by who makes them.
pub struct Throttle {
    /// Guesses that need not wait.
    free: u32,
    /// One guess is forgotten each time so long has gone by.
    forgets: Millis,
    guessers: LruCache<String, Guesser>,
}

#[derive(Clone, Copy)]
struct Guesser {
    wrong: u32,
    /// From when on the counting down goes.
    since: Millis,
    /// Before this no guess is looked at.
    until: Millis,
}

impl Throttle {
    /// Nobody has guessed yet.
    #[must_use]
    pub fn new(free: u32, forgets: Millis) -> Self {
        Self {
            free,
            forgets,
            guessers: LruCache::new(GUESSERS),
        }
    }

    /// Counts a guess as wrong until [`right`](Self::right) says otherwise.
    ///
    /// # Errors
    /// How many milliseconds are left to wait: the guess is not to be looked at.
    pub fn admit(&mut self, guesser: &str, now: Millis) -> Result<(), Millis> {
        let mut known = self.forgetting(guesser, now);
        if now < known.until {
            return Err(known.until - now);
        }
        known.wrong = known.wrong.saturating_add(1);
        if let Some(beyond) = known.wrong.checked_sub(self.free) {
            let pause = FIRST.saturating_mul(1 << beyond.min(20));
            known.until = now.saturating_add(pause.min(LONGEST));
        }
        self.guessers.put(guesser.to_owned(), known);
        Ok(())
    }

    /// A guess that was admitted was right: it does not count.
    pub fn right(&mut self, guesser: &str) {
        if let Some(known) = self.guessers.get_mut(guesser) {
            known.wrong = known.wrong.saturating_sub(1);
            known.until = known.since.min(known.until);
        }
    }

    /// Nothing is held against a guesser any longer.
    pub fn forget(&mut self, guesser: &str) {
        self.guessers.pop(guesser);
    }

    /// A guesser as it stands after the time that has gone by.
    fn forgetting(&mut self, guesser: &str, now: Millis) -> Guesser {
        let fresh = Guesser {
            wrong: 0,
            since: now,
            until: now,
        };
        let known = self.guessers.get(guesser).copied().unwrap_or(fresh);
        // A clock that was set back gives nobody anything.
        let steps = now.saturating_sub(known.since).max(0) / self.forgets;
        let wrong = u32::try_from(steps).map_or(0, |steps| known.wrong.saturating_sub(steps));
        Guesser {
            wrong,
            since: if wrong == 0 {
                now
            } else {
                known.since + steps * self.forgets
            },
            until: known.until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Millis = 60 * 1000;

    fn throttle() -> Throttle {
        Throttle::new(5, 10 * MINUTE)
    }

    #[test]
    fn five_are_free_and_then_each_waits_longer() {
        let mut throttle = throttle();
        for _ in 0..5 {
            assert_eq!(throttle.admit("a", 0), Ok(()));
        }
        assert_eq!(throttle.admit("a", 0), Err(FIRST));
        assert_eq!(throttle.admit("a", FIRST - 1), Err(1));
        assert_eq!(throttle.admit("a", FIRST), Ok(()));
        assert_eq!(throttle.admit("a", FIRST), Err(2 * FIRST));
        // Another one is not held up.
        assert_eq!(throttle.admit("b", FIRST), Ok(()));
    }

    /// Whoever goes on for a day gets few guesses, and none while a pause lasts.
    #[test]
    fn a_day_of_guessing_is_about_one_guess_in_ten_minutes() {
        let mut throttle = throttle();
        let seconds = (0..24 * 3600).map(|second| second * 1000);
        let admitted = seconds.filter(|now| throttle.admit("a", *now).is_ok());
        let admitted = admitted.count();
        assert!((20..200).contains(&admitted), "{admitted}");
    }

    #[test]
    fn a_right_guess_does_not_count_but_excuses_no_other() {
        let mut throttle = throttle();
        for _ in 0..100 {
            throttle.admit("a", 0).unwrap();
            throttle.right("a");
        }
        for _ in 0..4 {
            throttle.admit("a", 0).unwrap();
        }
        throttle.admit("a", 0).unwrap();
        throttle.right("a");
        throttle.admit("a", 0).unwrap();
        assert_eq!(throttle.admit("a", 0), Err(FIRST));
        throttle.forget("a");
        assert_eq!(throttle.admit("a", 0), Ok(()));
    }

    #[test]
    fn time_forgets_one_after_the_other() {
        let mut throttle = throttle();
        for _ in 0..5 {
            throttle.admit("a", 0).unwrap();
        }
        // Two are forgotten: two are free again.
        for _ in 0..2 {
            assert_eq!(throttle.admit("a", 20 * MINUTE), Ok(()));
        }
        assert!(throttle.admit("a", 20 * MINUTE).is_err());
        // A clock that is set back opens nothing.
        assert!(throttle.admit("a", 0).is_err());
    }
}
