//! How many one-time codes may be sent: to a number, for a tenant, from an address.
//!
//! A code is sent only if all three allow it, and one that is refused counts for none of
//! them. Windows slide: of any stretch of time as long as the window, at most so many
//! codes lie in it. What is remembered are times under keyed digests, in memory alone: a
//! number cannot be read from it, and a restart forgets. Links that are asked for by number
//! are counted apart from codes, under rules that follow from theirs: who asks by address
//! ([`Rules::of_askers`]), and what is sent by number and tenant ([`Rules::of_links`]).

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use crypto::MacKey;
use serde::{Deserialize, Serialize};

use crate::{event::Millis, identity::Phone};

const MINUTE: Millis = 60 * 1000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
/// Bytes of a digest under which times are remembered.
const KEY: usize = 16;

/// At most so many within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Most codes.
    pub most: u32,
    /// Length, milliseconds.
    pub within_ms: Millis,
}

impl Window {
    const fn new(most: u32, within_ms: Millis) -> Self {
        Self { most, within_ms }
    }
}

/// The limits. Of several windows each one holds; none means no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// For one mobile number, whoever asks.
    pub number: Vec<Window>,
    /// For one address; of IPv6 for one /64, which is what one subscriber has.
    pub address: Vec<Window>,
    /// For one tenant.
    pub tenant: Vec<Window>,
    /// Codes that are remembered at most. When there are more within the longest window
    /// the next is refused: what is forgotten would be a limit that does not hold.
    pub remembered: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            number: vec![
                Window::new(1, MINUTE),
                Window::new(5, HOUR),
                Window::new(10, DAY),
            ],
            address: vec![Window::new(30, HOUR)],
            tenant: vec![Window::new(10_000, HOUR), Window::new(100_000, DAY)],
            remembered: 300_000,
        }
    }
}

impl Rules {
    /// For who asks for links by number, a stranger: the windows of a number are those of
    /// one address and one number together, so that nobody can use up what others may ask
    /// for; of all numbers an address has a third of what it has of codes.
    #[must_use]
    pub(crate) fn of_askers(&self) -> Self {
        let third = |window: &Window| Window::new(window.most.div_ceil(3), window.within_ms);
        Self {
            number: self.short(),
            address: self.address.iter().map(third).collect(),
            tenant: Vec::new(),
            remembered: self.remembered,
        }
    }

    /// For links that go to a number because they were asked for, whoever did.
    #[must_use]
    pub(crate) fn of_links(&self) -> Self {
        Self {
            number: self.short(),
            address: Vec::new(),
            tenant: self.tenant.clone(),
            remembered: self.remembered,
        }
    }

    /// The windows of a number, none longer than an hour: what strangers did is soon over.
    fn short(&self) -> Vec<Window> {
        let short = |window: &Window| Window::new(window.most, window.within_ms.min(HOUR));
        self.number.iter().map(short).collect()
    }
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The number's.
    Number,
    /// The address's.
    Address,
    /// The tenant's.
    Tenant,
    /// What can be remembered.
    Memory,
}

impl Scope {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Number => "code-limit-number",
            Self::Address => "code-limit-address",
            Self::Tenant => "code-limit-tenant",
            Self::Memory => "code-limit-memory",
        }
    }
}

/// No code is sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many codes ({}); the next one can be sent in {after_ms} ms", scope.code())]
pub struct Limited {
    /// Which limit.
    pub scope: Scope,
    /// When this limit lets the next one through, in milliseconds from now.
    pub after_ms: Millis,
}

/// Whom a code is for.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The tenant of the contract.
    pub tenant: &'a str,
    /// The number that would get it.
    pub number: &'a Phone,
    /// From where it is asked for.
    pub address: IpAddr,
}

/// Counts codes. One for the whole service.
pub struct Limits {
    key: MacKey,
    now: Millis,
    number: Log,
    address: Log,
    tenant: Log,
    remembered: usize,
}

impl Limits {
    /// Nothing sent yet. `secret` is random and of this process alone.
    #[must_use]
    pub fn new(rules: Rules, secret: &[u8; 32]) -> Option<Self> {
        Some(Self {
            key: MacKey::new(secret)?,
            now: Millis::MIN,
            number: Log::new(rules.number),
            address: Log::new(rules.address),
            tenant: Log::new(rules.tenant),
            remembered: rules.remembered,
        })
    }

    /// Counts a code that is sent at `now`, if every limit allows it. A clock that is set
    /// back gives nobody more codes: time stands still until it has come up again.
    ///
    /// # Errors
    /// The limit that takes longest to let the next code through.
    pub fn take(&mut self, now: Millis, asking: &Asking) -> Result<(), Limited> {
        let (number, address) = (asking.number.expose(), network(asking.address));
        self.count(now, number.as_bytes(), &address, asking.tenant)
    }

    /// Counts that an address asks for a link at a number, under [`Rules::of_askers`].
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn ask(
        &mut self,
        now: Millis,
        number: &Phone,
        address: IpAddr,
    ) -> Result<(), Limited> {
        let address = network(address);
        let both = [number.expose().as_bytes(), b"\0", &address].concat();
        self.count(now, &zeroize::Zeroizing::new(both), &address, "")
    }

    /// Counts a link that a tenant's contract sends to a number, under [`Rules::of_links`].
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn send(
        &mut self,
        now: Millis,
        number: &Phone,
        tenant: &str,
    ) -> Result<(), Limited> {
        self.count(now, number.expose().as_bytes(), &[], tenant)
    }

    fn count(
        &mut self,
        now: Millis,
        number: &[u8],
        address: &[u8],
        tenant: &str,
    ) -> Result<(), Limited> {
        self.now = self.now.max(now);
        let now = self.now;
        let keys = [
            self.digest(b"number", number),
            self.digest(b"address", address),
            self.digest(b"tenant", tenant.as_bytes()),
        ];
        let scopes = [Scope::Number, Scope::Address, Scope::Tenant];
        let logs = [&mut self.number, &mut self.address, &mut self.tenant];
        let mut waits = Vec::with_capacity(logs.len());
        for ((log, key), scope) in logs.into_iter().zip(&keys).zip(scopes) {
            log.forget(now);
            let full = log.order.len() >= self.remembered;
            let limits = [
                (scope, log.wait(key, now)),
                (Scope::Memory, log.room(full, now)),
            ];
            waits.extend(limits.map(|(scope, after_ms)| Limited { scope, after_ms }));
        }
        let longest = waits.into_iter().max_by_key(|limited| limited.after_ms);
        if let Some(limited) = longest.filter(|limited| limited.after_ms > 0) {
            return Err(limited);
        }
        let logs = [&mut self.number, &mut self.address, &mut self.tenant];
        for (log, key) in logs.into_iter().zip(keys) {
            log.add(key, now);
        }
        Ok(())
    }

    fn digest(&self, scope: &[u8], value: &[u8]) -> Key {
        let tag = self.key.tag(&[scope, b"\0", value].concat());
        let mut key = [0; KEY];
        for (to, from) in key.iter_mut().zip(tag) {
            *to = from;
        }
        key
    }
}

/// The address, or the part of it that one subscriber has.
pub(crate) fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

type Key = [u8; KEY];

/// Times of one scope, ascending, by key and in all.
struct Log {
    windows: Vec<Window>,
    longest: Millis,
    times: HashMap<Key, VecDeque<Millis>>,
    order: VecDeque<(Millis, Key)>,
}

impl Log {
    fn new(windows: Vec<Window>) -> Self {
        let longest = windows.iter().map(|window| window.within_ms).max();
        Self {
            windows,
            longest: longest.unwrap_or(0),
            times: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Forgets what no window sees any longer.
    fn forget(&mut self, now: Millis) {
        let until = now.saturating_sub(self.longest);
        while let Some((at, key)) = self.order.front().copied() {
            if at > until {
                break;
            }
            self.order.pop_front();
            if let Some(times) = self.times.get_mut(&key) {
                times.pop_front();
                if times.is_empty() {
                    self.times.remove(&key);
                }
            }
        }
    }

    /// Milliseconds until all windows have room for this key; 0 when they do now.
    fn wait(&self, key: &Key, now: Millis) -> Millis {
        let empty = VecDeque::new();
        let times = self.times.get(key).unwrap_or(&empty);
        let wait = |window: &Window| {
            let most = usize::try_from(window.most).unwrap_or(usize::MAX);
            // The code that must leave the window before the next one comes in.
            let leaving = times.len().checked_sub(most);
            let at = leaving.map(|index| times.get(index).copied().unwrap_or(now));
            at.map_or(0, |at| at.saturating_add(window.within_ms) - now)
        };
        self.windows.iter().map(wait).max().unwrap_or(0).max(0)
    }

    /// Milliseconds until something is forgotten, when everything is full.
    fn room(&self, full: bool, now: Millis) -> Millis {
        let first = self.order.front().filter(|_| full && self.longest > 0);
        first.map_or(0, |(at, _)| (at.saturating_add(self.longest) - now).max(1))
    }

    fn add(&mut self, key: Key, now: Millis) {
        if self.longest > 0 {
            self.times.entry(key).or_default().push_back(now);
            self.order.push_back((now, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn phone(last: u32) -> Phone {
        format!("138{last:08}").parse().unwrap()
    }

    fn v4(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    fn limits(rules: Rules) -> Limits {
        Limits::new(rules, &SECRET).unwrap()
    }

    fn take(limits: &mut Limits, now: Millis, number: u32, tenant: &str) -> Result<(), Limited> {
        limits.take(
            now,
            &Asking {
                tenant,
                number: &phone(number),
                address: v4(1),
            },
        )
    }

    #[test]
    fn a_number_gets_one_a_minute_five_an_hour_ten_a_day() {
        let mut limits = limits(Rules::default());
        take(&mut limits, 0, 1, "t").unwrap();
        let limited = take(&mut limits, MINUTE - 1, 1, "t").unwrap_err();
        let expected = Limited {
            scope: Scope::Number,
            after_ms: 1,
        };
        assert_eq!(limited, expected);
        for minute in 1..5 {
            take(&mut limits, minute * MINUTE, 1, "t").unwrap();
        }
        let limited = take(&mut limits, 5 * MINUTE, 1, "t").unwrap_err();
        assert_eq!(limited.after_ms, 55 * MINUTE);
        for minute in 0..5 {
            take(&mut limits, HOUR + minute * MINUTE, 1, "t").unwrap();
        }
        let limited = take(&mut limits, 3 * HOUR, 1, "t").unwrap_err();
        assert_eq!(limited.after_ms, 21 * HOUR);
        take(&mut limits, DAY, 1, "t").unwrap();
    }

    /// Another number, from the same place, and another tenant's: the address's limit.
    #[test]
    fn an_address_is_limited_over_numbers_and_tenants() {
        let mut limits = limits(Rules::default());
        for number in 0..30 {
            take(&mut limits, 0, number, &format!("tenant {number}")).unwrap();
        }
        let limited = take(&mut limits, 0, 30, "other").unwrap_err();
        assert_eq!((limited.scope, limited.after_ms), (Scope::Address, HOUR));
        // What was refused counts for nobody.
        take(&mut limits, HOUR, 30, "other").unwrap();
    }

    #[test]
    fn neighbours_in_one_network_are_one_address() {
        let rules = Rules {
            number: Vec::new(),
            tenant: Vec::new(),
            address: vec![Window::new(1, HOUR)],
            ..Rules::default()
        };
        let mut limits = limits(rules);
        let mut from = |address: IpAddr| {
            let asking = Asking {
                tenant: "t",
                number: &phone(1),
                address,
            };
            limits.take(0, &asking).is_ok()
        };
        let v6 =
            |net: u16, host: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, net, 0, 0, 0, host));
        assert!(from(v6(1, 1)));
        assert!(!from(v6(1, 2)));
        assert!(from(v6(2, 1)));
        assert!(from(v4(1)));
        assert!(!from(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().into()));
    }

    #[test]
    fn what_is_full_refuses_and_forgets() {
        let rules = Rules {
            number: vec![Window::new(10, HOUR)],
            address: Vec::new(),
            tenant: Vec::new(),
            remembered: 3,
        };
        let mut limits = limits(rules);
        for number in 0..3 {
            take(&mut limits, Millis::from(number), number, "t").unwrap();
        }
        let limited = take(&mut limits, 10, 4, "t").unwrap_err();
        assert_eq!(
            (limited.scope, limited.after_ms),
            (Scope::Memory, HOUR - 10)
        );
        take(&mut limits, HOUR, 4, "t").unwrap();
        assert_eq!(limits.number.order.len(), 3);
        assert_eq!(limits.number.times.len(), 3);
        // What has no limit is not remembered.
        assert!(limits.tenant.times.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_gives_no_code() {
        let mut limits = limits(Rules::default());
        take(&mut limits, DAY, 1, "t").unwrap();
        let limited = take(&mut limits, 0, 1, "t").unwrap_err();
        assert_eq!(limited.after_ms, MINUTE);
    }

    #[test]
    fn no_number_is_in_what_is_remembered() {
        let mut limits = limits(Rules::default());
        take(&mut limits, 0, 12_345_678, "t").unwrap();
        let kept = limits.number.times.keys().next().unwrap();
        assert_ne!(&kept[..], &b"13812345678"[..].repeat(2)[..KEY]);
        let mut other = Limits::new(Rules::default(), &[8; 32]).unwrap();
        take(&mut other, 0, 12_345_678, "t").unwrap();
        assert_ne!(other.number.times.keys().next().unwrap(), kept);
    }

    /// Every code that was ever sent, looked through from the beginning each time.
    struct Naive {
        rules: Rules,
        sent: Vec<(Millis, [u32; 3])>,
        now: Millis,
    }

    impl Naive {
        fn take(&mut self, now: Millis, of: [u32; 3]) -> bool {
            self.now = self.now.max(now);
            let Rules {
                number,
                address,
                tenant,
                ..
            } = &self.rules;
            let scopes = [number, address, tenant];
            let allowed = scopes.iter().enumerate().all(|(scope, windows)| {
                windows.iter().all(|window| {
                    let inside = self.sent.iter().filter(|(at, whose)| {
                        whose[scope] == of[scope] && self.now - at < window.within_ms
                    });
                    inside.count() < window.most as usize
                })
            });
            if allowed {
                self.sent.push((self.now, of));
            }
            allowed
        }
    }

    fn windows() -> impl Strategy<Value = Vec<Window>> {
        let window = (0_u32..6, 1_i64..200).prop_map(|(most, within)| Window::new(most, within));
        prop::collection::vec(window, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// The same answers as the model, and the time that a refusal names is the first
        /// at which its own limit lets go.
        #[test]
        fn limits_are_those_of_the_model(
            number in windows(), address in windows(), tenant in windows(),
            asks in prop::collection::vec((-20_i64..60, 0_u32..3, 0_u8..3, 0_u32..2), 1..60),
        ) {
            let rules = Rules { number, address, tenant, ..Rules::default() };
            let mut model = Naive { rules: rules.clone(), sent: Vec::new(), now: Millis::MIN };
            let mut limits = limits(rules);
            let mut now = 1000;
            for (step, who, place, house) in asks {
                now += step;
                let number = phone(who);
                let asking = Asking {
                    tenant: &house.to_string(),
                    number: &number,
                    address: v4(place),
                };
                let expected = model.take(now, [who, place.into(), house]);
                let taken = limits.take(now, &asking);
                prop_assert_eq!(taken.is_ok(), expected);
                if let Err(limited) = taken {
                    prop_assert!(limited.after_ms > 0);
                }
                let alive: usize = limits.number.times.values().map(VecDeque::len).sum();
                prop_assert_eq!(alive, limits.number.order.len());
            }
        }
    }
}
