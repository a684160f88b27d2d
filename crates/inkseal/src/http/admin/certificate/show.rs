//! One certificate by its serial number.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{Known, Office, known};
use crate::http::{auth::Admin, problem::Problem};

/// What is known of a certificate, of whatever profile.
#[utoipa::path(get, path = "/api/v1/admin/certificates/{serial}", tag = "admin",
    params(("serial" = String, Path, description = "hexadecimal")), security(("admin" = [])),
    responses((status = 200, body = Known), (status = 404, body = Problem)))]
pub async fn show(
    State(office): State<Office>,
    _caller: Admin,
    Path(serial): Path<String>,
) -> Result<Json<Known>, Problem> {
    Ok(Json(known(&office, &serial).await?.into()))
}
