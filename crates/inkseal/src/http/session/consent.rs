//! The signer's consents.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use signing::{consent::consent_text, policy::ItemKind};
use utoipa::ToSchema;

use super::evidence::of_name;
use crate::http::{State, auth::Signer, body::Body, problem::Problem};

/// Texts that can be agreed to.
#[derive(Serialize, ToSchema)]
pub struct Texts {
    texts: Vec<Text>,
}

/// A text for one kind of evidence.
#[derive(Serialize, ToSchema)]
pub struct Text {
    of: &'static str,
    version: &'static str,
    zh: &'static str,
    en: &'static str,
}

/// What the signer agreed to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Kind of evidence.
    of: String,
    /// Version of the text that was shown.
    version: String,
    /// In which language: `zh` or `en`.
    language: String,
}

/// The texts that this session's evidence needs consent to.
#[utoipa::path(get, path = "/api/v1/session/consents", tag = "session",
    security(("bearer" = [])), responses((status = 200, body = Texts)))]
pub async fn texts(served: State, signer: Signer) -> Result<Json<Texts>, Problem> {
    let view = served.house.signing.session(&signer.0).await?;
    let text = |kind: &ItemKind| {
        let text = consent_text(*kind)?;
        Some(Text {
            of: text.of.name(),
            version: text.version,
            zh: text.zh,
            en: text.en,
        })
    };
    let texts = view.policy.consent.iter().filter_map(text).collect();
    Ok(Json(Texts { texts }))
}

/// Records that the signer agreed to a text.
#[utoipa::path(post, path = "/api/v1/session/consents", tag = "session", request_body = Consent,
    security(("bearer" = [])), responses((status = 204), (status = 422, body = Problem)))]
pub async fn agree(
    served: State,
    signer: Signer,
    body: Body<Consent>,
) -> Result<StatusCode, Problem> {
    let Consent {
        of,
        version,
        language,
    } = body.unkeyed()?;
    let signing = &served.house.signing;
    signing
        .consent(&signer.0, of_name(&of)?, &version, &language)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
