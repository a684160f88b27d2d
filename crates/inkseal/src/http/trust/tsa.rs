//! The timestamp authority over HTTP (RFC 3161, 3.4).

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use crypto::Suite;

use crate::{house::TrustHouse, http::problem::Problem};

/// Longest request, in bytes.
const LARGEST: usize = 4096;
const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// Stamps a digest: DER of a `TimeStampReq`, at most 4 KiB. SM3 digests are stamped with
/// SM2, others with P-256. What is refused is refused in the answer (`PKIFailureInfo`).
#[utoipa::path(post, path = "/api/v1/trust/tsa", tag = "public",
    request_body(content = Vec<u8>, content_type = "application/timestamp-query"),
    responses((status = 200, content_type = "application/timestamp-reply", body = Vec<u8>),
        (status = 413, body = Problem), (status = 415, body = Problem)))]
pub async fn any(
    State(house): State<TrustHouse>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    answer(&house, None, &headers, body).await
}

/// Stamps a digest with the algorithms of a suite, such as `sm2-sm3` or `p256-sha256`.
#[utoipa::path(post, path = "/api/v1/trust/tsa/{suite}", tag = "public",
    params(("suite" = String, Path, description = "Name of the suite")),
    request_body(content = Vec<u8>, content_type = "application/timestamp-query"),
    responses((status = 200, content_type = "application/timestamp-reply", body = Vec<u8>),
        (status = 404, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem)))]
pub async fn of_suite(
    State(house): State<TrustHouse>,
    Path(suite): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let suite = Suite::from_name(&suite).ok_or_else(missing)?;
    answer(&house, Some(suite), &headers, body).await
}

async fn answer(
    house: &TrustHouse,
    suite: Option<Suite>,
    headers: &HeaderMap,
    body: Body,
) -> Result<impl IntoResponse + use<>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(QUERY) {
        let detail = format!("the body is DER of a TimeStampReq with the content type {QUERY}");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "content-type-unsupported", detail));
    }
    let request = axum::body::to_bytes(body, LARGEST).await.map_err(|_| {
        let detail = format!("the body broke off, or has more than {LARGEST} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-unreadable", detail)
    })?;
    let _place = house.places.take()?;
    let answer = house.trust.stamp(suite, &request).await;
    Ok(([(header::CONTENT_TYPE, REPLY)], answer.ok_or_else(missing)?))
}

fn missing() -> Problem {
    let detail = "there is no timestamp authority of this name; it is that of a suite in use";
    Problem::new(StatusCode::NOT_FOUND, "not-found", detail)
}
