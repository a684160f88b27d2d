//! Passwords of returning signers: how often they may be tried, and what one proves.

use super::{Refused, assurance::Level};
use crate::event::Millis;

/// Wrong passwords before the first pause.
pub const TRIES: u32 = 5;
/// The first pause; each wrong password after it doubles the next one.
const PAUSE: Millis = 60 * 1000;
/// The longest pause.
const LONGEST_PAUSE: Millis = super::DAY;
/// How long a password proves a returning person.
pub const PROVES: Millis = 30 * 60 * 1000;
/// How long a one-time code or a face proves that somebody is there.
pub const FRESH: Millis = 5 * 60 * 1000;
/// Above this level a password does nothing without a fresh code or face.
pub const ALONE: Level = Level::Low;
/// Shortest and longest password, in characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// How often a password was wrong since it was right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    wrong: u32,
    last: Millis,
}

impl Tries {
    /// Whether it may be tried now.
    ///
    /// # Errors
    /// [`Refused::PasswordPaused`] says when it may be.
    pub fn may(self, now: Millis) -> Result<(), Refused> {
        let Some(over) = self.wrong.checked_sub(TRIES) else {
            return Ok(());
        };
        let pause = PAUSE.saturating_mul(1 << over.min(20)).min(LONGEST_PAUSE);
        let until = self.last.saturating_add(pause);
        (now >= until)
            .then_some(())
            .ok_or(Refused::PasswordPaused { until })
    }

    /// After another try.
    #[must_use]
    pub fn after(self, correct: bool, at: Millis) -> Self {
        if correct {
            return Self::default();
        }
        Self {
            wrong: self.wrong.saturating_add(1),
            last: at,
        }
    }

    /// What is told after a wrong password.
    #[must_use]
    pub fn answer(self) -> Refused {
        let left = TRIES.saturating_sub(self.wrong);
        Refused::PasswordWrong {
            left: u8::try_from(left).unwrap_or(u8::MAX),
        }
    }
}

/// What a returning person has shown in this visit, each with its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// The right password.
    pub password: Option<Millis>,
    /// The right one-time code.
    pub code: Option<Millis>,
    /// A face that an authority found to be the person's, and alive.
    pub face: Option<Millis>,
}

impl Shown {
    /// Whether this is enough, now, for an act that needs a level: the password alone up to
    /// [`ALONE`], above it together with a fresh code or face.
    #[must_use]
    pub fn suffices(self, level: Level, now: Millis) -> bool {
        let within = |at: Option<Millis>, time| at.is_some_and(|at| at <= now && now - at < time);
        let password = within(self.password, PROVES);
        let here = within(self.code, FRESH) || within(self.face, FRESH);
        password && (level <= ALONE || here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    #[test]
    fn after_five_wrong_passwords_pauses_grow() {
        let (mut tries, mut now, mut pauses) = (Tries::default(), NOW, Vec::new());
        for _ in 0..20 {
            if let Err(Refused::PasswordPaused { until }) = tries.may(now) {
                pauses.push(until - now);
                assert!(tries.may(until - 1).is_err());
                now = until;
            }
            tries.may(now).unwrap();
            tries = tries.after(false, now);
        }
        assert_eq!(pauses.len(), 15, "five without a pause");
        assert_eq!(pauses[..3], [60_000, 120_000, 240_000]);
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        assert_eq!(tries.answer(), Refused::PasswordWrong { left: 0 });
        assert_eq!(tries.after(true, now).may(now), Ok(()));
    }

    #[test]
    fn above_the_lowest_level_a_password_needs_company() {
        let (password, long_ago) = (Some(NOW - PROVES + 1), Some(NOW - FRESH));
        let shown = |password, code, face| Shown {
            password,
            code,
            face,
        };
        let alone = shown(password, None, None);
        assert!(alone.suffices(Level::Low, NOW));
        assert!(!alone.suffices(Level::Low, NOW + 1), "for half an hour");
        for level in [Level::Substantial, Level::High] {
            assert!(!alone.suffices(level, NOW));
            assert!(!shown(password, long_ago, long_ago).suffices(level, NOW));
            assert!(shown(password, Some(NOW), None).suffices(level, NOW));
            assert!(shown(password, None, Some(NOW)).suffices(level, NOW));
            assert!(!shown(None, Some(NOW), Some(NOW)).suffices(level, NOW));
            assert!(
                !shown(password, Some(NOW + 1), None).suffices(level, NOW),
                "to come"
            );
        }
    }
}
