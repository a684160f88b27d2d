//! A standing authorisation (用印授权书): what a company has agreed to that its seal may
//! be set on without anybody looking, within limits.
//!
//! It is a contract like any other, signed by a person for the company and by the
//! company's seal; what it allows are the data of that document, recorded beside it when
//! it is frozen. From its completion on a seal may be asked for under it. Each use is an
//! event of its stream in the change that makes the seal, so that no two have one number
//! and none comes after its revocation, on however many nodes.

use std::{fmt, str::FromStr};

use crypto::Digest;
use serde::{Deserialize, Serialize};
use time::{
    Date, OffsetDateTime, UtcOffset,
    macros::{format_description, offset},
};

use crate::{
    contract::{Contract, Status},
    event::{Millis, Profile, Recorded, Role},
    refusal::Refusal,
};

/// The template of authorisations; contracts of it are made in no other way.
pub const TEMPLATE: &str = "seal-authorisation";
/// The party that signs for the company.
pub const REPRESENTATIVE: &str = "representative";
/// The company itself.
pub const COMPANY: &str = "company";
/// Templates that one authorisation may name.
pub const TEMPLATES: usize = 16;
/// The highest amount that one may name, in fen: what 大写 can say.
pub const LARGEST: u64 = 99_999_999_999_999;
/// The longest period that one may name, in days: three years.
pub const LONGEST: i64 = 3 * 366;

/// All year (GB/T 7408).
const BEIJING: UtcOffset = offset!(+8);

/// A day in Beijing, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// Text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as YYYY-MM-DD")]
pub struct DayError;

impl Day {
    /// The day in Beijing at a time.
    #[must_use]
    pub fn at(time: Millis) -> Self {
        let time = OffsetDateTime::from_unix_timestamp(time.div_euclid(1000));
        let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Self(time.to_offset(BEIJING).date())
    }

    /// Days from this one to another.
    #[must_use]
    pub fn until(self, other: Self) -> i64 {
        (other.0 - self.0).whole_days()
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let date = Date::parse(text, format_description!("[year]-[month]-[day]"));
        date.map(Self).map_err(|_| DayError)
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.0.year(), u8::from(self.0.month()), self.0.day());
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

/// How far an authorisation reaches: the data of the document that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Templates of the contracts that may be sealed, as `name/version`: a later text is
    /// not agreed to.
    pub templates: Vec<String>,
    /// The highest amount of one contract, in fen.
    pub amount_fen: u64,
    /// The first day in Beijing.
    pub from: Day,
    /// The last day in Beijing.
    pub until: Day,
    /// How many seals.
    pub count: u32,
}

/// Something that happened to an authorisation. The ledger proves these too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum AuthorisationEvent {
    /// Its document was frozen and opened for signing.
    Drafted {
        /// The company whose seal it is about.
        company: String,
        /// Algorithms of its contract.
        profile: Profile,
        /// Digest of the frozen document, which states the limits.
        document: Digest,
        /// How far it reaches.
        limits: Limits,
    },
    /// A seal was set under it.
    Used {
        /// Number of the use, from 1.
        number: u32,
        /// The contract that was sealed.
        contract: String,
        /// For which of its parties.
        role: Role,
        /// The act.
        act: String,
    },
    /// It was revoked.
    Revoked {
        /// Digest of the credential that ordered it.
        by: Digest,
    },
}

impl AuthorisationEvent {
    /// The name of the event in the store.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "drafted",
            Self::Used { .. } => "used",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// The state of an authorisation: the fold of its events.
#[derive(Debug, Clone)]
pub struct Authorisation {
    /// The company whose seal it is about.
    pub company: String,
    /// Algorithms of its contract.
    pub profile: Profile,
    /// How far it reaches.
    pub limits: Limits,
    /// Seals that were set under it.
    pub used: u32,
    /// When it was revoked.
    pub revoked: Option<Millis>,
}

/// A seal that is asked for under an authorisation.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The company that shall seal.
    pub company: &'a str,
    /// The contract.
    pub contract: &'a Contract,
}

impl Authorisation {
    /// Folds all events of an authorisation. None when they do not begin with
    /// [`AuthorisationEvent::Drafted`].
    pub fn fold(events: impl IntoIterator<Item = Recorded<AuthorisationEvent>>) -> Option<Self> {
        let mut events = events.into_iter();
        let mut state = Self::new(&events.next()?.event)?;
        for recorded in events {
            state.apply(&recorded);
        }
        Some(state)
    }

    /// An authorisation that was drafted just now.
    #[must_use]
    pub fn new(drafted: &AuthorisationEvent) -> Option<Self> {
        let AuthorisationEvent::Drafted {
            company,
            profile,
            limits,
            ..
        } = drafted
        else {
            return None;
        };
        Some(Self {
            company: company.clone(),
            profile: *profile,
            limits: limits.clone(),
            used: 0,
            revoked: None,
        })
    }

    /// Decides whether a seal may be set under it now, and gives the number of the use.
    /// `own` is its contract.
    ///
    /// # Errors
    /// The first limit that is in the way, each with a code of its own.
    pub fn decide(&self, own: &Contract, wanted: Wanted, now: Millis) -> Result<u32, Refusal> {
        let Limits {
            templates,
            amount_fen,
            from,
            until,
            count,
        } = &self.limits;
        let terms = &wanted.contract.terms;
        if self.company != wanted.company {
            return Err(Refusal::AuthorisationForeign);
        }
        if own.status != Status::Complete {
            return Err(Refusal::AuthorisationIncomplete);
        }
        if self.revoked.is_some() {
            return Err(Refusal::AuthorisationRevoked);
        }
        if !(*from..=*until).contains(&Day::at(now)) {
            return Err(Refusal::AuthorisationPeriod {
                from: *from,
                until: *until,
            });
        }
        if !terms
            .template
            .as_ref()
            .is_some_and(|t| templates.contains(t))
        {
            return Err(Refusal::AuthorisationTemplate);
        }
        // A contract that names no amount is not below the limit.
        if terms.amount_fen.is_none_or(|amount| amount > *amount_fen) {
            return Err(Refusal::AuthorisationAmount {
                limit_fen: *amount_fen,
            });
        }
        if self.used >= *count {
            return Err(Refusal::AuthorisationUsedUp { count: *count });
        }
        Ok(self.used + 1)
    }

    /// Applies an event that was decided before. Cannot fail.
    pub fn apply(&mut self, recorded: &Recorded<AuthorisationEvent>) {
        match &recorded.event {
            AuthorisationEvent::Drafted { .. } => {}
            AuthorisationEvent::Used { number, .. } => self.used = self.used.max(*number),
            AuthorisationEvent::Revoked { .. } => {
                self.revoked.get_or_insert(recorded.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_in_beijing() {
        let day = |text: &str| text.parse::<Day>();
        // 2027-01-15, 16:00 UTC: a new day has begun in Beijing.
        let noon = 1_800_000_000_000;
        assert_eq!(Day::at(noon).to_string(), "2027-01-15");
        let midnight = 1_800_028_800_000;
        assert_eq!(Day::at(midnight), day("2027-01-16").unwrap());
        assert_eq!(Day::at(midnight - 1), day("2027-01-15").unwrap());
        for wrong in ["", "2027-1-5", "2027-02-29", "15-01-2027", "2027-01-15 "] {
            assert_eq!(day(wrong), Err(DayError), "{wrong}");
        }
        let leap = day("2028-02-29").unwrap();
        assert_eq!(day("2028-02-28").unwrap().until(leap), 1);
        assert_eq!(serde_json::to_string(&leap).unwrap(), r#""2028-02-29""#);
    }
}
