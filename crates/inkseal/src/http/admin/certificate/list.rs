//! The certificates that last.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Known, Office};
use crate::http::{auth::Admin, problem::Problem};

/// Most certificates in one answer.
const MOST: u32 = 100;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The last serial number of the part before; the first part when not given.
    #[serde(default)]
    after: String,
}

/// Persons', companies' and seal makers' certificates, those of the timestamp authorities
/// and of the ledger's key, in the order of their serial numbers: 100 at a time. Those of
/// single acts are not here.
#[utoipa::path(get, path = "/api/v1/admin/certificates", tag = "admin",
    security(("admin" = [])), responses((status = 200, body = Vec<Known>)))]
pub async fn list(
    State(office): State<Office>,
    _caller: Admin,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Known>>, Problem> {
    let records = office.house.trust.records(&page.after, MOST).await;
    let records = records.map_err(|error| Problem::of_trust(&error))?;
    Ok(Json(records.into_iter().map(Known::from).collect()))
}
