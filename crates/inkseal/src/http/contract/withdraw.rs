//! Taking a contract back.

use axum::{extract::Path, http::StatusCode};

use crate::http::{State, auth::Integrator, problem::Problem};

/// Takes a contract back that is not complete.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/withdrawal", tag = "contract",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 409, body = Problem)))]
pub async fn withdraw(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    served.house.signing.withdraw(&caller.tenant, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
