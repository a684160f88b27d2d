//! The OCSP responder (RFC 6960, appendix A).

use axum::{
    body::Body,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::failed;
use crate::{house::TrustHouse, http::problem::Problem};

/// Longest request, in bytes: some thirty certificates.
const LARGEST: usize = 4096;

/// Asks whether certificates are revoked: DER of an `OCSPRequest`, at most 4 KiB.
#[utoipa::path(post, path = "/api/v1/trust/ocsp", tag = "public",
    request_body(content = Vec<u8>, content_type = "application/ocsp-request"),
    responses((status = 200, content_type = "application/ocsp-response", body = Vec<u8>),
        (status = 413, body = Problem), (status = 503, body = Problem)))]
pub async fn post(
    State(house): State<TrustHouse>,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let request = axum::body::to_bytes(body, LARGEST).await.map_err(|_| {
        let detail = format!("the body broke off, or has more than {LARGEST} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-unreadable", detail)
    })?;
    answer(&house, &request).await
}

/// Asks whether a certificate is revoked: the request in base64, percent-encoded.
#[utoipa::path(get, path = "/api/v1/trust/ocsp/{request}", tag = "public",
    params(("request" = String, Path, description = "DER of an `OCSPRequest` in base64")),
    responses((status = 200, content_type = "application/ocsp-response", body = Vec<u8>)))]
pub async fn get(
    State(house): State<TrustHouse>,
    Path(request): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    // What is no base64 is no request: the responder says so.
    let request = if request.len() <= LARGEST {
        STANDARD.decode(request).unwrap_or_default()
    } else {
        Vec::new()
    };
    answer(&house, &request).await
}

async fn answer(house: &TrustHouse, request: &[u8]) -> Result<impl IntoResponse + use<>, Problem> {
    let answer = match house.trust.ocsp_at_hand(request) {
        Some(answer) => answer,
        None => {
            let _place = house.places.take()?;
            let answer = house.trust.ocsp(request).await;
            answer.map_err(|error| failed(&error))?
        }
    };
    let kind = [(header::CONTENT_TYPE, "application/ocsp-response")];
    Ok((kind, answer))
}
