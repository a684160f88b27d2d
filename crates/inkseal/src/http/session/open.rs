//! Opening a one-time link.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::Session;
use crate::http::{State, body::Body, problem::Problem};

/// The link's token, from the fragment of its URL.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub(super) link: String,
}

/// An opened session with its secret.
#[derive(Serialize, ToSchema)]
pub struct Opened {
    /// Bearer for everything else of this session.
    pub(super) secret: String,
    pub(super) session: Session,
}

impl From<signing::service::Opened> for Opened {
    fn from(opened: signing::service::Opened) -> Self {
        Self {
            secret: opened.secret,
            session: opened.view.into(),
        }
    }
}

/// Opens a link. It opens once.
#[utoipa::path(post, path = "/api/v1/sessions/open", tag = "session", request_body = Link,
    responses((status = 200, body = Opened), (status = 404, body = Problem),
        (status = 410, description = "`link-used` or `link-expired`", body = Problem)))]
pub async fn open(served: State, body: Body<Link>) -> Result<Json<Opened>, Problem> {
    let opened = served
        .house
        .signing
        .open_link(&body.unkeyed()?.link)
        .await?;
    Ok(Json(opened.into()))
}
