//! What is handed out of a contract.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde_json::Value;
use signing::ports::PortError;

use crate::http::{State, auth::Integrator, problem::Problem};

/// The finished contract; nobody gets a half-signed one.
#[utoipa::path(get, path = "/api/v1/contracts/{id}/file", tag = "contract",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 409, description = "`contract-not-complete`", body = Problem)))]
pub async fn file(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let finished = served.house.signing.finished(&caller.tenant, &id).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], finished.file))
}

/// The document as it was frozen.
#[utoipa::path(get, path = "/api/v1/contracts/{id}/document", tag = "contract",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub async fn document(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let file = served.house.signing.frozen(&caller.tenant, &id).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], file))
}

/// The manifests of a complete contract, in the order of its signatures.
#[utoipa::path(get, path = "/api/v1/contracts/{id}/manifests", tag = "contract",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Vec<Object>), (status = 409, body = Problem)))]
pub async fn manifests(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<Json<Vec<Value>>, Problem> {
    Ok(Json(
        served
            .house
            .signing
            .finished(&caller.tenant, &id)
            .await?
            .manifests,
    ))
}

/// The entries are durable: whoever asks again later gets them.
fn receipts_missing(error: PortError) -> Problem {
    tracing::warn!(%error, "receipts were asked for and not given");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.code, error.reason)
}

/// Inclusion proofs for every entry that the contract has in the ledger.
#[utoipa::path(get, path = "/api/v1/contracts/{id}/receipts", tag = "contract",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Vec<Object>), (status = 409, body = Problem)))]
pub async fn receipts(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<Json<Vec<ledger::Receipt>>, Problem> {
    let entries = served
        .house
        .signing
        .finished(&caller.tenant, &id)
        .await?
        .entries;
    let receipts = served.house.trust.receipts(&entries).await;
    Ok(Json(receipts.map_err(receipts_missing)?))
}
