//! Removing a device.

use axum::{extract::Path, http::StatusCode};

use crate::http::{State, auth::Integrator, problem::Problem};

/// Removes a device, for ever and at once: its secret, and all officers' sessions at it,
/// are refused from the next request on.
#[utoipa::path(post, path = "/api/v1/devices/{device}/removal", tag = "staff",
    security(("bearer" = [])), params(("device" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn remove(
    served: State,
    caller: Integrator,
    Path(device): Path<String>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    signing.remove_device(&caller.tenant, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}
