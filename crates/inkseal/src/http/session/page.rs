//! Pages as pictures.

#![expect(unused_qualifications, reason = "utoipa writes the path of `Wanted`")]

use axum::{
    extract::{Path, Query},
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::{State, auth::Signer, problem::Problem};

/// How wide the picture is.
#[derive(Deserialize, IntoParams)]
pub struct Wanted {
    /// 750, 1080 or 1500 pixels.
    width: Option<u32>,
}

/// A page of the frozen document. `Inkseal-Page-Digest` is the digest of the picture.
#[utoipa::path(get, path = "/api/v1/session/pages/{page}", tag = "session",
    params(("page" = String, Path, description = "Page from 1, with `.png`"), Wanted),
    security(("bearer" = [])),
    responses((status = 200, content_type = "image/png", body = Vec<u8>),
        (status = 404, body = Problem)))]
pub async fn page(
    served: State,
    signer: Signer,
    Path(page): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<impl IntoResponse, Problem> {
    let number = page.strip_suffix(".png").and_then(|page| page.parse().ok());
    let missing = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-page",
            "pages are 1.png, 2.png, …",
        )
    };
    let number = number.ok_or_else(missing)?;
    let width = wanted.width.unwrap_or(1080);
    let picture = served.house.signing.page(&signer.0, number, width).await?;
    let digest = picture.digest.to_string();
    let headers = [
        (header::CONTENT_TYPE, "image/png".to_owned()),
        (HeaderName::from_static("inkseal-page-digest"), digest),
    ];
    Ok((headers, picture.png))
}
