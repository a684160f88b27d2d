//! The administrator's password.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use store::Store;
use utoipa::ToSchema;

use crate::http::{
    auth::{AnyAdmin, set_password},
    body::Body,
    problem::Problem,
};

/// Fewer characters are guessed too soon.
const SHORTEST: usize = 12;

/// The new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// 12 characters or more.
    new: String,
}

/// Changes the administrator's password. The one-time password is good for this alone.
#[utoipa::path(post, path = "/api/v1/admin/password", tag = "admin", request_body = Change,
    security(("admin" = [])), responses((status = 204), (status = 422, body = Problem)))]
pub async fn password(
    State(store): State<Store>,
    _caller: AnyAdmin,
    body: Body<Change>,
) -> Result<StatusCode, Problem> {
    let Change { new } = body.unkeyed()?;
    if new.chars().count() < SHORTEST {
        let detail = "a password has 12 characters or more";
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "password-too-short",
            detail,
        ));
    }
    set_password(&store, &new, false).await.map_err(|error| {
        tracing::error!(%error, "the password was not changed");
        let detail = "the password was not changed; try again later";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "store-failed", detail)
    })?;
    Ok(StatusCode::NO_CONTENT)
}
