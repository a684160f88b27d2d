//! Agents: persons who may act for an enterprise because a signed contract says so.

use crypto::Digest;
use serde::{Deserialize, Serialize};

use super::{AgentView, Representative};
use crate::{
    contract::Status,
    event::{Millis, Role},
    identity::{self, CreditCode, IdDocument},
    register::{
        Refused,
        enterprise::{Authorisation, Command, Enterprise, SignedBy},
        person::Details,
    },
    service::{SignatoryCapacity, Signing, SigningError, register::Step, session::loaded},
};

/// Role of the enterprise in an authorisation.
const PRINCIPAL: &str = "principal";
/// Role of the agent in an authorisation.
const AGENT: &str = "agent";

/// An authorisation to be registered.
pub struct NewAuthorisation {
    /// The agent, a registered person.
    pub person: String,
    /// The contract that says so: complete, with the roles `principal` and `agent`.
    pub contract: String,
    /// Digest of its document.
    pub document: Digest,
    /// When it ends.
    pub expires: Millis,
}

/// As what a person acts for an enterprise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "capacity", rename_all = "kebab-case")]
pub enum Capacity {
    /// The legal representative.
    Representative,
    /// An agent.
    Agent {
        /// By what.
        authorisation: AgentView,
    },
}

impl Signing {
    /// Registers an agent by a contract in which the enterprise (by its seal) or its
    /// representative signed as `principal`, and the agent as `agent`.
    ///
    /// The roles were frozen with the contract, before anybody signed: another contract
    /// between the same two is no authorisation. One contract authorises once.
    pub async fn authorise_agent(
        &self,
        tenant: &str,
        id: &str,
        new: NewAuthorisation,
    ) -> Result<AgentView, SigningError> {
        let (person, details) = {
            // Given back at once: the representative may be the same person.
            let agent = self.opened(tenant, &new.person).await?;
            (agent.held.id, agent.details)
        };
        let enterprise = self.held_enterprise(tenant, id).await?.record;
        let representative = self.representative(tenant, &enterprise).await?;
        let (signed_by, act) = self
            .signed(tenant, &enterprise, &new, &details, representative.as_ref())
            .await?;
        let authorisation = Authorisation {
            authorisation: crypto::random_id(),
            person,
            contract: new.contract,
            document: new.document,
            signed_by,
            act,
            expires: new.expires,
        };
        let mut held = self.held_enterprise(tenant, id).await?;
        let now = self.now();
        let view = AgentView::of(&authorisation, now);
        let events = held.record.decide(Command::Authorise(authorisation), now)?;
        self.record(tenant, &mut held, Step::of(events), now, None)
            .await?;
        Ok(view)
    }

    /// Who signed an authorisation for the enterprise, and by which act.
    async fn signed(
        &self,
        tenant: &str,
        enterprise: &Enterprise,
        new: &NewAuthorisation,
        agent: &Details,
        representative: Option<&Representative>,
    ) -> Result<(SignedBy, String), SigningError> {
        let unfit = |why| SigningError::from(Refused::AuthorisationUnfit(why));
        let mut guard = self.contract(tenant, &new.contract).await?;
        let loaded = loaded(&mut guard)?;
        if loaded.contract.status != Status::Complete {
            return Err(unfit("it is not complete"));
        }
        let terms = loaded.contract.terms.clone();
        if terms.document != new.document {
            return Err(unfit("its document has another digest"));
        }
        let party = |name: &str| {
            terms
                .parties
                .iter()
                .find(|party| party.role.as_str() == name)
        };
        let (Some(principal), Some(as_agent)) = (party(PRINCIPAL), party(AGENT)) else {
            return Err(unfit("it has not the roles `principal` and `agent`"));
        };
        let as_agent = self.person(loaded, as_agent).await?;
        if !is(&Signer::of(&as_agent.details), agent) {
            return Err(unfit("its agent is another person"));
        }
        let signed_by = if principal.company.as_deref() == Some(enterprise.enterprise.as_str()) {
            SignedBy::Seal
        } else {
            let signer = self.person(loaded, principal).await?;
            let own =
                representative.is_some_and(|own| is(&Signer::of(&signer.details), &own.details));
            if principal.company.is_some() || !own {
                return Err(unfit(
                    "its principal is not the enterprise, by seal or representative",
                ));
            }
            SignedBy::Representative
        };
        let of = |role: &Role| loaded.contract.signatures.iter().find(|s| s.role == *role);
        let act = of(&principal.role).map(|signed| signed.act.clone());
        let act = act.ok_or_else(|| unfit("its principal has not signed"))?;
        if signed_by == SignedBy::Seal {
            let company = self.company(tenant, &enterprise.enterprise).await?;
            self.check_revocation(&company, terms.profile.suite())
                .await?;
        }
        Ok((signed_by, act))
    }

    /// Revokes an authorisation of an agent. Revoked again, nothing happens.
    pub async fn revoke_agent(
        &self,
        tenant: &str,
        id: &str,
        authorisation: &str,
    ) -> Result<(), SigningError> {
        let mut held = self.held_enterprise(tenant, id).await?;
        let agents = &held.record.agents;
        if !agents
            .iter()
            .any(|agent| agent.authorisation == authorisation)
        {
            return Err(SigningError::NotFound {
                what: "authorisation",
                id: authorisation.to_owned(),
            });
        }
        let now = self.now();
        let command = Command::Revoke(authorisation.to_owned());
        let events = held.record.decide(command, now)?;
        self.record(tenant, &mut held, Step::of(events), now, None)
            .await
    }

    /// As what a person acts for an enterprise now.
    ///
    /// # Errors
    /// [`Refused::NotAuthorised`] when the person is neither representative nor agent.
    pub async fn capacity(
        &self,
        tenant: &str,
        id: &str,
        person: &str,
    ) -> Result<Capacity, SigningError> {
        let person = self.opened(tenant, person).await?.held.id;
        let enterprise = self.held_enterprise(tenant, id).await?.record;
        // Either may have been merged into another since.
        let representative = self
            .held_person(tenant, &enterprise.claim.representative)
            .await?
            .id;
        if representative == person {
            return Ok(Capacity::Representative);
        }
        let now = self.now();
        for agent in enterprise.agents.iter().filter(|agent| now < agent.expires) {
            if self.held_person(tenant, &agent.person).await?.id == person {
                let authorisation = AgentView::of(agent, now);
                return Ok(Capacity::Agent { authorisation });
            }
        }
        Err(Refused::NotAuthorised.into())
    }
}

/// Whoever signs a contract, whatever the document is that says who it is.
pub(in crate::service) struct Signer {
    pub name: String,
    pub document: Option<IdDocument>,
}

impl Signer {
    pub fn of(party: &identity::Details) -> Self {
        Self {
            name: party.name.clone(),
            document: party.proof(),
        }
    }
}

impl Signing {
    /// Holds who signs for a company against the register: its legal representative, or an
    /// agent who is authorised now; in any capacity when none is named.
    ///
    /// # Errors
    /// [`Refused::SignatoryUnfit`].
    pub(in crate::service) async fn must_represent(
        &self,
        tenant: &str,
        company: &str,
        signer: &Signer,
        capacity: Option<SignatoryCapacity>,
    ) -> Result<(), SigningError> {
        let unfit = |why| SigningError::from(Refused::SignatoryUnfit(why));
        let details = self.company(tenant, company).await?.details.clone();
        let code = details.credit_code.as_ref().map(CreditCode::as_str);
        let store = &self.0.parts.store;
        let known = store.enterprise_by_code(tenant, code.unwrap_or_default());
        let known = known.await?.ok_or_else(|| {
            unfit("the company is not in the register; register it as an enterprise first")
        })?;
        let enterprise = self.held_enterprise(tenant, &known).await?.record;
        if capacity != Some(SignatoryCapacity::Agent) {
            let representative = self.representative(tenant, &enterprise).await?;
            if representative.is_some_and(|own| is(signer, &own.details)) {
                return Ok(());
            }
        }
        if capacity == Some(SignatoryCapacity::LegalRepresentative) {
            return Err(unfit("the legal representative is another person"));
        }
        let now = self.now();
        for agent in enterprise.agents.iter().filter(|agent| now < agent.expires) {
            match self.opened(tenant, &agent.person).await {
                Ok(there) if is(signer, &there.details) => return Ok(()),
                Ok(_) | Err(SigningError::Register(Refused::PersonCancelled)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(unfit(
            "no agent of this name and document is authorised now",
        ))
    }
}

/// Whether somebody who signs is a person of the register: by name and document.
fn is(signer: &Signer, person: &Details) -> bool {
    let documents = person.documents.iter().map(|held| &held.document);
    let mut documents = documents.filter(|held| Some(*held) == signer.document.as_ref());
    signer.name == person.name && documents.next().is_some()
}
