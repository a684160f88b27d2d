//! Passwords of returning signers.

use axum::{Json, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::rfc3339};

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// 8 to 128 characters.
    password: String,
}

/// What the right password proves.
#[derive(Serialize, ToSchema)]
pub struct Proven {
    /// Who has returned.
    person: String,
    at: String,
    /// Until when it proves this.
    expires: String,
    /// The highest level of acts for which it is enough; above it a fresh one-time code or
    /// face is needed besides.
    alone: &'static str,
}

/// Sets a person's password.
#[utoipa::path(put, path = "/api/v1/persons/{id}/password", tag = "person", request_body = Password,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Password>,
) -> Result<StatusCode, Problem> {
    let password = body.unkeyed()?.password.into();
    let signing = &served.house.signing;
    signing.set_password(&caller.tenant, &id, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries a password. Nobody is answered as somebody with another password is.
#[utoipa::path(post, path = "/api/v1/persons/{id}/password/check", tag = "person", request_body = Password,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Proven),
        (status = 422, description = "`password-wrong`, with the tries that are left", body = Problem),
        (status = 429, description = "`password-paused`", body = Problem)))]
pub async fn check(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Password>,
) -> Result<Json<Proven>, Problem> {
    let password = body.unkeyed()?.password.into();
    let signing = &served.house.signing;
    let proven = signing
        .check_password(&caller.tenant, &id, password)
        .await?;
    Ok(Json(Proven {
        person: proven.person,
        at: rfc3339(proven.at),
        expires: rfc3339(proven.expires),
        alone: proven.alone.name(),
    }))
}
