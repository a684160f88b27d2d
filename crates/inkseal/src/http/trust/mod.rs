//! What the certificate authority says of its certificates, to everybody.

pub mod certificate;
pub mod crl;
pub mod ocsp;
pub mod places;
pub mod tsa;

use axum::http::StatusCode;

use super::problem::Problem;

fn failed(error: &trust::TrustError) -> Problem {
    tracing::error!(%error, "the state of certificates was not told");
    let detail = "this could not be looked up or signed; try again later";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), detail)
}
