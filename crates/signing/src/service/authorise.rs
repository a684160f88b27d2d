//! Standing authorisations: drafted, signed as contracts, used, revoked.
//!
//! Commands of one authorisation pass one after the other through its lock, which a seal
//! holds from the look at the limits to its commit: whatever is sealed is there before a
//! revocation is acknowledged, and nothing comes after it. Another node is noticed by the
//! store, since a use and a revocation append to the same stream.
//!
//! A seal takes the locks in one order: its contract, its share of `sealing`, the
//! authorisation. The authorisation's own contract is read past its lock.

use std::{collections::BTreeMap, sync::Arc};

use crypto::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Change;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    ATTEMPTS, CommandKey, NewContract, NewParty, Receipt, Signing, SigningError, Source,
    create::invalid,
    enterprise::Signer,
    loaded::Loaded,
    lock,
    stream::{Of, Proven, Stream},
};
use crate::{
    authorisation::{
        Authorisation, AuthorisationEvent, COMPANY, Day, LARGEST, LONGEST, Limits, REPRESENTATIVE,
        TEMPLATE, TEMPLATES, Wanted,
    },
    contract::{Contract, Status},
    event::{Millis, Order, Party, Profile, Recorded, Role},
    identity::{self, CreditCode, ResidentId},
    policy::{Mode, PolicyChange},
};

/// Most seals of one authorisation.
const SEALS: u32 = 10_000_000;
/// Authorisations of a tenant that are looked through for those of a company.
const LOOKED_THROUGH: u32 = 1000;
/// Authorisations of a company that are listed.
const LISTED: usize = 100;

/// An authorisation to be signed.
pub struct NewSealAuthorisation {
    /// Algorithms.
    pub profile: Profile,
    /// Time for signing it, from now.
    pub lifetime: Millis,
    /// Names of the templates, each of which is allowed as it is now.
    pub templates: Vec<String>,
    /// The highest amount of one contract, in fen.
    pub amount_fen: u64,
    /// The first day in Beijing.
    pub from: Day,
    /// The last day in Beijing.
    pub until: Day,
    /// How many seals.
    pub count: u32,
    /// Who signs for the company.
    pub signatory: Signatory,
    /// How the evidence differs from the default, by mode.
    pub evidence: BTreeMap<Mode, PolicyChange>,
}

/// Who signs for the company.
pub struct Signatory {
    /// How.
    pub mode: Mode,
    /// In which capacity.
    pub capacity: SignatoryCapacity,
    /// Name.
    pub name: String,
    /// Resident identity number.
    pub id_number: String,
    /// Mobile number.
    pub phone: String,
}

/// In which capacity somebody signs for a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatoryCapacity {
    /// 法定代表人.
    LegalRepresentative,
    /// 委托代理人, whose authorisation is registered.
    Agent,
}

/// An authorisation as its tenant sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorisationView {
    /// Identifier; its contract has the same.
    pub authorisation: String,
    /// The company.
    pub company: String,
    /// `signing`, `standing`, `revoked`, or how its contract ended.
    pub state: String,
    /// How far it reaches.
    pub limits: Limits,
    /// Seals that were set under it.
    pub used: u32,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
    /// Digest of the finished document.
    pub document: Option<Digest>,
}

/// One authorisation's place in the cache.
pub(super) type Slot = Arc<Mutex<Option<Standing>>>;
/// The right to use or revoke one authorisation.
type Guard = OwnedMutexGuard<Option<Standing>>;

/// An authorisation in memory.
pub(super) struct Standing {
    id: String,
    state: Authorisation,
    events: u64,
    /// Its contract; kept once it is complete, after which nothing changes in it.
    own: Option<Arc<Contract>>,
}

/// A use of an authorisation that was decided and not yet made.
pub(super) struct Under {
    guard: Guard,
    standing: Standing,
    number: u32,
    document: Digest,
}

/// A use that is being made durable. Dropped undone, it leaves nothing in memory.
pub(super) struct Being {
    guard: Guard,
    standing: Standing,
    event: Recorded<AuthorisationEvent>,
}

impl Standing {
    fn view(&self, own: &Contract) -> AuthorisationView {
        let Authorisation {
            company,
            limits,
            used,
            revoked,
            ..
        } = &self.state;
        let complete = own.status == Status::Complete;
        let state = match own.status {
            _ if revoked.is_some() => "revoked",
            Status::Complete => "standing",
            other => other.name(),
        };
        AuthorisationView {
            authorisation: self.id.clone(),
            company: company.clone(),
            state: state.to_owned(),
            limits: limits.clone(),
            used: *used,
            revoked_at: *revoked,
            document: complete.then(|| own.revision().clone()),
        }
    }

    fn proven(&self, event: &Recorded<AuthorisationEvent>) -> Result<Proven, SigningError> {
        let stream = Stream {
            of: Of::Authorisation,
            id: &self.id,
            hash: self.state.profile.hash(),
        };
        let events = std::slice::from_ref(event);
        stream.proven(self.events, events, AuthorisationEvent::kind)
    }

    fn apply(&mut self, event: &Recorded<AuthorisationEvent>) {
        self.state.apply(event);
        self.events += 1;
    }
}

impl Under {
    /// What the evidence says of it.
    pub fn facts(&self) -> [(String, String); 3] {
        [
            ("authorisation", self.standing.id.clone()),
            ("authorisation_document", self.document.to_string()),
            ("authorisation_use", self.number.to_string()),
        ]
        .map(|(name, fact)| (name.to_owned(), fact))
    }

    /// The use by an act that is about to be committed.
    pub fn used(self, receipt: &Receipt) -> Result<(Proven, Being), SigningError> {
        let event = Recorded {
            at: receipt.signed_at,
            event: AuthorisationEvent::Used {
                number: self.number,
                contract: receipt.contract.clone(),
                role: receipt.role.clone(),
                act: receipt.act.clone(),
            },
        };
        let proven = self.standing.proven(&event)?;
        let being = Being {
            guard: self.guard,
            standing: self.standing,
            event,
        };
        Ok((proven, being))
    }
}

impl Being {
    /// It is durable: true in memory too.
    pub fn done(mut self) {
        self.standing.apply(&self.event);
        *self.guard = Some(self.standing);
    }
}

impl Signing {
    /// Freezes an authorisation and opens it for signing: first a person for the company,
    /// then its seal. It has the identifier of its contract.
    ///
    /// # Errors
    /// [`Refused::SignatoryUnfit`](crate::register::Refused::SignatoryUnfit) when the
    /// register does not know that person as one who represents the company.
    pub async fn authorise(
        &self,
        tenant: &str,
        company: &str,
        new: NewSealAuthorisation,
        key: Option<&CommandKey>,
    ) -> Result<AuthorisationView, SigningError> {
        if let Some(before) = self.replay(tenant, key).await? {
            return Ok(before);
        }
        let details = self.company(tenant, company).await?.details.clone();
        let code = details.credit_code.as_ref().map(CreditCode::as_str);
        let (limits, titles) = self.limits(&new)?;
        let now = self.now();
        let today = Day::at(now);
        let Signatory {
            mode,
            capacity,
            name,
            id_number,
            phone,
        } = new.signatory;
        let resident: Result<ResidentId, _> = id_number.parse();
        let resident = resident.map_err(SigningError::identity("signatory.id_number"))?;
        let signer = Signer {
            name: identity::name(&name).map_err(SigningError::identity("signatory.name"))?,
            document: Some(resident.into()),
        };
        self.must_represent(tenant, company, &signer, Some(capacity))
            .await?;
        let number = crypto::random_id().to_uppercase();
        let number: String = number.chars().take(8).collect();
        let templates = limits.templates.iter().zip(titles);
        let templates = templates.map(|(name, title)| json!({ "name": name, "title": title }));
        let data = json!({
            "number": format!("SQ-{}-{number}", today.to_string().replace('-', "")),
            "signing_date": today,
            "operator": self.0.parts.operator,
            "company": { "name": details.name, "credit_code": code },
            "representative": { "name": name, "id_number": id_number, "capacity": capacity },
            "templates": templates.collect::<Vec<_>>(),
            "amount_fen": limits.amount_fen,
            "from": limits.from,
            "until": limits.until,
            "count": limits.count,
        });
        let representative = NewParty {
            name: Some(name),
            id_number: Some(id_number),
            phone: Some(phone),
            ..NewParty::new(REPRESENTATIVE, mode)
        };
        let seal = NewParty {
            company: Some(company.to_owned()),
            ..NewParty::new(COMPANY, Mode::Seal)
        };
        let contract = NewContract {
            profile: new.profile,
            // The seal says what a person has said before.
            order: Order::Sequential,
            lifetime: new.lifetime,
            source: Source::Template {
                name: TEMPLATE.to_owned(),
                data,
            },
            parties: vec![representative, seal],
            evidence: new.evidence,
            callback: None,
        };
        let (company, profile) = (company.to_owned(), new.profile);
        let drafted = |own: &Contract| -> Result<_, SigningError> {
            let event = Recorded {
                at: now,
                event: AuthorisationEvent::Drafted {
                    company,
                    profile,
                    document: own.terms.document.clone(),
                    limits,
                },
            };
            let id = own.terms.contract.clone();
            let state = Authorisation::new(&event.event);
            let standing = Standing {
                state: state.ok_or_else(|| Of::Authorisation.corrupt(&id))?,
                id,
                events: 0,
                own: None,
            };
            Ok((standing.view(own), Some(standing.proven(&event)?)))
        };
        self.open_contract(tenant, contract, key, drafted).await
    }

    /// Who signed an authorisation for the company whose seal `role` is about to set on it;
    /// none on other contracts, and for other roles.
    pub(super) async fn signatory(
        &self,
        own: &mut Loaded,
        role: &Role,
    ) -> Result<Option<(String, Signer)>, SigningError> {
        let terms = &own.contract.terms;
        let template = terms.template.as_deref().unwrap_or_default();
        let is_own = template.split('/').next() == Some(TEMPLATE);
        let company = own.contract.party(role)?.company.clone();
        let (Some(company), true) = (company, is_own && role.as_str() == COMPANY) else {
            return Ok(None);
        };
        let named = |party: &&Party| party.role.as_str() == REPRESENTATIVE;
        let Some(party) = terms.parties.iter().find(named).cloned() else {
            return Ok(None);
        };
        let person = self.person(own, &party).await?;
        Ok(Some((company, Signer::of(&person.details))))
    }

    /// The limits that are asked for, and the titles of the templates.
    fn limits(&self, new: &NewSealAuthorisation) -> Result<(Limits, Vec<String>), SigningError> {
        let (mut templates, mut titles) = (Vec::new(), Vec::new());
        if !(1..=TEMPLATES).contains(&new.templates.len()) {
            return Err(invalid(
                "templates",
                "an authorisation names 1 to 16 templates",
            ));
        }
        for name in &new.templates {
            let template = self.0.parts.templates.get(name);
            let template = template.ok_or_else(|| SigningError::NotFound {
                what: "template",
                id: name.clone(),
            })?;
            if !template.has_amount() {
                let reason = format!("the template {name} does not say what amount it is about");
                return Err(invalid("templates", &reason));
            }
            let name = format!("{}/{}", template.name(), template.version());
            if templates.contains(&name) {
                return Err(invalid("templates", "a template is named twice"));
            }
            templates.push(name);
            titles.push(template.title().zh.clone());
        }
        if !(1..=LARGEST).contains(&new.amount_fen) {
            let reason = format!("the highest amount is 1 to {LARGEST} fen");
            return Err(invalid("amount_fen", &reason));
        }
        if !(1..=SEALS).contains(&new.count) {
            return Err(invalid(
                "count",
                "an authorisation is for 1 to 10,000,000 seals",
            ));
        }
        if !(0..=LONGEST).contains(&new.from.until(new.until)) {
            let reason = "the last day is not before the first, and at most three years after it";
            return Err(invalid("until", reason));
        }
        if new.until < Day::at(self.now()) {
            return Err(invalid("until", "the last day is over"));
        }
        let limits = Limits {
            templates,
            amount_fen: new.amount_fen,
            from: new.from,
            until: new.until,
            count: new.count,
        };
        Ok((limits, titles))
    }

    /// An authorisation of a company of this tenant.
    pub async fn authorisation(
        &self,
        tenant: &str,
        company: &str,
        id: &str,
    ) -> Result<AuthorisationView, SigningError> {
        let guard = self.standing(tenant, id).await?;
        let standing = of_company(&guard, company)?;
        let own = self.own(tenant, standing).await?;
        Ok(standing.view(&own))
    }

    /// A company's authorisations, newest first: 100 at most, of the newest 1000 of the
    /// tenant.
    pub async fn authorisations(
        &self,
        tenant: &str,
        company: &str,
    ) -> Result<Vec<AuthorisationView>, SigningError> {
        self.company(tenant, company).await?;
        let store = &self.0.parts.store;
        let stream = Of::Authorisation.name();
        let mut views = Vec::new();
        for id in store.streams(tenant, stream, LOOKED_THROUGH).await? {
            if views.len() == LISTED {
                break;
            }
            let guard = self.standing(tenant, &id).await?;
            if let Ok(standing) = of_company(&guard, company) {
                let own = self.own(tenant, standing).await?;
                views.push(standing.view(&own));
            }
        }
        Ok(views)
    }

    /// Revokes an authorisation, complete or not, for ever: when it returns, every seal
    /// that is asked for under it is refused. Revoked again, the first revocation stands.
    pub async fn revoke_authorisation(
        &self,
        tenant: &str,
        company: &str,
        id: &str,
        credential: &str,
    ) -> Result<AuthorisationView, SigningError> {
        let service = self.clone();
        let [tenant, company, id, credential] =
            [tenant, company, id, credential].map(str::to_owned);
        // A task of its own: once it is under way it is done, though the caller has gone.
        let revoking = async move {
            let mut attempt = 1;
            loop {
                let guard = service.standing(&tenant, &id).await?;
                of_company(&guard, &company)?;
                match service.revoke_once(&tenant, guard, &credential).await {
                    Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                    done => return done,
                }
            }
        };
        let done = tokio::spawn(revoking).await;
        done.map_err(|_| SigningError::Stopped)?
    }

    async fn revoke_once(
        &self,
        tenant: &str,
        mut guard: Guard,
        credential: &str,
    ) -> Result<AuthorisationView, SigningError> {
        let mut standing = guard.take().ok_or(SigningError::Stopped)?;
        if standing.state.revoked.is_none() {
            let hash = standing.state.profile.hash();
            let event = Recorded {
                at: self.now(),
                event: AuthorisationEvent::Revoked {
                    by: crypto::digest(hash, credential.as_bytes()),
                },
            };
            let proven = standing.proven(&event)?;
            let change = Change {
                tenant: tenant.to_owned(),
                append: vec![proven.append],
                ledger: vec![proven.entry],
                ..Change::default()
            };
            self.0.parts.store.commit(change).await?;
            standing.apply(&event);
        }
        let standing = guard.insert(standing);
        let own = self.own(tenant, standing).await?;
        Ok(standing.view(&own))
    }

    /// Whether this company may seal this contract now, and under which authorisation.
    pub(super) async fn under(
        &self,
        loaded: &Loaded,
        company: &str,
        authorisation: Option<&str>,
    ) -> Result<Option<Under>, SigningError> {
        let (tenant, contract) = (&loaded.tenant, &loaded.contract);
        let Some(id) = authorisation else {
            self.may_seal_freely(tenant, company, contract).await?;
            return Ok(None);
        };
        let mut guard = self.standing(tenant, id).await?;
        let standing = guard.as_mut().ok_or(SigningError::Stopped)?;
        let own = self.own(tenant, standing).await?;
        if own.status == Status::Complete {
            standing.own = Some(Arc::clone(&own));
        }
        let wanted = Wanted { company, contract };
        let number = standing.state.decide(&own, wanted, self.now())?;
        let standing = guard.take().ok_or(SigningError::Stopped)?;
        Ok(Some(Under {
            guard,
            standing,
            number,
            document: own.revision().clone(),
        }))
    }

    /// Waits for an authorisation's turn and loads it when it is not in memory.
    async fn standing(&self, tenant: &str, id: &str) -> Result<Guard, SigningError> {
        let name = (tenant.to_owned(), id.to_owned());
        let slot = Arc::clone(lock(&self.0.authorisations).get_or_insert(name, Slot::default));
        let mut guard = slot.lock_owned().await;
        if guard.is_none() {
            let store = &self.0.parts.store;
            // A caller that hung up may have left a change with the writer.
            store.settled().await?;
            let events = Of::Authorisation.read(store, tenant, id).await?;
            *guard = Some(Standing {
                id: id.to_owned(),
                events: events.len() as u64,
                state: Authorisation::fold(events).ok_or_else(|| Of::Authorisation.corrupt(id))?,
                own: None,
            });
        }
        Ok(guard)
    }

    /// The contract of an authorisation.
    async fn own(&self, tenant: &str, standing: &Standing) -> Result<Arc<Contract>, SigningError> {
        match &standing.own {
            Some(own) => Ok(Arc::clone(own)),
            None => Ok(Arc::new(self.folded(tenant, &standing.id).await?.0)),
        }
    }
}

/// What is in memory of an authorisation, when it is one of this company.
fn of_company<'a>(guard: &'a Guard, company: &str) -> Result<&'a Standing, SigningError> {
    let standing = guard.as_ref().ok_or(SigningError::Stopped)?;
    if standing.state.company == company {
        return Ok(standing);
    }
    Err(SigningError::NotFound {
        what: Of::Authorisation.name(),
        id: standing.id.clone(),
    })
}
