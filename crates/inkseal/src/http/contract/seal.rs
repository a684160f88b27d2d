//! A company signs by its seal.

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{
    State, auth::Integrator, body::Body, problem::Problem, session::submit::Receipt,
};

/// For which party.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    role: String,
}

/// Signs for a company by its seal, under the caller's credential.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/seals", tag = "contract", request_body = Wanted,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Names this command")),
    security(("bearer" = [])),
    responses((status = 200, body = Receipt), (status = 409, body = Problem)))]
pub async fn seal(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Wanted>,
) -> Result<Json<Receipt>, Problem> {
    let signing = &served.house.signing;
    let role = &body.value.role;
    let (tenant, credential) = (&caller.tenant, &caller.credential);
    let receipt = signing
        .seal(tenant, &id, role, credential, body.key.as_ref())
        .await?;
    Ok(Json(receipt.into()))
}
