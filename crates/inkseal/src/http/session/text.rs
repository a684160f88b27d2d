//! Pages as text.

use axum::{Json, extract::Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{State, auth::Signer, problem::Problem};

/// The text of a page, in the order in which it is drawn.
#[derive(Serialize, ToSchema)]
pub struct PageText {
    /// From 1.
    page: usize,
    /// What stands in two columns of a table is in two lines.
    lines: Vec<Line>,
}

/// Letters that stand beside each other.
#[derive(Serialize, ToSchema)]
struct Line {
    /// What they say, words parted by a blank.
    text: String,
    /// Left, lower, right and upper side in points from the lower left corner of the page
    /// as it is seen.
    rect: [f64; 4],
}

/// The text of a page of the frozen document, with positions: for reading aloud.
#[utoipa::path(get, path = "/api/v1/session/pages/{page}/text", tag = "session",
    params(("page" = usize, Path, description = "Page from 1")),
    security(("bearer" = [])),
    responses((status = 200, body = PageText), (status = 404, body = Problem)))]
pub async fn text(
    served: State,
    signer: Signer,
    Path(page): Path<usize>,
) -> Result<Json<PageText>, Problem> {
    let lines = served.house.signing.page_text(&signer.0, page).await?;
    let line = |line: &pdf::TextLine| Line {
        text: line.text.clone(),
        rect: line.rect,
    };
    let lines = lines.iter().map(line).collect();
    Ok(Json(PageText { page, lines }))
}
