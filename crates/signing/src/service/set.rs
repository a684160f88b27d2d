//! Several contracts that one person signs in one sitting.
//!
//! A set adds nothing to what a contract is: each member has its own link, session, reading
//! and act, and its own handwriting that is sealed to it. What the signer brings to the
//! first member beside these (consents, identity, photographs, a code) can be taken over
//! by the others, and says so. The links and secrets of the members follow from one token
//! and one secret, so that nothing about a set has to be kept.

use bytes::Bytes;
use crypto::{Digester, Hash};
use store::BlobId;
use zeroize::Zeroizing;

use super::{
    Signing, SigningError,
    loaded::Step,
    secret_digest,
    session::{Member, Opened, Visit, loaded},
    staff::{ATTENDED, Desk},
};
use crate::{
    Refusal,
    contract::Command,
    event::{Millis, Profile, Role, SetPlace},
    identity::Details,
    manifest::EvidenceItem,
    policy::ItemKind,
};

/// Contracts that one sitting may have.
const MEMBERS: std::ops::RangeInclusive<usize> = 2..=100;
/// The fact that names the session where an item was brought.
const SHARED: &str = "shared";

/// The link of a set.
#[derive(Debug, Clone)]
pub struct SetLink {
    /// The set.
    pub set: String,
    /// 128 random bits in hexadecimal, from which the links of the members follow.
    pub token: String,
    /// When it ends.
    pub expires: Millis,
    /// Contracts that were asked for and are not in it.
    pub missed: Vec<Missed>,
}

/// A contract of a set that can no longer be signed there; the others go on.
#[derive(Debug, Clone)]
pub struct Missed {
    /// Which.
    pub contract: String,
    /// Why.
    pub refusal: Refusal,
}

/// An opened set.
#[derive(Debug, Clone)]
pub struct Sitting {
    /// The sitting's secret, from which those of its sessions follow.
    pub secret: String,
    /// The sessions, in the order of the set; each with its own secret.
    pub sessions: Vec<Opened>,
    /// Contracts of the set that did not open.
    pub missed: Vec<Missed>,
}

/// What came of sharing.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Contracts that have the evidence now.
    pub contracts: usize,
    /// Contracts of the sitting that did not take it.
    pub missed: Vec<Missed>,
}

/// What is brought to each contract for itself.
const OWN: [ItemKind; 5] = [
    ItemKind::Reading,
    ItemKind::Handwriting,
    ItemKind::Device,
    ItemKind::Attendant,
    ItemKind::Transcription,
];

/// An item of evidence, and its content where that is kept.
type Brought = (EvidenceItem, Option<Zeroizing<Vec<u8>>>);

impl Signing {
    /// Makes one link for several contracts, each with the role in which the same person
    /// signs there: same name, document and telephone, same profile. Those that can no
    /// longer be signed are left out, and named.
    ///
    /// # Errors
    /// When none can be signed, why the first cannot.
    pub async fn issue_set(
        &self,
        tenant: &str,
        members: &[(String, String)],
        lifetime: Millis,
    ) -> Result<SetLink, SigningError> {
        if !MEMBERS.contains(&members.len()) {
            return Err(invalid("a set has 2 to 100 contracts"));
        }
        let mut first: Option<(Details, Profile, bool)> = None;
        let (mut alive, mut missed) = (Vec::new(), Vec::new());
        for (at, (contract, role)) in members.iter().enumerate() {
            if members[..at].iter().any(|(other, _)| other == contract) {
                return Err(invalid("a contract is in a set once"));
            }
            let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.clone()))?;
            let mut guard = self.contract(tenant, contract).await?;
            let held = loaded(&mut guard)?;
            let profile = held.contract.terms.profile;
            let party = held.contract.party(&role)?.clone();
            let sealed = party.policy().sealed;
            let details = self.person(held, &party).await?.details.clone();
            let fits = first.as_ref().is_none_or(|(person, other, way)| {
                same_person(person, &details) && (profile, sealed) == (*other, *way)
            });
            if !fits {
                let reason = "the contracts of a set are signed by one person, in one profile, and \
                              all take evidence sealed or none does";
                return Err(invalid(reason));
            }
            first.get_or_insert((details, profile, sealed));
            match held.contract.may_link(&role, self.now()) {
                Ok(_) => alive.push((contract, role)),
                Err(refusal) => missed.push(Missed::of(contract, refusal)?),
            }
        }
        let (set, token) = (crypto::random_id(), crypto::random_id());
        let (mut expires, mut index) = (Millis::MAX, 0);
        for (contract, role) in &alive {
            let place = SetPlace {
                set: set.clone(),
                index,
                size: alive.len(),
            };
            let member = Member {
                contract,
                role: role.as_str(),
                token: derived(LINK, &token, index),
                return_url: None,
                set: Some(place),
                picked_up: false,
            };
            match self.issue(tenant, member, lifetime).await {
                Ok(link) => {
                    expires = expires.min(link.expires);
                    index += 1;
                }
                // It ended just now: its place is the next one's.
                Err(SigningError::Refused(refusal)) => {
                    missed.push(Missed::of(contract, refusal)?);
                }
                Err(error) => return Err(error),
            }
        }
        if index == 0 {
            return Err(none_of(missed));
        }
        Ok(SetLink {
            set,
            token,
            expires,
            missed,
        })
    }

    /// Opens the link of a set, once. A contract that can no longer be signed there is
    /// left out, and named.
    ///
    /// # Errors
    /// When none opens, why the first does not.
    pub async fn open_set(&self, token: &str) -> Result<Sitting, SigningError> {
        self.sit(token, None).await
    }

    /// Opens several contracts of one person on the officer's own device, as
    /// [`issue_set`](Self::issue_set) and [`open_set`](Self::open_set) would; each has the
    /// evidence of who was there.
    ///
    /// # Errors
    /// Of either; [`Refusal::NotInMode`] for a contract that its party signs alone.
    pub async fn attend_set(
        &self,
        desk: &Desk,
        members: &[(String, String)],
    ) -> Result<Sitting, SigningError> {
        for (contract, role) in members {
            self.must_be_attended(desk, contract, role).await?;
        }
        let link = self.issue_set(&desk.tenant, members, ATTENDED).await?;
        let mut sitting = self.sit(&link.token, Some(desk)).await?;
        sitting.missed.splice(..0, link.missed);
        Ok(sitting)
    }

    async fn sit(&self, token: &str, desk: Option<&Desk>) -> Result<Sitting, SigningError> {
        let secret = crypto::random_id();
        let (mut sessions, mut missed) = (Vec::new(), Vec::new());
        for index in 0..*MEMBERS.end() {
            let member = derived(LINK, token, index);
            let own = derived(SESSION, &secret, index);
            let opened = match desk {
                None => self.open_as(&member, own).await,
                Some(desk) => self.attend_member(desk, &member, own).await,
            };
            match opened {
                Ok(opened) => sessions.push(opened),
                // Places are taken one after the other: here the set ends.
                Err(SigningError::Refused(Refusal::LinkUnknown)) if index > 0 => break,
                Err(SigningError::Refused(refusal)) => {
                    let contract = self.contract_of(&member).await?;
                    missed.push(Missed::of(&contract, refusal)?);
                }
                Err(error) => return Err(error),
            }
        }
        if sessions.is_empty() {
            return Err(none_of(missed));
        }
        Ok(Sitting {
            secret,
            sessions,
            missed,
        })
    }

    /// The contract that a link leads to.
    async fn contract_of(&self, token: &str) -> Result<String, SigningError> {
        let link = secret_digest("link", token);
        let found = self.0.parts.store.session_link(&link).await?;
        Ok(found.ok_or(Refusal::LinkUnknown)?.contract)
    }

    /// Gives the other contracts of a sitting what the signer brought to the first of
    /// those that opened. What was given before is given anew.
    pub async fn share(&self, secret: &str) -> Result<Shared, SigningError> {
        let mut visits = Vec::new();
        for index in 0..*MEMBERS.end() {
            match self.visit(&derived(SESSION, secret, index)).await {
                Ok(visit) => visits.push(visit),
                // It did not open, or there are no more.
                Err(SigningError::Unauthorised) => {}
                Err(error) => return Err(error),
            }
        }
        if visits.is_empty() {
            return Err(SigningError::Unauthorised);
        }
        let (mut others, mut missed) = (visits.iter(), Vec::new());
        let (set, shared) = loop {
            let Some(lead) = others.next() else {
                return Err(none_of(missed));
            };
            match self.brought(lead).await {
                Ok(brought) => break brought,
                Err(SigningError::Refused(refusal)) => {
                    missed.push(Missed::of(&lead.contract, refusal)?);
                }
                Err(error) => return Err(error),
            }
        };
        let mut contracts = 1;
        for visit in others {
            match self.take_over(visit, &set, &shared).await {
                Ok(()) => contracts += 1,
                Err(SigningError::Refused(refusal)) => {
                    missed.push(Missed::of(&visit.contract, refusal)?);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Shared { contracts, missed })
    }

    /// The set of a session, and what was brought to it that its set may share.
    async fn brought(&self, lead: &Visit) -> Result<(String, Vec<Brought>), SigningError> {
        let mut guard = self.contract(&lead.tenant, &lead.contract).await?;
        let held = loaded(&mut guard)?;
        let session = held.contract.session(&lead.session, self.now())?.clone();
        let set = session.set.clone().ok_or(Refusal::SessionForeign)?;
        let party = held.contract.party(&session.role)?.clone();
        let person = self.person(held, &party).await?;
        let mut brought = Vec::new();
        for mut item in session.items {
            if OWN.contains(&item.kind) {
                continue;
            }
            let content = match held.contract.kept(&lead.session, &item) {
                None => None,
                Some(blob) => {
                    let sealed = self.0.parts.store.blob(&lead.tenant, &blob).await?;
                    Some(person.key.open(item.kind.name(), &sealed)?)
                }
            };
            item.facts.insert(SHARED.to_owned(), lead.session.clone());
            brought.push((item, content));
        }
        Ok((set.set, brought))
    }

    /// Gives one contract what was brought to another.
    async fn take_over(
        &self,
        visit: &Visit,
        set: &str,
        shared: &[Brought],
    ) -> Result<(), SigningError> {
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (held, now) = (loaded(&mut guard)?, self.now());
        let session = held.contract.session(&visit.session, now)?;
        let party = held.contract.party(&session.role)?.clone();
        let person = self.person(held, &party).await?;
        let mut items: Vec<(EvidenceItem, Option<BlobId>)> = Vec::new();
        let mut blobs: Vec<Bytes> = Vec::new();
        for (item, content) in shared {
            let seal = |plain: &Zeroizing<Vec<u8>>| person.key.seal(item.kind.name(), plain);
            let sealed = content.as_ref().map(seal);
            items.push((item.clone(), sealed.as_deref().map(BlobId::of)));
            blobs.extend(sealed);
        }
        let command = Command::Share {
            session: visit.session.clone(),
            set: set.to_owned(),
            items,
        };
        let step = Step {
            events: held.contract.decide(&command, now)?,
            blobs,
            ..Step::default()
        };
        self.commit(&mut guard, step, now, None, &()).await
    }
}

impl Missed {
    /// A contract that ended, or that its party has signed or was sent a newer link for.
    ///
    /// # Errors
    /// What is about the whole set: it opens once.
    fn of(contract: &str, refusal: Refusal) -> Result<Self, SigningError> {
        match refusal {
            Refusal::ContractEnded(_)
            | Refusal::ContractComplete
            | Refusal::AlreadySigned(_)
            | Refusal::LinkExpired
            | Refusal::SessionExpired => Ok(Self {
                contract: contract.to_owned(),
                refusal,
            }),
            other => Err(other.into()),
        }
    }
}

/// Why a set has no contract at all.
fn none_of(missed: Vec<Missed>) -> SigningError {
    let first = missed.into_iter().next();
    let refusal = first.map_or(Refusal::LinkUnknown, |missed| missed.refusal);
    refusal.into()
}

const LINK: &str = "set-link";
const SESSION: &str = "set-session";

/// The secret of a member: 128 bits in hexadecimal that follow from the set's.
fn derived(purpose: &str, secret: &str, index: usize) -> String {
    let mut digester = Digester::new(Hash::Sha256);
    digester.update(format!("{purpose}\0{secret}\0{index}").as_bytes());
    let digest = digester.finish();
    hex::encode(digest.as_bytes().get(..16).unwrap_or_default())
}

fn same_person(one: &Details, other: &Details) -> bool {
    one.name == other.name && one.proof() == other.proof() && one.phone == other.phone
}

fn invalid(reason: &str) -> SigningError {
    SigningError::Invalid {
        field: "contracts".to_owned(),
        reason: reason.to_owned(),
    }
}
