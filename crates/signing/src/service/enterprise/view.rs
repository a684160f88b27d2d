//! An enterprise as an integrator sees it.

use serde::{Deserialize, Serialize};

use crate::{
    event::Millis,
    register::{
        assurance::{Assurance, Elements, Level},
        enterprise::{Authorisation, Enterprise, SignedBy},
    },
    service::CheckView,
};

/// An enterprise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnterpriseView {
    /// Identifier, of the company too once it has a seal.
    pub enterprise: String,
    /// `registered` or `cancelled`.
    pub state: String,
    /// Registered name.
    pub name: String,
    /// Unified social credit code.
    pub code: String,
    /// The legal representative, a registered person.
    pub representative: String,
    /// How sure it is now.
    pub level: Level,
    /// When the level falls.
    pub expires: Option<Millis>,
    /// Whether it has a seal.
    pub sealed: bool,
    /// The latest answer to each question.
    pub checks: Vec<CheckView>,
    /// Authorisations that were not revoked.
    pub agents: Vec<AgentView>,
}

/// An agent's authorisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgentView {
    /// Identifier.
    pub authorisation: String,
    /// The agent, a registered person.
    pub person: String,
    /// The contract that says so.
    pub contract: String,
    /// Digest of its document.
    pub document: crypto::Digest,
    /// Who signed it for the enterprise.
    pub signed_by: SignedBy,
    /// The act of that signature.
    pub act: String,
    /// When it ends.
    pub expires: Millis,
    /// Whether the agent may act now.
    pub good: bool,
}

impl EnterpriseView {
    pub(super) fn of(
        enterprise: &Enterprise,
        elements: &Elements,
        assurance: &Assurance,
        sealed: bool,
        now: Millis,
    ) -> Self {
        let state = if enterprise.cancelled {
            "cancelled"
        } else {
            "registered"
        };
        let checks = enterprise.checks.iter();
        let checks = checks.map(|check| CheckView::of(check, elements, assurance, now));
        let agents = enterprise.agents.iter();
        Self {
            enterprise: enterprise.enterprise.clone(),
            state: state.to_owned(),
            name: enterprise.claim.name.clone(),
            code: enterprise.claim.code.clone(),
            representative: enterprise.claim.representative.clone(),
            level: assurance.level,
            expires: assurance.expires,
            sealed,
            checks: checks.collect(),
            agents: agents.map(|agent| AgentView::of(agent, now)).collect(),
        }
    }
}

impl AgentView {
    pub(super) fn of(agent: &Authorisation, now: Millis) -> Self {
        Self {
            authorisation: agent.authorisation.clone(),
            person: agent.person.clone(),
            contract: agent.contract.clone(),
            document: agent.document.clone(),
            signed_by: agent.signed_by,
            act: agent.act.clone(),
            expires: agent.expires,
            good: now < agent.expires,
        }
    }
}
