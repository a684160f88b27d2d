//! Who the signer is, as an authority knows it.

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use signing::service::Check;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::arriving::{Arriving, parsed};
use crate::http::{State, auth::Signer, problem::Problem};

/// Longest request: a portrait in base64, in its envelope.
const LARGEST: usize = 12 << 20;
/// The item that a sealed request is bound to.
const ITEM: &str = "identity";

/// What an authority is to be asked about the signer.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "question", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Asked {
    /// Name and document.
    Person,
    /// Name, document and telephone.
    Phone,
    /// Name, document, telephone and bank card.
    BankCard {
        /// The card's number.
        card: String,
    },
    /// The face, alive.
    Face {
        /// A portrait in base64: JPEG or PNG.
        portrait: String,
        /// What the authority's liveness check gave to the device.
        liveness: Option<String>,
    },
}

/// Asks an authority about the signer. What it finds is evidence.
#[utoipa::path(post, path = "/api/v1/session/identity", tag = "session", request_body = Asked,
    security(("bearer" = [])),
    responses((status = 204), (status = 422, description = "`identity-mismatch`, `identity-unknown`", body = Problem),
        (status = 502, description = "`answer-foreign`, or the authority's own code", body = Problem),
        (status = 429, description = "`session-uploads-full`", body = Problem),
        (status = 503, description = "`uploads-full`", body = Problem)))]
pub async fn identify(
    served: State,
    signer: Signer,
    body: Arriving<LARGEST>,
) -> Result<StatusCode, Problem> {
    let signing = &served.house.signing;
    let content = signing.arrive(&signer.0, ITEM, body.arrived).await?;
    let check = match parsed(&content)? {
        Asked::Person => Check::Person,
        Asked::Phone => Check::Phone,
        Asked::BankCard { card } => Check::BankCard {
            card: Zeroizing::new(card),
        },
        Asked::Face { portrait, liveness } => {
            let wrong = |_| {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Problem::new(status, "invalid-field", "portrait: base64 is expected")
            };
            Check::Face {
                portrait: STANDARD.decode(portrait).map_err(wrong)?.into(),
                liveness,
            }
        }
    };
    signing.identify(&signer.0, check, content.sealed).await?;
    Ok(StatusCode::NO_CONTENT)
}
