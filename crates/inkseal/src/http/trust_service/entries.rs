//! Entries for the ledger.

use axum::{Json, extract::State};

use super::{caller::Caller, failed, invalid};
use crate::{
    house::TrustHouse,
    http::{body::Body, problem::Problem},
    wire::{Base64, Entries, Indexes},
};

/// Longest request, in bytes.
const LARGEST: usize = 4 << 20;

/// Takes entries into the ledger, durably. One that is there keeps its index.
#[utoipa::path(post, path = "/trust/v1/ledger/entries", tag = "trust-service",
    request_body = Entries, security(("service" = [])),
    responses((status = 200, body = Indexes), (status = 422, body = Problem)))]
pub async fn append(
    State(house): State<TrustHouse>,
    caller: Caller,
    body: Body<Entries, LARGEST>,
) -> Result<Json<Indexes>, Problem> {
    let Entries { entries } = body.unkeyed()?;
    let entries: Option<Vec<_>> = entries.iter().map(Base64::bytes).collect();
    let entries = entries.ok_or_else(|| invalid("entries: base64 is expected"))?;
    let indexes = house.trust.append(&caller.owner(), entries).await;
    let indexes = indexes.map_err(|e| failed(&e))?;
    Ok(Json(Indexes { indexes }))
}
