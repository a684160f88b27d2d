//! When a company's seal may be set by an integrator's order alone.

use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// The one rule that can be set later.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Only under a standing authorisation.
    AuthorisedOnly,
}

/// What is to be from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    #[expect(dead_code, reason = "there is one rule; a request must name it")]
    silent: Rule,
}

/// Lets a company seal only under standing authorisations, for ever.
#[utoipa::path(put, path = "/api/v1/companies/{id}/silent", tag = "company",
    request_body = Order, params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn set(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Order>,
) -> Result<StatusCode, Problem> {
    body.unkeyed()?;
    let signing = &served.house.signing;
    signing
        .seal_authorised_only(&caller.tenant, &id, &caller.credential)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
