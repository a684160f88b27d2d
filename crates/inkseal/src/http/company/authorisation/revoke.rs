//! Revoking an authorisation.

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::Authorisation;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// Nothing is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {}

/// Revokes an authorisation, for ever: from the answer on nothing is sealed under it.
/// Revoked again, the first revocation stands.
#[utoipa::path(post, path = "/api/v1/companies/{id}/authorisations/{authorisation}/revocation",
    tag = "company", request_body = Order,
    params(("id" = String, Path), ("authorisation" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Authorisation), (status = 404, body = Problem)))]
pub async fn revoke(
    served: State,
    caller: Integrator,
    Path((company, id)): Path<(String, String)>,
    body: Body<Order>,
) -> Result<Json<Authorisation>, Problem> {
    body.unkeyed()?;
    let signing = &served.house.signing;
    let (tenant, credential) = (&caller.tenant, &caller.credential);
    let view = signing
        .revoke_authorisation(tenant, &company, &id, credential)
        .await?;
    Ok(Json(view.into()))
}
