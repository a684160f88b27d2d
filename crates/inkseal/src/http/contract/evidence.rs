//! Evidence as the integrator hands it over and gets it back.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{
    State, auth::Integrator, body::Body, problem::Problem, session::evidence::of_name,
};

/// An item that the integrator keeps.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Kind of evidence.
    kind: String,
    /// Digest of its content, `sm3:<hex>` or `sha256:<hex>`.
    digest: String,
    /// When it was captured: milliseconds since 1970.
    captured: Option<i64>,
}

/// Hands over an item that the integrator keeps: its digest alone.
#[utoipa::path(post, path = "/api/v1/contracts/{contract}/sessions/{session}/evidence", tag = "contract",
    request_body = Held, security(("bearer" = [])),
    params(("contract" = String, Path), ("session" = String, Path)),
    responses((status = 204), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn hand_over(
    served: State,
    caller: Integrator,
    Path((contract, session)): Path<(String, String)>,
    body: Body<Held>,
) -> Result<StatusCode, Problem> {
    let held = body.unkeyed()?;
    let kind = of_name(&held.kind)?;
    let digest = held.digest.parse().map_err(|error: crypto::DigestError| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem::new(status, "invalid-field", error.to_string())
    })?;
    let signing = &served.house.signing;
    signing
        .hand_over(
            &caller.tenant,
            &contract,
            &session,
            kind,
            digest,
            held.captured,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The content of an item, by the digest under which the manifest has it. Biometrics are
/// the envelopes that the forensic key opens.
#[utoipa::path(get, path = "/api/v1/contracts/{contract}/evidence/{digest}", tag = "contract",
    security(("bearer" = [])), params(("contract" = String, Path), ("digest" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
pub async fn content(
    served: State,
    caller: Integrator,
    Path((contract, digest)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let signing = &served.house.signing;
    let bytes = signing.evidence(&caller.tenant, &contract, &digest).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    Ok((headers, bytes.to_vec()))
}
