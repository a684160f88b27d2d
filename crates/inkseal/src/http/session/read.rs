//! What was read.

use axum::http::StatusCode;
use serde::Deserialize;
use signing::service::PageShown;
use utoipa::ToSchema;

use crate::http::{State, auth::Signer, body::Body, problem::Problem};

/// Longest request: ten thousand pages.
const LARGEST: usize = 2 << 20;

/// Every page as it was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    pages: Vec<Page>,
}

/// A page as it was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Page, from 1.
    page: usize,
    /// Width of the picture in pixels.
    width: u32,
    /// Digest of the picture, as it came with it.
    digest: String,
    /// For how long it was visible, at least 500.
    milliseconds: u32,
}

/// Tells what was read: every page, as it was shown, and for how long.
#[utoipa::path(post, path = "/api/v1/session/reading", tag = "session", request_body = Reading,
    security(("bearer" = [])),
    responses((status = 204), (status = 409, description = "`page-mismatch`", body = Problem)))]
pub async fn read(
    served: State,
    signer: Signer,
    body: Body<Reading, LARGEST>,
) -> Result<StatusCode, Problem> {
    let reading = body.unkeyed()?;
    let mut pages = Vec::with_capacity(reading.pages.len());
    for page in reading.pages {
        let Page {
            page,
            width,
            digest,
            milliseconds,
        } = page;
        let digest = digest.parse().map_err(|error: crypto::DigestError| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-field",
                error.to_string(),
            )
        })?;
        pages.push(PageShown {
            page,
            width,
            digest,
            milliseconds,
        });
    }
    served.house.signing.read(&signer.0, &pages).await?;
    Ok(StatusCode::NO_CONTENT)
}
