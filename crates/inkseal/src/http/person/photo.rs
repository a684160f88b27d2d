//! Photos of documents and faces.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use signing::register::photo::PhotoKind;
use utoipa::ToSchema;

use super::view::Photo;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// Longest request: eight mebibytes in base64.
const LARGEST: usize = 12 << 20;

/// A photo.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPhoto)]
pub struct Taken {
    /// `document-front`, `document-back` or `portrait`.
    #[schema(value_type = String)]
    kind: PhotoKind,
    /// JPEG or PNG in base64, of at most 8 MiB.
    photo: String,
}

/// Keeps a photo, if its consent was recorded before and it is what it says.
#[utoipa::path(post, path = "/api/v1/persons/{id}/photos", tag = "person", request_body = Taken,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 201, body = Photo), (status = 404, body = Problem),
        (status = 409, description = "`consent-missing`", body = Problem), (status = 422, body = Problem)))]
pub async fn add(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Taken, LARGEST>,
) -> Result<(StatusCode, Json<Photo>), Problem> {
    let Taken { kind, photo } = body.unkeyed()?;
    let wrong = |_| Problem::invalid("photo: JPEG or PNG in base64 is expected");
    let file = STANDARD.decode(photo).map_err(wrong)?;
    let signing = &served.house.signing;
    let kept = signing.add_photo(&caller.tenant, &id, kind, file.into());
    Ok((StatusCode::CREATED, Json(kept.await?.into())))
}

/// A photo that is kept.
#[utoipa::path(get, path = "/api/v1/persons/{id}/photos/{photo}", tag = "person",
    params(("id" = String, Path), ("photo" = String, Path)), security(("bearer" = [])),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 404, body = Problem)))]
pub async fn photo(
    served: State,
    caller: Integrator,
    Path((id, photo)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let signing = &served.house.signing;
    let kept = signing.photo(&caller.tenant, &id, &photo).await?;
    Ok(([(header::CONTENT_TYPE, kept.format)], kept.file))
}
