//! What everybody may see: trust anchors and the ledger's tiles.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use crate::{house::TrustHouse, trust_service::TrustService};

/// The trust anchors, PEM.
#[utoipa::path(get, path = "/api/v1/anchors.pem", tag = "public",
    responses((status = 200, content_type = "application/x-pem-file", body = String)))]
pub async fn anchors(State(trust): State<TrustService>) -> Result<impl IntoResponse, Problem> {
    let kind = [(header::CONTENT_TYPE, "application/x-pem-file")];
    Ok((kind, trust.anchors_pem().await?))
}

/// The ledger's public key (C2SP signed-note verifier key): by it receipts are verified.
#[utoipa::path(get, path = "/api/v1/ledger.vkey", tag = "public",
    responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn key(State(trust): State<TrustService>) -> Result<String, Problem> {
    Ok(trust.ledger_key().await?)
}

/// The checkpoint and the tiles, as C2SP tlog-tiles lays them out.
pub async fn object(
    State(house): State<TrustHouse>,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let failed = |error: trust::TrustError| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            error.code(),
            error.to_string(),
        )
    };
    let object = house.trust.ledger_object(&path).await.map_err(failed)?;
    let missing = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "no such part of the ledger",
        )
    };
    let kind = if path == "checkpoint" {
        "text/plain"
    } else {
        "application/octet-stream"
    };
    Ok(([(header::CONTENT_TYPE, kind)], object.ok_or_else(missing)?).into_response())
}
