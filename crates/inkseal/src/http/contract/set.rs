//! Several contracts for one sitting.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::rfc3339};

const HOUR: i64 = 3600 * 1000;

/// Contracts that one person signs in one sitting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDraft {
    /// 2 to 100 of them.
    contracts: Vec<SetMember>,
    /// How long the link is good; a day when it is not given.
    expires_in_hours: Option<u32>,
}

/// A contract, and the role in which the person signs it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMember {
    contract: String,
    role: String,
}

impl SetMember {
    /// Contract and role.
    pub fn parts(self) -> (String, String) {
        (self.contract, self.role)
    }
}

/// The link of a set.
#[derive(Serialize, ToSchema)]
pub struct SetLink {
    set: String,
    /// For `POST /api/v1/sittings/open`.
    link: String,
    expires: String,
    /// Contracts that can no longer be signed there, and are not in the set.
    missed: Vec<Missed>,
}

/// A contract of a set that is left out; the others go on.
#[derive(Serialize, ToSchema)]
pub struct Missed {
    contract: String,
    /// Stable code, such as `contract-ended`.
    code: &'static str,
    /// Why, in words.
    detail: String,
}

impl From<signing::service::Missed> for Missed {
    fn from(missed: signing::service::Missed) -> Self {
        Self {
            contract: missed.contract,
            code: missed.refusal.code(),
            detail: missed.refusal.to_string(),
        }
    }
}

/// Makes one link for several contracts of the same person. Those that can no longer be
/// signed are named in the answer; when none can, that is the refusal.
#[utoipa::path(post, path = "/api/v1/sets", tag = "contract", request_body = SetDraft,
    security(("bearer" = [])),
    responses((status = 201, body = SetLink), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn issue(
    served: State,
    caller: Integrator,
    body: Body<SetDraft>,
) -> Result<(StatusCode, Json<SetLink>), Problem> {
    let draft = body.unkeyed()?;
    let members: Vec<_> = draft.contracts.into_iter().map(SetMember::parts).collect();
    let lifetime = i64::from(draft.expires_in_hours.unwrap_or(24)) * HOUR;
    let signing = &served.house.signing;
    let link = signing
        .issue_set(&caller.tenant, &members, lifetime)
        .await?;
    let link = SetLink {
        set: link.set,
        link: link.token,
        expires: rfc3339(link.expires),
        missed: link.missed.into_iter().map(Missed::from).collect(),
    };
    Ok((StatusCode::CREATED, Json(link)))
}
