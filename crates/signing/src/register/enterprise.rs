//! An enterprise as the fold of its events: what it is called, who represents it, and who
//! may act for it.

use crypto::Digest;
use serde::{Deserialize, Serialize};
use store::BlobId;

use super::{
    Asking, CHECKS_A_DAY, DAY, Pace, Recorded, Refused,
    assurance::{self, Assurance, Check, CheckKind, ENTERPRISE, Elements},
};
use crate::{event::Millis, ports::Verdict};

/// Wrong sums that may be named for one payment.
pub const AMOUNTS: u8 = 3;
/// How long a payment can be confirmed.
pub const PAYMENT: Millis = 7 * DAY;
/// Name of the question that has a sum paid.
const PAYS: &str = "payment";
/// Payments in a day.
pub const PAYMENTS_A_DAY: usize = 3;
/// The longest authorisation of an agent.
pub const LONGEST: Millis = 3 * 365 * DAY;
/// Authorisations that an enterprise may ever have.
const AUTHORISATIONS: usize = 1000;

/// What an enterprise claims. All of it is public but who the representative is, who is
/// named by identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Registered name.
    pub name: String,
    /// Unified social credit code.
    pub code: String,
    /// The legal representative, a registered person of the tenant.
    pub representative: String,
}

/// A payment into the enterprise's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Identifier.
    pub payment: String,
    /// What the bank's authority calls it.
    pub reference: String,
    /// Who made it.
    pub source: String,
    /// Its receipt.
    pub receipt: String,
    /// Keyed digests of what it was asked about.
    pub elements: Vec<Digest>,
    /// The answer as it was received, sealed under the enterprise's key.
    pub raw: BlobId,
    /// What bound the answer to its question; none of those from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// Who signed an authorisation for the enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedBy {
    /// The enterprise, by its seal.
    Seal,
    /// The legal representative, in person.
    Representative,
}

/// An agent's authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// Identifier.
    pub authorisation: String,
    /// The agent, a registered person of the tenant.
    pub person: String,
    /// The contract that says so, complete and signed.
    pub contract: String,
    /// Digest of its document.
    pub document: Digest,
    /// Who signed it for the enterprise.
    pub signed_by: SignedBy,
    /// The act of that signature.
    pub act: String,
    /// When it ends.
    pub expires: Millis,
}

/// Something that happened to an enterprise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// An enterprise was registered.
    Registered {
        /// Identifier.
        enterprise: String,
        /// Name of its data key.
        key: String,
        /// What is claimed.
        claim: Claim,
    },
    /// Name or representative changed.
    Changed {
        /// What is claimed from now on.
        claim: Claim,
    },
    /// An authority is about to be asked: it counts before the question leaves, so that no
    /// interruption and no number of askers makes more of it.
    Asking {
        /// Name of the question.
        question: String,
        /// What the answer must bring back.
        nonce: String,
    },
    /// An authority answered.
    Checked {
        /// What.
        check: Check,
    },
    /// A sum was paid into the account.
    Paid {
        /// The payment.
        payment: Payment,
    },
    /// A sum is about to be named: it counts before the authority is asked, so that no
    /// interruption makes another try of it.
    AmountTried {
        /// Of which payment.
        payment: String,
    },
    /// A person may act for the enterprise.
    Authorised {
        /// How.
        authorisation: Authorisation,
    },
    /// The person may no longer.
    Revoked {
        /// Which authorisation.
        authorisation: String,
    },
    /// The enterprise was cancelled: its data key is destroyed.
    Cancelled,
}

impl Event {
    /// The name of the event in the store.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::Changed { .. } => "changed",
            Self::Asking { .. } => "asking",
            Self::Checked { .. } => "checked",
            Self::Paid { .. } => "paid",
            Self::AmountTried { .. } => "amount-tried",
            Self::Authorised { .. } => "authorised",
            Self::Revoked { .. } => "revoked",
            Self::Cancelled => "cancelled",
        }
    }

    /// The blobs that the event names.
    #[must_use]
    pub fn blobs(&self) -> Vec<BlobId> {
        match self {
            Self::Checked { check } => vec![check.raw],
            Self::Paid { payment } => vec![payment.raw],
            _ => Vec::new(),
        }
    }
}

/// What is asked of an enterprise's record.
pub enum Command {
    /// Claim something else.
    Change(Claim),
    /// Count a question before it is asked.
    Ask {
        /// Its name.
        question: String,
        /// What the answer must bring back.
        nonce: String,
    },
    /// Take an answer as evidence.
    Check(Check),
    /// Remember a payment.
    Pay(Payment),
    /// Count a sum that will be named.
    TryAmount(String),
    /// Let somebody act.
    Authorise(Authorisation),
    /// Let somebody act no longer.
    Revoke(String),
    /// End.
    Cancel,
}

/// A payment that waits for its sum.
#[derive(Debug, Clone)]
struct Waiting {
    payment: Payment,
    made: Millis,
    tried: u8,
}

/// An enterprise.
#[derive(Debug, Clone)]
pub struct Enterprise {
    /// Identifier; of the company too, once it has a seal.
    pub enterprise: String,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Name of its data key.
    pub key: String,
    /// What is claimed.
    pub claim: Claim,
    /// The latest answer to each question.
    pub checks: Vec<Check>,
    /// Authorisations that were not revoked, expired ones included.
    pub agents: Vec<Authorisation>,
    waiting: Option<Waiting>,
    /// Contracts that were registered as authorisations, revoked ones included.
    used: Vec<String>,
    payments: Pace,
    pace: Pace,
    asking: Asking,
}

impl Enterprise {
    /// Folds all events of an enterprise. `None` when they do not begin with
    /// [`Event::Registered`].
    pub fn fold(events: impl IntoIterator<Item = Recorded<Event>>) -> Option<Self> {
        let mut events = events.into_iter();
        let Event::Registered {
            enterprise,
            key,
            claim,
        } = events.next()?.event
        else {
            return None;
        };
        let mut folded = Self {
            enterprise,
            cancelled: false,
            key,
            claim,
            checks: Vec::new(),
            agents: Vec::new(),
            waiting: None,
            used: Vec::new(),
            payments: Pace::default(),
            pace: Pace::default(),
            asking: Asking::default(),
        };
        for event in events {
            folded.apply(&event);
        }
        Some(folded)
    }

    /// Whether anything can be done with it.
    pub fn must_be_there(&self) -> Result<(), Refused> {
        if self.cancelled {
            Err(Refused::EnterpriseCancelled)
        } else {
            Ok(())
        }
    }

    /// Whether an authority may be asked about it now.
    pub fn may_check(&self, now: Millis) -> Result<(), Refused> {
        self.must_be_there()?;
        self.pace.allows(CHECKS_A_DAY, now)
    }

    /// Whether another payment may be made now.
    pub fn may_pay(&self, now: Millis) -> Result<(), Refused> {
        self.must_be_there()?;
        let paid = self.payments.allows(PAYMENTS_A_DAY, now);
        paid.map_err(|_| Refused::PaymentLimit)
    }

    /// The payment whose sum may be named now.
    pub fn payable(&self, id: &str, now: Millis) -> Result<&Payment, Refused> {
        self.must_be_there()?;
        let waiting = self.waiting.as_ref();
        let waiting = waiting.filter(|waiting| waiting.payment.payment == id);
        match waiting.ok_or(Refused::PaymentOver)? {
            late if now >= late.made + PAYMENT => Err(Refused::PaymentOver),
            tried if tried.tried >= AMOUNTS => Err(Refused::PaymentExhausted),
            waiting => Ok(&waiting.payment),
        }
    }

    /// Sums that may still be named for the payment that waits.
    #[must_use]
    pub fn amounts_left(&self) -> u8 {
        let waiting = self.waiting.as_ref();
        waiting.map_or(0, |waiting| AMOUNTS.saturating_sub(waiting.tried))
    }

    /// The authorisation under which a person may act now.
    #[must_use]
    pub fn agent(&self, person: &str, now: Millis) -> Option<&Authorisation> {
        let of_person = |agent: &&Authorisation| agent.person == person && now < agent.expires;
        self.agents.iter().find(of_person)
    }

    /// How sure it is, now, that this is what is claimed.
    #[must_use]
    pub fn assurance(
        &self,
        elements: &Elements,
        representative: &Assurance,
        now: Millis,
    ) -> Assurance {
        let representative = Some(representative);
        assurance::assure(&ENTERPRISE, &self.checks, elements, representative, now)
    }

    /// Decides; changes nothing. The events are what the ledger will prove.
    pub fn decide(&self, command: Command, now: Millis) -> Result<Vec<Event>, Refused> {
        self.must_be_there()?;
        let event = match command {
            Command::Change(claim) => Event::Changed { claim },
            Command::Ask { question, nonce } => {
                self.may_check(now)?;
                if question == PAYS {
                    self.may_pay(now)?;
                }
                Event::Asking { question, nonce }
            }
            Command::Check(check) => {
                if !self.asking.knows(check.nonce.as_deref()) {
                    self.may_check(now)?;
                }
                Event::Checked { check }
            }
            Command::Pay(payment) => {
                if !self.asking.knows(payment.nonce.as_deref()) {
                    self.may_pay(now)?;
                }
                Event::Paid { payment }
            }
            Command::TryAmount(payment) => {
                self.payable(&payment, now)?;
                Event::AmountTried { payment }
            }
            Command::Authorise(authorisation) => {
                if self.used.contains(&authorisation.contract) {
                    return Err(Refused::AuthorisationUsed);
                }
                if authorisation.expires <= now || authorisation.expires > now + LONGEST {
                    let why = "it must end in the future, within three years";
                    return Err(Refused::AuthorisationUnfit(why));
                }
                if self.used.len() >= AUTHORISATIONS {
                    let (what, most) = ("authorisations", AUTHORISATIONS);
                    return Err(Refused::TooMany { what, most });
                }
                Event::Authorised { authorisation }
            }
            Command::Revoke(authorisation) => Event::Revoked { authorisation },
            Command::Cancel => Event::Cancelled,
        };
        Ok(vec![event])
    }

    /// Applies an event that was decided before. Cannot fail.
    pub fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Registered { .. } => {}
            Event::Changed { claim } => self.claim = claim.clone(),
            Event::Asking { question, nonce } => {
                self.pace.count(recorded.at);
                if question == PAYS {
                    self.payments.count(recorded.at);
                }
                self.asking.add(nonce, question);
            }
            Event::Checked { check } => {
                // Those of before were not counted before they were asked.
                match self.asking.take(check.nonce.as_deref()).as_deref() {
                    None => self.pace.count(recorded.at),
                    // Nothing was paid.
                    Some(PAYS) => self.payments.uncount(),
                    Some(_) => {}
                }
                if check.kind == CheckKind::Payment && check.verdict == Verdict::Match {
                    self.waiting = None;
                }
                assurance::add(&mut self.checks, check.clone());
            }
            Event::Paid { payment } => {
                if self.asking.take(payment.nonce.as_deref()).is_none() {
                    self.payments.count(recorded.at);
                }
                self.waiting = Some(Waiting {
                    payment: payment.clone(),
                    made: recorded.at,
                    tried: 0,
                });
            }
            Event::AmountTried { payment } => {
                let waiting = self.waiting.as_mut();
                if let Some(waiting) = waiting.filter(|w| w.payment.payment == *payment) {
                    waiting.tried = waiting.tried.saturating_add(1);
                }
            }
            Event::Authorised { authorisation } => {
                self.used.push(authorisation.contract.clone());
                self.agents.push(authorisation.clone());
            }
            Event::Revoked { authorisation } => {
                let is = |agent: &Authorisation| agent.authorisation == *authorisation;
                self.agents.retain(|agent| !is(agent));
            }
            Event::Cancelled => {
                self.cancelled = true;
                self.checks.clear();
                self.agents.clear();
                self.waiting = None;
            }
        }
    }
}
