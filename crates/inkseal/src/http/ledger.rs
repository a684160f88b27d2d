//! What everybody may see: trust anchors and the ledger's tiles.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{State, problem::Problem};

/// The trust anchors, PEM.
#[utoipa::path(get, path = "/api/v1/anchors.pem", tag = "public",
    responses((status = 200, content_type = "application/x-pem-file", body = String)))]
pub async fn anchors(served: State) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/x-pem-file")],
        served.house.trust.anchors_pem(),
    )
}

/// The ledger's public key (C2SP signed-note verifier key): by it receipts are verified.
#[utoipa::path(get, path = "/api/v1/ledger.vkey", tag = "public",
    responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn key(served: State) -> String {
    served.house.trust.ledger_key()
}

/// The checkpoint and the tiles, as C2SP tlog-tiles lays them out.
pub async fn object(served: State, Path(path): Path<String>) -> Result<Response, Problem> {
    let failed = |error: trust::TrustError| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            error.code(),
            error.to_string(),
        )
    };
    let object = served
        .house
        .trust
        .ledger_object(&path)
        .await
        .map_err(failed)?;
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
