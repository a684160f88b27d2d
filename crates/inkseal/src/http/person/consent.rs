//! Consents to photos, given and taken back.

use axum::{Json, extract::Path, http::StatusCode};
use serde::Deserialize;
use signing::{register::photo::ConsentKind, service::NewConsent};
use utoipa::ToSchema;

use super::view::Consent;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::millis};

/// A consent as it was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewConsent)]
pub struct Given {
    /// `document-photo` or `portrait`.
    #[schema(value_type = String)]
    kind: ConsentKind,
    /// Version of the text.
    version: String,
    /// Language of the text, such as `zh-CN`.
    language: String,
    /// The text that was shown.
    text: String,
    /// When, RFC 3339, at most seven days ago; now when it is not given.
    given_at: Option<String>,
}

/// Records a consent. One of the same kind from before ends, with what was kept under it.
#[utoipa::path(post, path = "/api/v1/persons/{id}/consents", tag = "person", request_body = Given,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 201, body = Consent), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn give(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Given>,
) -> Result<(StatusCode, Json<Consent>), Problem> {
    let given = body.unkeyed()?;
    let new = NewConsent {
        kind: given.kind,
        version: given.version,
        language: given.language,
        text: given.text,
        given: given
            .given_at
            .map(|text| millis("given_at", &text))
            .transpose()?,
    };
    let signing = &served.house.signing;
    let view = signing.give_consent(&caller.tenant, &id, new).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// Takes a consent back: every photo and every answer that was kept under it is destroyed.
#[utoipa::path(delete, path = "/api/v1/persons/{id}/consents/{kind}", tag = "person",
    params(("id" = String, Path), ("kind" = String, Path, description = "`document-photo` or `portrait`")),
    security(("bearer" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn withdraw(
    served: State,
    caller: Integrator,
    Path((id, kind)): Path<(String, ConsentKind)>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    signing.withdraw_consent(&caller.tenant, &id, kind).await?;
    Ok(StatusCode::NO_CONTENT)
}
