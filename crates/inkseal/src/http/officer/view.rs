//! A signer's session as the clerk's own screen needs it.

use axum::{Json, extract::Path};

use crate::http::{State, auth::Officer, problem::Problem, session::view::Session};

/// A session that this officer opened at this device: where it stands, and how evidence
/// is sealed for it. Not found until the second screen has opened it.
#[utoipa::path(get, path = "/api/v1/officer/sessions/{session}", tag = "staff",
    security(("bearer" = [])), params(("session" = String, Path)),
    responses((status = 200, body = Session), (status = 404, body = Problem)))]
pub async fn view(
    served: State,
    officer: Officer,
    Path(session): Path<String>,
) -> Result<Json<Session>, Problem> {
    let signing = &served.house.signing;
    let view = signing.attended_session(&officer.0, &session).await?;
    Ok(Json(view.into()))
}
