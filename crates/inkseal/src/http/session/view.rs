//! What the page of a session needs.

use axum::Json;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use signing::service::SessionView;
use utoipa::ToSchema;

use crate::http::{State, auth::Signer, problem::Problem, time::rfc3339};

/// A session.
#[derive(Serialize, ToSchema)]
pub struct Session {
    session: String,
    contract: String,
    title: String,
    role: String,
    role_title: Title,
    /// `counter`, `pad`, `app` or `sms`.
    mode: &'static str,
    /// The signer's own name.
    signer: String,
    /// Who operates the service.
    sender: String,
    document: Document,
    places: Vec<Place>,
    /// Evidence that is asked for; of `face|code` one is enough.
    required: Vec<String>,
    /// Evidence that is taken beside it.
    optional: Vec<&'static str>,
    /// Evidence that is there.
    collected: Vec<&'static str>,
    /// Kinds of evidence for which the signer must agree to a text before.
    consents: Vec<&'static str>,
    /// Kinds for which that was done.
    agreed: Vec<String>,
    /// Shortest time for which a page is in view, milliseconds.
    reading_ms: u32,
    /// What the signer copies, character by character.
    sentence: Option<String>,
    /// How evidence is sealed.
    sealing: Sealing,
    /// The signer's number, masked.
    phone: Option<String>,
    expires: String,
    /// Where the page goes when it is done, with `contract` and `state` in the query.
    return_url: Option<String>,
    /// `signing`, `signed`, `complete`, `refused`, `withdrawn` or `expired`.
    state: &'static str,
}

/// What a device needs to seal evidence (docs/envelope.md).
#[derive(Serialize, ToSchema)]
pub struct Sealing {
    /// Whether evidence and submission must come sealed to the transport key.
    required: bool,
    /// The binding of a sealed submission; an item's has its kind as `item`.
    #[schema(value_type = Object)]
    binding: crypto::envelope::Binding,
    /// To whom evidence and submission are sealed: `SubjectPublicKeyInfo` in base64.
    transport: String,
    /// To whom biometrics are sealed: `SubjectPublicKeyInfo` in base64.
    forensic: String,
    /// Who holds the forensic key; `operator` where the operator made it.
    holder: String,
}

/// A word in both languages.
#[derive(Serialize, ToSchema)]
pub struct Title {
    zh: String,
    en: String,
}

/// The document to be read.
#[derive(Serialize, ToSchema)]
pub struct Document {
    digest: String,
    pages: usize,
}

/// Where the signature will be drawn.
#[derive(Serialize, ToSchema)]
pub struct Place {
    /// Page, from 1.
    page: usize,
    /// Points from the page's lower left: x0, y0, x1, y1.
    rect: [f64; 4],
    /// Width and height of the page in points.
    page_size: [f64; 2],
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        let place = |(p, page_size): (signing::event::Place, [f64; 2])| Place {
            page: p.page + 1,
            rect: p.rect,
            page_size,
        };
        let kind = |kind: &signing::policy::ItemKind| kind.name();
        Self {
            role_title: title(view.role.as_str()),
            session: view.session,
            contract: view.contract,
            title: view.title,
            role: view.role.to_string(),
            mode: view.mode.name(),
            signer: view.signer,
            sender: view.sender,
            document: Document {
                digest: view.document.to_string(),
                pages: view.pages,
            },
            places: view.places.into_iter().map(place).collect(),
            required: view
                .policy
                .required
                .iter()
                .map(ToString::to_string)
                .collect(),
            optional: view.policy.optional.iter().map(kind).collect(),
            consents: view.policy.consent.iter().map(kind).collect(),
            agreed: view.agreed,
            reading_ms: view.policy.reading_ms,
            sentence: view.policy.sentence,
            sealing: Sealing {
                required: view.policy.sealed,
                binding: view.binding,
                transport: STANDARD.encode(view.transport.spki()),
                forensic: STANDARD.encode(view.forensic.spki()),
                holder: view.holder,
            },
            collected: view.collected.iter().map(kind).collect(),
            phone: view.phone,
            expires: rfc3339(view.expires),
            return_url: view.return_url.map(String::from),
            state: view.state,
        }
    }
}

/// Roles of the trade by name; any other role is shown as it is.
fn title(role: &str) -> Title {
    let (zh, en) = match role {
        "borrower" => ("借款人", "Borrower"),
        "lender" => ("出借人", "Lender"),
        "guarantor" => ("担保人", "Guarantor"),
        "platform" => ("平台方", "Platform"),
        other => (other, other),
    };
    Title {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

/// What the page of an opened session needs; also after it has signed.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security(("bearer" = [])),
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
pub async fn view(served: State, signer: Signer) -> Result<Json<Session>, Problem> {
    Ok(Json(served.house.signing.session(&signer.0).await?.into()))
}
