//! One authorisation.

use axum::{Json, extract::Path};
use serde::Serialize;
use signing::service::AuthorisationView;
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, problem::Problem, time::rfc3339};

/// A standing authorisation.
#[derive(Serialize, ToSchema)]
pub struct Authorisation {
    /// Its identifier, and that of the contract that is signed.
    authorisation: String,
    company: String,
    /// `signing`, `standing`, `revoked`; `refused`, `withdrawn`, `expired` when its
    /// contract ended so.
    state: String,
    /// Templates that may be sealed, as name and version.
    templates: Vec<String>,
    /// The highest amount of one contract, fen.
    amount_fen: u64,
    /// First day, Beijing.
    from: String,
    /// Last day, Beijing.
    until: String,
    /// Seals that may be set.
    count: u32,
    /// Seals that were set.
    used: u32,
    /// RFC 3339, UTC.
    revoked_at: Option<String>,
    /// Digest of the finished document.
    document: Option<String>,
}

/// Shows an authorisation. Its document is that of the contract with its identifier.
#[utoipa::path(get, path = "/api/v1/companies/{id}/authorisations/{authorisation}", tag = "company",
    params(("id" = String, Path), ("authorisation" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Authorisation), (status = 404, body = Problem)))]
pub async fn view(
    served: State,
    caller: Integrator,
    Path((company, id)): Path<(String, String)>,
) -> Result<Json<Authorisation>, Problem> {
    let signing = &served.house.signing;
    let view = signing.authorisation(&caller.tenant, &company, &id).await?;
    Ok(Json(view.into()))
}

impl From<AuthorisationView> for Authorisation {
    fn from(view: AuthorisationView) -> Self {
        Self {
            authorisation: view.authorisation,
            company: view.company,
            state: view.state,
            templates: view.limits.templates,
            amount_fen: view.limits.amount_fen,
            from: view.limits.from.to_string(),
            until: view.limits.until.to_string(),
            count: view.limits.count,
            used: view.used,
            revoked_at: view.revoked_at.map(rfc3339),
            document: view.document.map(|digest| digest.to_string()),
        }
    }
}
