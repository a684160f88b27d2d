//! A signer's session on the officer's own device.

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{State, auth::Officer, body::Body, problem::Problem, session::open::Opened};

/// Whose session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attended {
    contract: String,
    role: String,
}

impl Attended {
    /// Contract and role.
    pub fn parts(self) -> (String, String) {
        (self.contract, self.role)
    }
}

/// Opens a signer's session on this device, with the officer present: for parties that
/// sign on a PAD or at a counter. Bearer: an officer's session.
#[utoipa::path(post, path = "/api/v1/officer/sessions", tag = "staff", request_body = Attended,
    security(("bearer" = [])),
    responses((status = 200, body = Opened), (status = 401, body = Problem),
        (status = 409, description = "`not-in-mode`, `already-signed`", body = Problem)))]
pub async fn open(
    served: State,
    officer: Officer,
    body: Body<Attended>,
) -> Result<Json<Opened>, Problem> {
    let (contract, role) = body.unkeyed()?.parts();
    let signing = &served.house.signing;
    let opened = signing.attend(&officer.0, &contract, &role).await?;
    Ok(Json(opened.into()))
}
