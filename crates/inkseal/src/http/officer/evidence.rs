//! Evidence that the clerk captures beside the signer's screen.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
};

use crate::http::{
    State,
    auth::Officer,
    problem::Problem,
    session::{
        arriving::Arriving,
        evidence::{LARGEST, Told, of_name},
    },
};

/// Adds an item of evidence to a session that this officer opened at this device, as the
/// signer's own screen would (`POST /api/v1/session/evidence/{kind}`), but nothing that is
/// the signer's own: handwriting, one-time code, the copied sentence.
#[utoipa::path(post, path = "/api/v1/officer/sessions/{session}/evidence/{kind}", tag = "staff",
    security(("bearer" = [])),
    params(("session" = String, Path), ("kind" = String, Path, description = "Kind of evidence")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 404, body = Problem),
        (status = 409, description = "`not-in-mode`, `envelope-foreign`", body = Problem),
        (status = 422, description = "`consent-missing`, `seal-missing`", body = Problem),
        (status = 429, description = "`session-uploads-full`", body = Problem),
        (status = 503, description = "`uploads-full`", body = Problem)))]
pub async fn add(
    served: State,
    officer: Officer,
    Path((session, kind)): Path<(String, String)>,
    told: Query<Told>,
    body: Arriving<LARGEST>,
) -> Result<StatusCode, Problem> {
    let kind = of_name(&kind)?;
    let signing = &served.house.signing;
    signing
        .attended_evidence(&officer.0, &session, kind, body.arrived, told.captured)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
