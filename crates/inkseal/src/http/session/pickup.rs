//! Another link for a signer who has lost the first.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{State, address::Address, body::Body, problem::Problem};

/// Who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// The mobile number at which the link is awaited.
    phone: String,
    /// In whose contracts; in all when it is not given.
    tenant: Option<String>,
}

/// Sends a fresh link by short message, if a contract awaits the owner of this number and
/// its party signs by short message. The answer is the same when none does, and comes
/// before it is known: nobody learns here who has something to sign. Earlier links and
/// sessions end when the fresh link is opened.
#[utoipa::path(post, path = "/api/v1/links/pickup", tag = "session", request_body = Lost,
    responses((status = 202, description = "Taken in; the link comes if somebody is awaited"),
        (status = 422, description = "No mobile number", body = Problem),
        (status = 429, description = "`link-later`, the same for every number", body = Problem)))]
pub async fn pick_up(
    served: State,
    address: Address,
    body: Body<Lost>,
) -> Result<StatusCode, Problem> {
    let Lost { phone, tenant } = body.unkeyed()?;
    let public = served.public_url.clone();
    // In the fragment, the token reaches no server log on its way.
    let url = move |token: &str| format!("{public}/sign/#{token}");
    let signing = &served.house.signing;
    signing.pick_up(tenant, &phone, address.0, url)?;
    Ok(StatusCode::ACCEPTED)
}
