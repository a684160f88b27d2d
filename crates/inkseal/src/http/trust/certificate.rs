//! The authorities' own certificates.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};

use crate::{house::TrustHouse, http::problem::Problem};

/// The certificate of a suite's issuing authority, or of its root (RFC 5280, 4.2.2.1).
#[utoipa::path(get, path = "/api/v1/trust/certificate/{file}", tag = "public",
    params(("file" = String, Path, description = "Name of the suite and `.cer`, such as `p256-sha256.cer` and `p256-sha256-root.cer`")),
    responses((status = 200, content_type = "application/pkix-cert", body = Vec<u8>),
        (status = 404, body = Problem)))]
pub async fn certificate(
    State(house): State<TrustHouse>,
    Path(file): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let name = file.strip_suffix(".cer").unwrap_or_default();
    let missing = || {
        let detail = "there is no authority of this name; it is the suite's and `.cer`";
        Problem::new(StatusCode::NOT_FOUND, "not-found", detail)
    };
    let certificate = house.trust.authority_certificate(name);
    let kind = [(header::CONTENT_TYPE, "application/pkix-cert")];
    Ok((kind, certificate.ok_or_else(missing)?))
}
