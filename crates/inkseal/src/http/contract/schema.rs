//! The schema of manifests, for whoever validates them.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// JSON Schema, 2020-12.
const MANIFEST: &str = include_str!("../../../../../docs/manifest.schema.json");

/// The JSON Schema of manifests.
#[utoipa::path(get, path = "/api/v1/schemas/manifest", tag = "public",
    responses((status = 200, content_type = "application/schema+json", body = Object)))]
pub async fn manifest() -> Response {
    (
        [(header::CONTENT_TYPE, "application/schema+json")],
        MANIFEST,
    )
        .into_response()
}
