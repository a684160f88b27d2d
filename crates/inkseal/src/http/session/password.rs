//! A returning signer's password.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::arriving::{Arriving, parsed};
use crate::http::{State, auth::Signer, problem::Problem};

/// Longest request, in its envelope.
const LARGEST: usize = 4096;
/// The item that a sealed request is bound to.
const ITEM: &str = "password";

/// What the signer typed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Password {
    password: String,
}

/// Proves that the signer, whom the contract names by the register, has returned.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session", request_body = Password,
    security(("bearer" = [])),
    responses((status = 204), (status = 422, description = "`password-wrong` with `left`", body = Problem),
        (status = 429, body = Problem)))]
pub async fn prove(
    served: State,
    signer: Signer,
    body: Arriving<LARGEST>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    let content = signing.arrive(&signer.0, ITEM, body.arrived).await?;
    let typed: Password = parsed(&content)?;
    let password = Zeroizing::new(typed.password);
    signing
        .prove_password(&signer.0, password, content.sealed)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
