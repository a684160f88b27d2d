//! Who may act for an enterprise.

use axum::{Json, extract::Path, http::StatusCode};
use crypto::Digest;
use serde::{Deserialize, Serialize};
use signing::service::{Capacity, NewAuthorisation};
use utoipa::ToSchema;

use super::view::Agent;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::millis};

/// An authorisation to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorisation {
    /// The agent, a registered person.
    person: String,
    /// A complete contract in which the enterprise (by seal) or its representative signed
    /// as `principal`, and the agent as `agent`.
    contract: String,
    /// Digest of its document.
    #[schema(value_type = String)]
    document: Digest,
    /// When it ends, RFC 3339; within three years.
    expires: String,
}

/// As what a person acts.
#[derive(Serialize, ToSchema)]
pub struct Acting {
    /// `representative` or `agent`.
    capacity: &'static str,
    /// By what an agent acts.
    authorisation: Option<Agent>,
}

/// Registers an agent by a signed contract. One contract authorises once.
#[utoipa::path(post, path = "/api/v1/enterprises/{id}/authorisations", tag = "enterprise",
    request_body = Authorisation, params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 201, body = Agent), (status = 404, body = Problem),
        (status = 409, description = "`authorisation-unfit`, `authorisation-used`", body = Problem)))]
pub async fn authorise(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Authorisation>,
) -> Result<(StatusCode, Json<Agent>), Problem> {
    let wanted = body.unkeyed()?;
    let new = NewAuthorisation {
        person: wanted.person,
        contract: wanted.contract,
        document: wanted.document,
        expires: millis("expires", &wanted.expires)?,
    };
    let signing = &served.house.signing;
    let view = signing.authorise_agent(&caller.tenant, &id, new).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// Revokes an agent's authorisation.
#[utoipa::path(delete, path = "/api/v1/enterprises/{id}/authorisations/{authorisation}",
    tag = "enterprise", params(("id" = String, Path), ("authorisation" = String, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 404, body = Problem)))]
pub async fn revoke(
    served: State,
    caller: Integrator,
    Path((id, authorisation)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    signing
        .revoke_agent(&caller.tenant, &id, &authorisation)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// As what a person acts for an enterprise now.
#[utoipa::path(get, path = "/api/v1/enterprises/{id}/agents/{person}", tag = "enterprise",
    params(("id" = String, Path), ("person" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Acting), (status = 404, body = Problem),
        (status = 409, description = "`not-authorised`", body = Problem)))]
pub async fn capacity(
    served: State,
    caller: Integrator,
    Path((id, person)): Path<(String, String)>,
) -> Result<Json<Acting>, Problem> {
    let signing = &served.house.signing;
    let acting = match signing.capacity(&caller.tenant, &id, &person).await? {
        Capacity::Representative => Acting {
            capacity: "representative",
            authorisation: None,
        },
        Capacity::Agent { authorisation } => Acting {
            capacity: "agent",
            authorisation: Some(authorisation.into()),
        },
    };
    Ok(Json(acting))
}
