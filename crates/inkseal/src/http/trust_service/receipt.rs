//! Receipts and the checkpoint.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use ledger::Receipt;

use super::{caller::Caller, failed};
use crate::{house::TrustHouse, http::problem::Problem};

/// Proves an entry under the last checkpoint; one that waits is sequenced first.
#[utoipa::path(get, path = "/trust/v1/ledger/receipts/{index}", tag = "trust-service",
    params(("index" = u64, Path)), security(("service" = [])),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub async fn receipt(
    State(house): State<TrustHouse>,
    _caller: Caller,
    Path(index): Path<u64>,
) -> Result<Json<Receipt>, Problem> {
    let receipt = house.trust.receipt(index).await;
    Ok(Json(receipt.map_err(|e| failed(&e))?))
}

/// The last checkpoint (C2SP tlog-checkpoint).
#[utoipa::path(get, path = "/trust/v1/ledger/checkpoint", tag = "trust-service",
    security(("service" = [])),
    responses((status = 200, content_type = "text/plain", body = String),
        (status = 404, body = Problem)))]
pub async fn checkpoint(
    State(house): State<TrustHouse>,
    _caller: Caller,
) -> Result<impl IntoResponse, Problem> {
    let checkpoint = house.trust.ledger_object("checkpoint").await;
    let none = || Problem::new(StatusCode::NOT_FOUND, "not-found", "the ledger is empty");
    let checkpoint = checkpoint.map_err(|e| failed(&e))?.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "text/plain")], checkpoint))
}
