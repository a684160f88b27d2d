//! The end of a person's registration.

use axum::{extract::Path, http::StatusCode};

use crate::http::{State, auth::Integrator, problem::Problem};

/// Cancels a person: every key under which something of the person lies is destroyed. The
/// digests stay, and what they prove.
#[utoipa::path(post, path = "/api/v1/persons/{id}/cancellation", tag = "person",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn cancel(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    signing.cancel_person(&caller.tenant, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
