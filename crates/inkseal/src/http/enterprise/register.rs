//! Registering an enterprise.

use axum::{Json, http::StatusCode};
use serde::Deserialize;
use signing::service::NewEnterprise;
use utoipa::ToSchema;

use super::view::Enterprise;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// An enterprise to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEnterprise)]
pub struct Draft {
    name: String,
    /// Unified social credit code, 18 characters.
    code: String,
    /// The legal representative, a registered person.
    representative: String,
    /// A company that was registered before, of this name and code: it becomes the seal.
    company: Option<String>,
}

/// Registers an enterprise. One that is known by its code is not registered again; the
/// answer is 200 then.
#[utoipa::path(post, path = "/api/v1/enterprises", tag = "enterprise", request_body = Draft,
    security(("bearer" = [])),
    responses((status = 201, body = Enterprise), (status = 200, description = "Known before.", body = Enterprise),
        (status = 409, description = "`enterprise-known-otherwise`", body = Problem),
        (status = 422, body = Problem)))]
pub async fn register(
    served: State,
    caller: Integrator,
    body: Body<Draft>,
) -> Result<(StatusCode, Json<Enterprise>), Problem> {
    let draft = body.unkeyed()?;
    let new = NewEnterprise {
        name: draft.name,
        code: draft.code,
        representative: draft.representative,
        company: draft.company,
    };
    let signing = &served.house.signing;
    let (view, new) = signing.register_enterprise(&caller.tenant, new).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(view.into())))
}
