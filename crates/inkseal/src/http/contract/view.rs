//! One contract as its sender sees it.

use axum::{Json, extract::Path};
use serde::Serialize;
use signing::service::ContractView;
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, problem::Problem, time::rfc3339};

/// A contract.
#[derive(Serialize, ToSchema)]
pub struct Contract {
    contract: String,
    title: String,
    /// `signing`, `complete`, `refused`, `withdrawn` or `expired`.
    state: String,
    /// `gm` or `intl`.
    profile: &'static str,
    /// Digest of the frozen document.
    document: String,
    pages: usize,
    expires: String,
    parties: Vec<Party>,
}

/// A party.
#[derive(Serialize, ToSchema)]
pub struct Party {
    role: String,
    /// `pad`, `sms` or `seal`.
    mode: &'static str,
    signed_at: Option<String>,
    act: Option<String>,
}

impl From<ContractView> for Contract {
    fn from(view: ContractView) -> Self {
        let party = |party: signing::service::PartyView| Party {
            role: party.role.to_string(),
            mode: party.mode.name(),
            signed_at: party.signed_at.map(rfc3339),
            act: party.act,
        };
        Self {
            contract: view.contract,
            title: view.title,
            state: view.state,
            profile: view.profile.name(),
            document: view.document.to_string(),
            pages: view.pages,
            expires: rfc3339(view.expires),
            parties: view.parties.into_iter().map(party).collect(),
        }
    }
}

/// One of the integrator's contracts.
#[utoipa::path(get, path = "/api/v1/contracts/{id}", tag = "contract",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Contract), (status = 404, body = Problem)))]
pub async fn view(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<Json<Contract>, Problem> {
    Ok(Json(
        served.house.signing.view(&caller.tenant, &id).await?.into(),
    ))
}
