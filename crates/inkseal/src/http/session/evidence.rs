//! Evidence, one item at a time.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
};
use serde::Deserialize;
use signing::policy::ItemKind;
use utoipa::IntoParams;

use super::arriving::Arriving;
use crate::http::{State, auth::Signer, problem::Problem};

/// Longest item: a short video in its envelope.
pub const LARGEST: usize = 26 << 20;

/// What is told beside the content.
#[derive(Deserialize, IntoParams)]
pub struct Told {
    /// When it was captured, by the device's clock: milliseconds since 1970.
    pub captured: Option<i64>,
}

/// Adds an item of evidence: `id-photo-front`, `id-photo-back`, `portrait` (JPEG or PNG),
/// `location` (JSON), `transcription` (text), or `signing-photo`, `video`, `voice`, each
/// sealed to the forensic key. What is not sealed to the forensic key comes sealed to the
/// transport key, as `application/vnd.inkseal.envelope`, where the policy wants it so.
#[utoipa::path(post, path = "/api/v1/session/evidence/{kind}", tag = "session",
    security(("bearer" = [])), params(("kind" = String, Path, description = "Kind of evidence")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 409, description = "`envelope-foreign`, `evidence-replayed`", body = Problem),
        (status = 422, description = "`consent-missing`, `seal-missing`", body = Problem),
        (status = 429, description = "`session-uploads-full`", body = Problem),
        (status = 503, description = "`uploads-full`", body = Problem)))]
pub async fn add(
    served: State,
    signer: Signer,
    Path(kind): Path<String>,
    told: Query<Told>,
    body: Arriving<LARGEST>,
) -> Result<StatusCode, Problem> {
    let kind = of_name(&kind)?;
    let signing = &served.house.signing;
    signing
        .add_evidence(&signer.0, kind, body.arrived, told.captured)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The kind of a path.
pub fn of_name(name: &str) -> Result<ItemKind, Problem> {
    let unknown = |error: signing::policy::PolicyError| {
        Problem::new(StatusCode::NOT_FOUND, "not-found", error.to_string())
    };
    name.parse().map_err(unknown)
}
