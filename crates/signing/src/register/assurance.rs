//! How sure it is that somebody is who they say: a level that follows from checks.
//!
//! Nothing here is state. The same checks at the same time give the same level; what
//! changes is data in [`PERSON`], [`ENTERPRISE`] and [`CheckKind::lasts`].

use std::collections::BTreeMap;

use crypto::Digest;
use serde::{Deserialize, Serialize};
use store::BlobId;

use super::DAY;
use crate::{event::Millis, ports::Verdict};

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Claimed, and well formed.
    Low,
    /// Authorities know it, and something that only this one has fits.
    Substantial,
    /// Seen besides: a living face, or the document in a clerk's hand.
    High,
}

impl Level {
    /// The name used in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }
}

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// Name and number of a document, by public security (two elements).
    Person,
    /// Name, number and telephone, by the mobile operator (three elements).
    Phone,
    /// Name, number, telephone and bank card, by the bank (four elements).
    BankCard,
    /// The living face, by an authority that has a picture.
    Face,
    /// The document itself, by a clerk who saw the person with it.
    DocumentSeen,
    /// Name, code and representative's name, by the business register.
    EnterpriseThree,
    /// The same, and the representative's document.
    EnterpriseFour,
    /// A sum that was paid into the enterprise's account and named by it.
    Payment,
}

impl CheckKind {
    /// The name used in the API and in events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Phone => "phone",
            Self::BankCard => "bank-card",
            Self::Face => "face",
            Self::DocumentSeen => "document-seen",
            Self::EnterpriseThree => "enterprise-three",
            Self::EnterpriseFour => "enterprise-four",
            Self::Payment => "payment",
        }
    }

    /// How long the answer counts.
    #[must_use]
    pub fn lasts(self) -> Millis {
        match self {
            Self::Face => 90 * DAY,
            Self::Person
            | Self::Phone
            | Self::BankCard
            | Self::DocumentSeen
            | Self::EnterpriseThree
            | Self::EnterpriseFour
            | Self::Payment => 365 * DAY,
        }
    }
}

/// An answer that was taken as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Identifier.
    pub check: String,
    /// What was checked.
    pub kind: CheckKind,
    /// What was found.
    pub verdict: Verdict,
    /// Who found it; a simulator says so here.
    pub source: String,
    /// When, by the clock of who found it.
    pub at: Millis,
    /// Its number there.
    pub receipt: String,
    /// What bound the answer to its question; none of a clerk.
    pub nonce: Option<String>,
    /// How alike two faces are, per mille.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u16>,
    /// Keyed digests of what it was asked about, such as name and number. It counts for as
    /// long as all of them are what is claimed.
    pub elements: Vec<Digest>,
    /// Keyed digest of what else it was asked about, such as a bank card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub besides: Option<Digest>,
    /// The consent without which it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// The answer as it was received, sealed.
    pub raw: BlobId,
    /// Name of the data key that it is sealed under.
    pub key: String,
}

/// What is claimed now, by keyed digest, each with the time until which it holds.
pub type Elements = BTreeMap<Digest, Millis>;

impl Check {
    /// Until when it counts among these elements; `None` when it does not.
    #[must_use]
    pub fn counts_until(&self, elements: &Elements, now: Millis) -> Option<Millis> {
        if self.verdict != Verdict::Match {
            return None;
        }
        let mut until = self.at.saturating_add(self.kind.lasts());
        for element in &self.elements {
            until = until.min(*elements.get(element)?);
        }
        (now < until).then_some(until)
    }

    /// Whether it asks what the other asked, so that the later of the two counts alone.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        self.kind == other.kind && self.elements == other.elements && self.besides == other.besides
    }
}

/// Adds a check; an earlier answer to the same question counts no more.
pub(super) fn add(checks: &mut Vec<Check>, check: Check) {
    checks.retain(|old| !check.repeats(old));
    checks.push(check);
}

/// A way to a level.
pub struct Rule {
    /// The level.
    pub level: Level,
    /// Checks that all must count.
    pub needs: &'static [CheckKind],
    /// The level that an enterprise's representative must have.
    pub representative: Option<Level>,
}

const fn rule(level: Level, needs: &'static [CheckKind]) -> Rule {
    let representative = None;
    Rule {
        level,
        needs,
        representative,
    }
}

/// The ways of a person. Three of the five need no face.
pub const PERSON: [Rule; 5] = [
    rule(Level::High, &[CheckKind::Person, CheckKind::Face]),
    rule(Level::High, &[CheckKind::Person, CheckKind::DocumentSeen]),
    rule(Level::Substantial, &[CheckKind::Person, CheckKind::Phone]),
    rule(
        Level::Substantial,
        &[CheckKind::Person, CheckKind::BankCard],
    ),
    rule(Level::Substantial, &[CheckKind::Phone, CheckKind::BankCard]),
];

/// The ways of an enterprise. The business register is public: knowing what it says
/// proves nothing without control of the account, or the representative in person.
pub const ENTERPRISE: [Rule; 4] = [
    Rule {
        level: Level::High,
        needs: &[CheckKind::EnterpriseFour, CheckKind::Payment],
        representative: Some(Level::High),
    },
    Rule {
        level: Level::Substantial,
        needs: &[CheckKind::EnterpriseFour],
        representative: Some(Level::Substantial),
    },
    rule(
        Level::Substantial,
        &[CheckKind::EnterpriseFour, CheckKind::Payment],
    ),
    rule(
        Level::Substantial,
        &[CheckKind::EnterpriseThree, CheckKind::Payment],
    ),
];

/// A level with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// The level.
    pub level: Level,
    /// When it falls, unless something is checked again; none for [`Level::Low`].
    pub expires: Option<Millis>,
    /// The checks that it rests on.
    pub evidence: Vec<String>,
}

impl Assurance {
    /// What a claim alone is worth.
    #[must_use]
    pub fn claimed() -> Self {
        Self {
            level: Level::Low,
            expires: None,
            evidence: Vec::new(),
        }
    }
}

/// The highest level that some rule gives now; of several ways, the one that lasts longest.
#[must_use]
pub fn assure(
    rules: &[Rule],
    checks: &[Check],
    elements: &Elements,
    representative: Option<&Assurance>,
    now: Millis,
) -> Assurance {
    let of_kind = |kind: CheckKind| {
        let counting = checks.iter().filter(|check| check.kind == kind);
        let counting = counting.filter_map(|check| {
            let until = check.counts_until(elements, now)?;
            Some((until, check.check.clone()))
        });
        counting.max()
    };
    let by = |rule: &Rule| {
        let mut until = Millis::MAX;
        if let Some(needed) = rule.representative {
            let there = representative.filter(|there| there.level >= needed)?;
            until = there.expires.unwrap_or(Millis::MAX);
        }
        let found: Option<Vec<_>> = rule.needs.iter().copied().map(of_kind).collect();
        let (times, evidence): (Vec<_>, Vec<_>) = found?.into_iter().unzip();
        let until = times.into_iter().fold(until, Millis::min);
        Some(Assurance {
            level: rule.level,
            expires: Some(until),
            evidence,
        })
    };
    let ways = rules.iter().filter_map(by);
    let best = ways.max_by_key(|way| (way.level, way.expires));
    best.unwrap_or_else(Assurance::claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    fn digest(text: &str) -> Digest {
        crypto::digest(crypto::Hash::Sha256, text.as_bytes())
    }

    fn elements() -> Elements {
        ["name", "number", "phone"]
            .map(|text| (digest(text), Millis::MAX))
            .into()
    }

    fn check(kind: CheckKind, verdict: Verdict) -> Check {
        let asked = match kind {
            CheckKind::Phone | CheckKind::BankCard => vec!["name", "number", "phone"],
            _ => vec!["name", "number"],
        };
        Check {
            check: kind.name().to_owned(),
            kind,
            verdict,
            source: "test".to_owned(),
            at: NOW,
            receipt: "1".to_owned(),
            nonce: None,
            score: None,
            elements: asked.into_iter().map(digest).collect(),
            besides: None,
            consent: None,
            raw: BlobId::of(b""),
            key: String::new(),
        }
    }

    fn level(checks: &[Check], now: Millis) -> Level {
        assure(&PERSON, checks, &elements(), None, now).level
    }

    const KINDS: [CheckKind; 5] = [
        CheckKind::Person,
        CheckKind::Phone,
        CheckKind::BankCard,
        CheckKind::Face,
        CheckKind::DocumentSeen,
    ];

    /// Every set of checks, against the table of docs/identity.md written the other way.
    #[test]
    fn every_set_of_checks_has_its_level() {
        for set in 0_u8..32 {
            let has = |kind| {
                KINDS
                    .iter()
                    .position(|k| *k == kind)
                    .is_some_and(|n| set >> n & 1 == 1)
            };
            let checks: Vec<_> = KINDS.into_iter().filter(|kind| has(*kind)).collect();
            let checks: Vec<_> = checks
                .into_iter()
                .map(|kind| check(kind, Verdict::Match))
                .collect();
            let (person, phone, card) = (has(KINDS[0]), has(KINDS[1]), has(KINDS[2]));
            let expected = if person && (has(KINDS[3]) || has(KINDS[4])) {
                Level::High
            } else if (person && (phone || card)) || (phone && card) {
                Level::Substantial
            } else {
                Level::Low
            };
            assert_eq!(level(&checks, NOW), expected, "{set:05b}");
        }
    }

    #[test]
    fn what_does_not_match_never_raises() {
        for verdict in [Verdict::Mismatch, Verdict::Unknown] {
            let checks = KINDS.map(|kind| check(kind, verdict));
            assert_eq!(level(&checks, NOW), Level::Low);
        }
        let mut checks = KINDS.map(|kind| check(kind, Verdict::Match)).to_vec();
        add(&mut checks, check(CheckKind::Person, Verdict::Mismatch));
        assert_eq!(
            checks.len(),
            5,
            "the later answer takes the earlier one's place"
        );
        assert_eq!(
            level(&checks, NOW),
            Level::Substantial,
            "telephone and card are left"
        );
    }

    #[test]
    fn a_level_falls_when_its_evidence_expires() {
        let checks = KINDS.map(|kind| check(kind, Verdict::Match));
        let face = [checks[0].clone(), checks[1].clone(), checks[3].clone()];
        let now = assure(&PERSON, &face, &elements(), None, NOW);
        assert_eq!(
            (now.level, now.expires),
            (Level::High, Some(NOW + 90 * DAY))
        );
        assert_eq!(now.evidence, ["person", "face"]);
        assert_eq!(level(&face, NOW + 90 * DAY - 1), Level::High);
        assert_eq!(level(&face, NOW + 90 * DAY), Level::Substantial);
        assert_eq!(level(&face, NOW + 365 * DAY), Level::Low);
    }

    #[test]
    fn a_check_of_what_is_no_longer_claimed_does_not_count() {
        let checks = KINDS.map(|kind| check(kind, Verdict::Match));
        let mut claimed = elements();
        claimed.remove(&digest("phone"));
        let without = assure(&PERSON, &checks[..3], &claimed, None, NOW);
        assert_eq!(without.level, Level::Low);
        // The document expires before the answer.
        claimed.insert(digest("number"), NOW + DAY);
        let soon = assure(&PERSON, &checks, &claimed, None, NOW);
        assert_eq!((soon.level, soon.expires), (Level::High, Some(NOW + DAY)));
    }

    #[test]
    fn an_enterprise_needs_more_than_what_the_register_says() {
        let three = check(CheckKind::EnterpriseThree, Verdict::Match);
        let four = check(CheckKind::EnterpriseFour, Verdict::Match);
        let payment = check(CheckKind::Payment, Verdict::Match);
        let of = |checks: &[Check], representative| {
            let mut is = Assurance::claimed();
            is.level = representative;
            is.expires = Some(NOW + DAY);
            let found = assure(&ENTERPRISE, checks, &elements(), Some(&is), NOW);
            (found.level, found.expires)
        };
        let year = Some(NOW + 365 * DAY);
        assert_eq!(of(&[three.clone(), four.clone()], Level::Low).0, Level::Low);
        assert_eq!(
            of(std::slice::from_ref(&payment), Level::High).0,
            Level::Low
        );
        let paid = [three, payment.clone()];
        assert_eq!(of(&paid, Level::Low), (Level::Substantial, year));
        let in_person = of(std::slice::from_ref(&four), Level::Substantial);
        assert_eq!(in_person, (Level::Substantial, Some(NOW + DAY)));
        let all = [four, payment];
        assert_eq!(of(&all, Level::Substantial), (Level::Substantial, year));
        assert_eq!(of(&all, Level::High), (Level::High, Some(NOW + DAY)));
    }
}
