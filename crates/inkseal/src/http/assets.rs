//! The pages, built from `web/` and embedded.

use axum::{
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Web;

/// A file of the pages; a folder gives its `index.html`.
pub async fn asset(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let name = match path {
        "" => "sign/index.html".to_owned(),
        folder if folder.ends_with('/') => format!("{folder}index.html"),
        "sign" => "sign/index.html".to_owned(),
        file => file.to_owned(),
    };
    let Some(file) = Web::get(&name) else {
        return Problem::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here")
            .into_response();
    };
    // Names of assets carry their digest, pages do not.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000"
    } else {
        "no-store"
    };
    let kind = file.metadata.mimetype().to_owned();
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, cache.to_owned()),
        ],
        file.data,
    )
        .into_response()
}
