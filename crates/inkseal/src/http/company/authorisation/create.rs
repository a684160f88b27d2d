//! A new authorisation.

use std::collections::BTreeMap;

use axum::{Json, extract::Path, http::StatusCode};
use serde::Deserialize;
use signing::{
    authorisation::Day,
    event::Profile,
    policy::{Mode, PolicyChange},
    service::{self, NewSealAuthorisation, SignatoryCapacity},
};
use utoipa::ToSchema;

use super::view::Authorisation;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

const HOUR: i64 = 3600 * 1000;

/// An authorisation to be signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// `gm` (default) or `intl`.
    #[schema(value_type = Option<String>)]
    profile: Option<Profile>,
    /// Time for signing it; three days when it is not given.
    expires_in_hours: Option<u32>,
    /// Names of the templates whose contracts may be sealed, each as it is now.
    templates: Vec<String>,
    /// The highest amount of one contract, fen.
    amount_fen: u64,
    /// First day, Beijing, `YYYY-MM-DD`.
    #[schema(value_type = String)]
    from: Day,
    /// Last day, Beijing.
    #[schema(value_type = String)]
    until: Day,
    /// How many seals.
    count: u32,
    /// Who signs for the company.
    signatory: Signatory,
    /// How the evidence differs from the default, by mode, as for contracts.
    #[serde(default)]
    #[schema(value_type = Object)]
    evidence: BTreeMap<Mode, PolicyChange>,
}

/// Who signs for the company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// `counter`, `pad`, `app` or `sms`.
    #[schema(value_type = String)]
    mode: Mode,
    /// `legal-representative` (default) or `agent`.
    #[schema(value_type = Option<String>)]
    capacity: Option<SignatoryCapacity>,
    name: String,
    /// Resident identity number.
    id_number: String,
    /// Mobile number.
    phone: String,
}

/// Freezes an authorisation and opens it for signing: the signatory by a link of the
/// contract with its identifier, then the company's seal. It stands when both have signed.
#[utoipa::path(post, path = "/api/v1/companies/{id}/authorisations", tag = "company",
    request_body = Draft, security(("bearer" = [])),
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Names this command")),
    responses((status = 201, body = Authorisation), (status = 422, body = Problem)))]
pub async fn create(
    served: State,
    caller: Integrator,
    Path(company): Path<String>,
    body: Body<Draft>,
) -> Result<(StatusCode, Json<Authorisation>), Problem> {
    let asked = body.value;
    let new = NewSealAuthorisation {
        profile: asked.profile.unwrap_or(Profile::Gm),
        lifetime: i64::from(asked.expires_in_hours.unwrap_or(72)) * HOUR,
        templates: asked.templates,
        amount_fen: asked.amount_fen,
        from: asked.from,
        until: asked.until,
        count: asked.count,
        signatory: asked.signatory.into(),
        evidence: asked.evidence,
    };
    let signing = &served.house.signing;
    let view = signing
        .authorise(&caller.tenant, &company, new, body.key.as_ref())
        .await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

impl From<Signatory> for service::Signatory {
    fn from(signatory: Signatory) -> Self {
        Self {
            mode: signatory.mode,
            capacity: signatory
                .capacity
                .unwrap_or(SignatoryCapacity::LegalRepresentative),
            name: signatory.name,
            id_number: signatory.id_number,
            phone: signatory.phone,
        }
    }
}
