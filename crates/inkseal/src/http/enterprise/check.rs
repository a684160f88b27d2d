//! Having an enterprise looked up.

use axum::{Json, extract::Path};
use serde::Deserialize;
use signing::{identity::DocumentKind, service::EnterpriseQuestion};
use utoipa::ToSchema;

use super::view::Enterprise;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// What is to be looked up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EnterpriseCheck)]
pub struct Wanted {
    kind: Kind,
    /// Kind of the representative's document, for `enterprise-four`; the first good one
    /// when it is not given.
    #[schema(value_type = Option<String>)]
    document: Option<DocumentKind>,
}

/// Kinds of checks.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = EnterpriseCheckKind)]
pub enum Kind {
    /// Name, code and representative's name.
    EnterpriseThree,
    /// The representative's document too.
    EnterpriseFour,
}

/// Has an enterprise looked up in the business register. The same `Idempotency-Key` gives
/// the same answer and asks nobody.
#[utoipa::path(post, path = "/api/v1/enterprises/{id}/checks", tag = "enterprise", request_body = Wanted,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Enterprise), (status = 404, body = Problem),
        (status = 429, description = "`check-limit`", body = Problem), (status = 502, body = Problem)))]
pub async fn check(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Wanted>,
) -> Result<Json<Enterprise>, Problem> {
    let question = match body.value.kind {
        Kind::EnterpriseThree => EnterpriseQuestion::Three,
        Kind::EnterpriseFour => EnterpriseQuestion::Four(body.value.document),
    };
    let signing = &served.house.signing;
    let done = signing.check_enterprise(&caller.tenant, &id, question, body.key.as_ref());
    Ok(Json(done.await?.into()))
}
