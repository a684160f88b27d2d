//! Pairing a second screen.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::session::Attended;
use crate::http::{State, auth::Officer, body::Body, problem::Problem, time::rfc3339};

/// A session that waits for its second screen.
#[derive(Serialize, ToSchema)]
pub struct Pairing {
    /// Eight digits, to be entered on the second screen. Shown once.
    code: String,
    /// The session that it opens.
    session: String,
    /// When the code ends.
    expires: String,
}

/// Gives a code by which a second screen opens the signer's session, once, within two
/// minutes. Bearer: an officer's session.
#[utoipa::path(post, path = "/api/v1/officer/pairings", tag = "staff", request_body = Attended,
    security(("bearer" = [])),
    responses((status = 200, body = Pairing), (status = 401, body = Problem),
        (status = 409, description = "`not-in-mode`, `already-signed`", body = Problem)))]
pub async fn pair(
    served: State,
    officer: Officer,
    body: Body<Attended>,
) -> Result<Json<Pairing>, Problem> {
    let (contract, role) = body.unkeyed()?.parts();
    let signing = &served.house.signing;
    let pairing = signing.pair(&officer.0, &contract, &role).await?;
    Ok(Json(Pairing {
        code: pairing.code,
        session: pairing.session,
        expires: rfc3339(pairing.expires),
    }))
}
