//! A company signs by its seal.

use axum::{Json, extract::Path};
use serde::Deserialize;
use signing::service::SealOrder;
use utoipa::ToSchema;

use crate::http::{
    State, auth::Integrator, body::Body, problem::Problem, session::submit::Receipt,
};

/// For which party, and by which right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    role: String,
    /// The standing authorisation under which nobody looks at it.
    authorisation: Option<String>,
}

/// Signs for a company by its seal, under the caller's credential and, where it is named,
/// within the limits of a standing authorisation.
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
    let order = SealOrder {
        role: &body.value.role,
        credential: &caller.credential,
        authorisation: body.value.authorisation.as_deref(),
    };
    let receipt = signing
        .seal(&caller.tenant, &id, order, body.key.as_ref())
        .await?;
    Ok(Json(receipt.into()))
}
