//! One-time codes.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{
    State, address::Address, auth::Signer, body::Body, problem::Problem, time::rfc3339,
};

/// Where a code went.
#[derive(Serialize, ToSchema)]
pub struct Sent {
    /// The number, masked.
    sent_to: String,
    expires: String,
}

/// What the signer typed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// Six digits.
    code: String,
}

/// Sends a one-time code to the signer's number.
#[utoipa::path(post, path = "/api/v1/session/otp", tag = "session", security(("bearer" = [])),
    responses((status = 200, body = Sent), (status = 429, description = "`code-limit`, `code-later`", body = Problem)))]
pub async fn send(served: State, signer: Signer, address: Address) -> Result<Json<Sent>, Problem> {
    let signing = &served.house.signing;
    let (sent_to, expires) = signing.send_code(&signer.0, address.0).await?;
    Ok(Json(Sent {
        sent_to,
        expires: rfc3339(expires),
    }))
}

/// Checks a one-time code: five tries, five minutes.
#[utoipa::path(post, path = "/api/v1/session/otp/check", tag = "session", request_body = Typed,
    security(("bearer" = [])),
    responses((status = 204), (status = 422, description = "`code-wrong` with `left`", body = Problem),
        (status = 429, description = "`code-exhausted`", body = Problem)))]
pub async fn check(
    served: State,
    signer: Signer,
    body: Body<Typed>,
) -> Result<StatusCode, Problem> {
    served
        .house
        .signing
        .try_code(&signer.0, &body.unkeyed()?.code)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
