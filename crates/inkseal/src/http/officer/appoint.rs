//! Appointing an officer.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use signing::service::{NewOfficer, OfficerView};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// An officer or clerk to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerDraft {
    /// Staff number, 1 to 32 of `A-Za-z0-9._-`, unique for ever. It stands in evidence:
    /// take no name.
    officer: String,
    name: String,
    /// 8 to 128 characters.
    password: String,
}

/// An officer or clerk.
#[derive(Serialize, ToSchema)]
pub struct Officer {
    /// Staff number.
    officer: String,
    name: String,
    /// Whether it may log in.
    active: bool,
}

impl From<OfficerView> for Officer {
    fn from(view: OfficerView) -> Self {
        Self {
            officer: view.id,
            name: view.name,
            active: view.active,
        }
    }
}

/// Appoints an officer or clerk, who can log in at every enrolled device of the tenant.
#[utoipa::path(post, path = "/api/v1/officers", tag = "staff", request_body = OfficerDraft,
    security(("bearer" = [])),
    responses((status = 201, body = Officer), (status = 422, body = Problem)))]
pub async fn appoint(
    served: State,
    caller: Integrator,
    body: Body<OfficerDraft>,
) -> Result<(StatusCode, Json<Officer>), Problem> {
    let OfficerDraft {
        officer,
        name,
        password,
    } = body.unkeyed()?;
    let new = NewOfficer {
        id: officer,
        name,
        password: Zeroizing::new(password),
    };
    let signing = &served.house.signing;
    let view = signing.appoint_officer(&caller.tenant, new).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}
