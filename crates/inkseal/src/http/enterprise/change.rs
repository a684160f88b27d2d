//! Changing what is registered of an enterprise.

use axum::{Json, extract::Path};
use serde::Deserialize;
use signing::service::EnterpriseChange;
use utoipa::ToSchema;

use super::view::Enterprise;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// What changes; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EnterpriseChange)]
pub struct Change {
    name: Option<String>,
    /// The legal representative, a registered person.
    representative: Option<String>,
}

/// Changes name or representative. What was checked of the old ones counts no more.
#[utoipa::path(patch, path = "/api/v1/enterprises/{id}", tag = "enterprise", request_body = Change,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Enterprise), (status = 404, body = Problem)))]
pub async fn change(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Change>,
) -> Result<Json<Enterprise>, Problem> {
    let Change {
        name,
        representative,
    } = body.unkeyed()?;
    let change = EnterpriseChange {
        name,
        representative,
    };
    let signing = &served.house.signing;
    let view = signing.change_enterprise(&caller.tenant, &id, change);
    Ok(Json(view.await?.into()))
}
