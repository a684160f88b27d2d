//! The integrator's contracts.

use axum::Json;

use super::view::Contract;
use crate::http::{State, auth::Integrator, problem::Problem};

/// How many are shown.
const NEWEST: u32 = 100;

/// The newest hundred of the integrator's contracts.
#[utoipa::path(get, path = "/api/v1/contracts", tag = "contract", security(("bearer" = [])),
    responses((status = 200, body = Vec<Contract>)))]
pub async fn list(served: State, caller: Integrator) -> Result<Json<Vec<Contract>>, Problem> {
    let views = served.house.signing.list(&caller.tenant, NEWEST).await?;
    Ok(Json(views.into_iter().map(Contract::from).collect()))
}
