//! Refusing to sign.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{State, auth::Signer, body::Body, problem::Problem};

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    reason: String,
}

/// Refuses to sign; the contract ends.
#[utoipa::path(post, path = "/api/v1/session/refusal", tag = "session", request_body = Reason,
    security(("bearer" = [])), responses((status = 204), (status = 409, body = Problem)))]
pub async fn refuse(
    served: State,
    signer: Signer,
    body: Body<Reason>,
) -> Result<StatusCode, Problem> {
    served
        .house
        .signing
        .refuse(&signer.0, &body.unkeyed()?.reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
