//! API keys for integrators.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{
    State,
    auth::{Admin, OPERATOR, make_api_key},
    body::Body,
    problem::Problem,
};

/// Tenants of the services themselves.
const RESERVED: [&str; 2] = [OPERATOR, "trust"];

/// For whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What the key is called.
    name: String,
    /// The tenant whose contracts it reaches: 1 to 32 of `a-z`, `0-9`, `-`.
    tenant: String,
}

/// An API key. It is shown once.
#[derive(Serialize, ToSchema)]
pub struct Key {
    key: String,
}

/// Makes an API key.
#[utoipa::path(post, path = "/api/v1/admin/api-keys", tag = "admin", request_body = Wanted,
    security(("admin" = [])), responses((status = 201, body = Key), (status = 422, body = Problem)))]
pub async fn key(
    served: State,
    _caller: Admin,
    body: Body<Wanted>,
) -> Result<(StatusCode, Json<Key>), Problem> {
    let Wanted { name, tenant } = body.unkeyed()?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=32).contains(&tenant.len()) && tenant.chars().all(plain);
    if !fits || RESERVED.contains(&tenant.as_str()) || !(1..=64).contains(&name.chars().count()) {
        let detail = "tenant: 1 to 32 characters of a-z, 0-9 and -, not `operator` or `trust`; \
                      name: 1 to 64 characters";
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-field",
            detail,
        ));
    }
    let key = make_api_key(&served.house.store, &tenant, &name)
        .await
        .map_err(|error| {
            tracing::error!(%error, "an API key was not made");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "store-failed",
                "try again later",
            )
        })?;
    Ok((StatusCode::CREATED, Json(Key { key })))
}
