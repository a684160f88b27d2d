//! All officers of a tenant.

use axum::Json;

use super::appoint::Officer;
use crate::http::{State, auth::Integrator, problem::Problem};

/// Officers and clerks, removed ones included.
#[utoipa::path(get, path = "/api/v1/officers", tag = "staff", security(("bearer" = [])),
    responses((status = 200, body = Vec<Officer>), (status = 401, body = Problem)))]
pub async fn list(served: State, caller: Integrator) -> Result<Json<Vec<Officer>>, Problem> {
    let views = served.house.signing.officers(&caller.tenant).await?;
    Ok(Json(views.into_iter().map(Officer::from).collect()))
}
