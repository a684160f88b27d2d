//! Revocation lists.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};

use super::failed;
use crate::{house::TrustHouse, http::problem::Problem};

/// A revocation list (RFC 5280): of a suite's issuing authority, of one period of its
/// certificates, or of the root.
#[utoipa::path(get, path = "/api/v1/trust/crl/{file}", tag = "public",
    params(("file" = String, Path, description = "Name of the suite and `.crl`, such as `p256-sha256.crl`; `-root`, or the period's number after `-`, before the `.crl`")),
    responses((status = 200, content_type = "application/pkix-crl", body = Vec<u8>),
        (status = 404, body = Problem)))]
pub async fn crl(
    State(house): State<TrustHouse>,
    Path(file): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let name = file.strip_suffix(".crl").unwrap_or_default();
    let list = house.trust.crl(name).await;
    let list = list.map_err(|error| failed(&error))?;
    let missing = || {
        let detail = "there is no list of this name; it is the suite's, a part of it, and `.crl`";
        Problem::new(StatusCode::NOT_FOUND, "not-found", detail)
    };
    let kind = [(header::CONTENT_TYPE, "application/pkix-crl")];
    Ok((kind, list.ok_or_else(missing)?))
}
