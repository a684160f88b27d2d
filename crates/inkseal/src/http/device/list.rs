//! All devices of a tenant.

use axum::Json;

use super::add::Device;
use crate::http::{State, auth::Integrator, problem::Problem};

/// Devices, removed ones included.
#[utoipa::path(get, path = "/api/v1/devices", tag = "staff", security(("bearer" = [])),
    responses((status = 200, body = Vec<Device>), (status = 401, body = Problem)))]
pub async fn list(served: State, caller: Integrator) -> Result<Json<Vec<Device>>, Problem> {
    let views = served.house.signing.devices(&caller.tenant).await?;
    Ok(Json(views.into_iter().map(Device::from).collect()))
}
