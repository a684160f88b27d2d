//! One person as the integrator sees it.

use axum::{Json, extract::Path};
use serde::Serialize;
use signing::{
    ports::Verdict,
    service::{CheckView, ConsentView, DocumentView, PersonView, PhotoView},
};
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, problem::Problem, time::rfc3339};

/// A person.
#[derive(Serialize, ToSchema)]
pub struct Person {
    /// Identifier; another one than was asked for after a merger.
    person: String,
    /// `registered` or `cancelled`.
    state: String,
    name: Option<String>,
    /// Mobile number, masked.
    phone: Option<String>,
    documents: Vec<Document>,
    /// `low`, `substantial` or `high`.
    level: &'static str,
    /// When the level falls unless something is checked again.
    expires: Option<String>,
    /// The latest answer to each question.
    checks: Vec<Check>,
    /// Consents that hold.
    consents: Vec<Consent>,
    /// Photos that are kept.
    photos: Vec<Photo>,
    /// Whether there is a password.
    password: bool,
}

/// A document.
#[derive(Serialize, ToSchema)]
pub struct Document {
    kind: &'static str,
    /// Masked.
    number: String,
    /// The end of its last day.
    expires: Option<String>,
}

/// An answer that was taken as evidence.
#[derive(Serialize, ToSchema)]
pub struct Check {
    check: String,
    kind: &'static str,
    /// `match`, `mismatch` or `unknown`.
    verdict: &'static str,
    /// Who found it; a simulator says so here.
    source: String,
    /// Its number there.
    receipt: String,
    at: String,
    /// How alike two faces are, per mille.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u16>,
    /// Until when it counts; none when it does not.
    counts_until: Option<String>,
    /// Whether the level rests on it.
    used: bool,
}

/// A consent.
#[derive(Serialize, ToSchema)]
pub struct Consent {
    consent: String,
    /// `document-photo` or `portrait`.
    kind: &'static str,
    version: String,
    language: String,
    /// Digest of the text.
    text: String,
    given_at: String,
}

/// A photo that is kept.
#[derive(Serialize, ToSchema)]
pub struct Photo {
    photo: String,
    kind: &'static str,
    /// Media type.
    format: String,
    /// Salted digest of the file.
    digest: String,
}

impl From<PersonView> for Person {
    fn from(view: PersonView) -> Self {
        Self {
            person: view.person,
            state: view.state,
            name: view.name,
            phone: view.phone,
            documents: view.documents.into_iter().map(Into::into).collect(),
            level: view.level.name(),
            expires: view.expires.map(rfc3339),
            checks: view.checks.into_iter().map(Into::into).collect(),
            consents: view.consents.into_iter().map(Into::into).collect(),
            photos: view.photos.into_iter().map(Into::into).collect(),
            password: view.password,
        }
    }
}

impl From<DocumentView> for Document {
    fn from(view: DocumentView) -> Self {
        Self {
            kind: view.kind.name(),
            number: view.number,
            expires: view.expires.map(rfc3339),
        }
    }
}

impl From<CheckView> for Check {
    fn from(view: CheckView) -> Self {
        Self {
            check: view.check,
            kind: view.kind.name(),
            verdict: verdict(view.verdict),
            source: view.source,
            receipt: view.receipt,
            at: rfc3339(view.at),
            score: view.score,
            counts_until: view.counts_until.map(rfc3339),
            used: view.used,
        }
    }
}

impl From<ConsentView> for Consent {
    fn from(view: ConsentView) -> Self {
        Self {
            consent: view.consent,
            kind: view.kind.name(),
            version: view.version,
            language: view.language,
            text: view.text.to_string(),
            given_at: rfc3339(view.given),
        }
    }
}

impl From<PhotoView> for Photo {
    fn from(view: PhotoView) -> Self {
        Self {
            photo: view.photo,
            kind: view.kind.name(),
            format: view.format,
            digest: view.digest.to_string(),
        }
    }
}

/// The name of a verdict in the API.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Match => "match",
        Verdict::Mismatch => "mismatch",
        Verdict::Unknown => "unknown",
    }
}

/// One of the integrator's persons. After a merger either identifier leads to the one who
/// goes on.
#[utoipa::path(get, path = "/api/v1/persons/{id}", tag = "person",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Person), (status = 404, body = Problem)))]
pub async fn view(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
) -> Result<Json<Person>, Problem> {
    let signing = &served.house.signing;
    let view = signing.view_person(&caller.tenant, &id).await?;
    Ok(Json(view.into()))
}
