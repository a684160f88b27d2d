//! What the page of a session needs.

use axum::Json;
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
    /// `pad` or `sms`.
    mode: &'static str,
    /// The signer's own name.
    signer: String,
    /// Who operates the service.
    sender: String,
    document: Document,
    places: Vec<Place>,
    /// Evidence that is asked for.
    required: Vec<&'static str>,
    /// Evidence that is there.
    collected: Vec<&'static str>,
    /// The signer's number, masked.
    phone: Option<String>,
    expires: String,
    /// `signing`, `signed`, `complete`, `refused`, `withdrawn` or `expired`.
    state: &'static str,
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
            required: view.required.iter().map(kind).collect(),
            collected: view.collected.iter().map(kind).collect(),
            phone: view.phone,
            expires: rfc3339(view.expires),
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
