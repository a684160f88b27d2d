//! The finished contract for its signer.

use axum::{http::header, response::IntoResponse};

use crate::http::{State, auth::Signer, problem::Problem};

/// The finished contract; nobody gets a half-signed one.
#[utoipa::path(get, path = "/api/v1/session/file", tag = "session", security(("bearer" = [])),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 409, description = "`contract-not-complete`", body = Problem)))]
pub async fn file(served: State, signer: Signer) -> Result<impl IntoResponse, Problem> {
    let file = served.house.signing.file_for(&signer.0).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], file))
}
