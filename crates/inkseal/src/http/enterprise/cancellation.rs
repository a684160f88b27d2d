//! The end of an enterprise's registration.

use axum::{extract::Path, http::StatusCode};

use crate::http::{State, auth::Integrator, problem::Problem};

/// Cancels an enterprise: its certificates are revoked and its data key is destroyed.
#[utoipa::path(post, path = "/api/v1/enterprises/{id}/cancellation", tag = "enterprise",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn cancel(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    signing.cancel_enterprise(&caller.tenant, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
