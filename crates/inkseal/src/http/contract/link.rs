//! One-time signing links.

use axum::{Json, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::rfc3339};

const HOUR: i64 = 3600 * 1000;

/// For whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    role: String,
    /// How long the link is good; a day when it is not given.
    hours: Option<u32>,
    /// Whether it is sent to the party's number by short message as well.
    #[serde(default)]
    send: bool,
}

/// A link. It is shown once.
#[derive(Serialize, ToSchema)]
pub struct Link {
    /// To be given to the signer.
    url: String,
    session: String,
    expires: String,
}

/// Makes a one-time link for a party.
#[utoipa::path(post, path = "/api/v1/contracts/{id}/links", tag = "contract", request_body = Wanted,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Link), (status = 409, body = Problem)))]
pub async fn link(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Wanted>,
) -> Result<Json<Link>, Problem> {
    let Wanted { role, hours, send } = body.unkeyed()?;
    let hours = hours.unwrap_or(24);
    if hours == 0 {
        let detail = "hours: a link is good for an hour or more";
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-field",
            detail,
        ));
    }
    let signing = &served.house.signing;
    let lifetime = i64::from(hours) * HOUR;
    let link = signing
        .issue_link(&caller.tenant, &id, &role, lifetime)
        .await?;
    // In the fragment, the token reaches no server log on its way.
    let url = format!("{}/sign/#{}", served.public_url, link.token);
    if send {
        signing
            .send_link(&caller.tenant, &id, &role, &link, &url)
            .await?;
    }
    Ok(Json(Link {
        url,
        session: link.session,
        expires: rfc3339(link.expires),
    }))
}
