//! What everybody may see: trust anchors and the ledger's tiles.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use crate::{house::TrustHouse, trust_service::TrustService};

/// What everybody may know of whom this house trusts.
#[derive(Clone)]
pub struct Known {
    /// The trust service.
    pub trust: TrustService,
    /// Roots of the outside timestamp authorities, PEM.
    pub outside: Arc<str>,
}

/// The trust anchors, PEM: those of the trust service, and those of the outside timestamp
/// authorities that contracts are stamped by.
#[utoipa::path(get, path = "/api/v1/anchors.pem", tag = "public",
    responses((status = 200, content_type = "application/x-pem-file", body = String)))]
pub async fn anchors(State(known): State<Known>) -> Result<impl IntoResponse, Problem> {
    let kind = [(header::CONTENT_TYPE, "application/x-pem-file")];
    Ok((kind, known.trust.anchors_pem().await? + &known.outside))
}

/// The ledger's public key (C2SP signed-note verifier key): by it receipts are verified.
#[utoipa::path(get, path = "/api/v1/ledger.vkey", tag = "public",
    responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn key(State(known): State<Known>) -> Result<String, Problem> {
    Ok(known.trust.ledger_key().await?)
}

/// The certificate of the ledger's SM2 key, PEM, with that of the authority that issued it.
#[utoipa::path(get, path = "/api/v1/ledger.pem", tag = "public",
    responses((status = 200, content_type = "application/x-pem-file", body = String),
        (status = 404, body = Problem)))]
pub async fn certificate(State(known): State<Known>) -> Result<impl IntoResponse, Problem> {
    let chain = known.trust.ledger_certificate().await?;
    if chain.is_empty() {
        let detail = "the ledger's key has no certificate: SM2 has no authority here";
        return Err(Problem::new(StatusCode::NOT_FOUND, "not-found", detail));
    }
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], chain))
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
