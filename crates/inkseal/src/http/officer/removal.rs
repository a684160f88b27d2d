//! Removing an officer.

use axum::{extract::Path, http::StatusCode};

use crate::http::{State, auth::Integrator, problem::Problem};

/// Removes an officer, for ever and at once: password and sessions are refused from the
/// next request on.
#[utoipa::path(post, path = "/api/v1/officers/{officer}/removal", tag = "staff",
    security(("bearer" = [])), params(("officer" = String, Path, description = "Staff number")),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn remove(
    served: State,
    caller: Integrator,
    Path(officer): Path<String>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    signing.remove_officer(&caller.tenant, &officer).await?;
    Ok(StatusCode::NO_CONTENT)
}
