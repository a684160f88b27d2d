//! One enterprise as the integrator sees it.

use axum::{Json, extract::Path};
use serde::Serialize;
use signing::{
    register::enterprise::SignedBy,
    service::{AgentView, EnterpriseView},
};
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, person::view::Check, problem::Problem, time::rfc3339};

/// An enterprise.
#[derive(Serialize, ToSchema)]
pub struct Enterprise {
    /// Identifier; of the company too, once it has a seal.
    enterprise: String,
    /// `registered` or `cancelled`.
    state: String,
    name: String,
    /// Unified social credit code.
    code: String,
    /// The legal representative, a registered person.
    representative: String,
    /// `low`, `substantial` or `high`.
    level: &'static str,
    /// When the level falls unless something is checked again.
    expires: Option<String>,
    /// Whether it has a seal.
    sealed: bool,
    /// The latest answer to each question.
    checks: Vec<Check>,
    /// Authorisations that were not revoked.
    agents: Vec<Agent>,
}

/// An agent's authorisation.
#[derive(Serialize, ToSchema)]
pub struct Agent {
    authorisation: String,
    /// The agent, a registered person.
    person: String,
    /// The contract that says so.
    contract: String,
    /// Digest of its document.
    document: String,
    /// `seal` or `representative`.
    signed_by: &'static str,
    /// The act of that signature.
    act: String,
    expires: String,
    /// Whether the agent may act now.
    good: bool,
}

impl From<EnterpriseView> for Enterprise {
    fn from(view: EnterpriseView) -> Self {
        Self {
            enterprise: view.enterprise,
            state: view.state,
            name: view.name,
            code: view.code,
            representative: view.representative,
            level: view.level.name(),
            expires: view.expires.map(rfc3339),
            sealed: view.sealed,
            checks: view.checks.into_iter().map(Into::into).collect(),
            agents: view.agents.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<AgentView> for Agent {
    fn from(view: AgentView) -> Self {
        Self {
            authorisation: view.authorisation,
            person: view.person,
            contract: view.contract,
            document: view.document.to_string(),
            signed_by: match view.signed_by {
                SignedBy::Seal => "seal",
                SignedBy::Representative => "representative",
            },
            act: view.act,
            expires: rfc3339(view.expires),
            good: view.good,
        }
    }
}

/// One of the integrator's enterprises.
#[utoipa::path(get, path = "/api/v1/enterprises/{id}", tag = "enterprise",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Enterprise), (status = 404, body = Problem)))]
pub async fn view(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<Json<Enterprise>, Problem> {
    let signing = &served.house.signing;
    let view = signing.view_enterprise(&caller.tenant, &id).await?;
    Ok(Json(view.into()))
}
