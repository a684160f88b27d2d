//! Two registered persons who turn out to be one.

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::Person;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// Into whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merger {
    /// The person who goes on; of the same name.
    into: String,
}

/// Merges a person into another who goes on, with the documents, checks, consents and
/// photos of both.
#[utoipa::path(post, path = "/api/v1/persons/{id}/merger", tag = "person", request_body = Merger,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Person), (status = 404, body = Problem),
        (status = 409, description = "`persons-differ`", body = Problem)))]
pub async fn merge(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Merger>,
) -> Result<Json<Person>, Problem> {
    let into = body.unkeyed()?.into;
    let signing = &served.house.signing;
    let view = signing.merge_persons(&caller.tenant, &id, &into).await?;
    Ok(Json(view.into()))
}
