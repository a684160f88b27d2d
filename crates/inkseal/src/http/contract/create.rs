//! A new contract.

use std::collections::BTreeMap;

use axum::{Json, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;
use signing::{
    event::{self, LabelSide, Order, Profile},
    identity::DocumentKind,
    policy::{Mode, PolicyChange},
    service::{NewContract, NewParty, Source},
};
use utoipa::ToSchema;

use super::{keyword::Keyword, view::Contract};
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

const HOUR: i64 = 3600 * 1000;
/// Longest request: an uploaded document in base64.
const LARGEST: usize = 48 << 20;

/// A contract to be made: a template with data, or a document.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// `gm` (default) or `intl`.
    #[schema(value_type = Option<String>)]
    profile: Option<Profile>,
    /// `parallel` (default) or `sequential`.
    #[schema(value_type = Option<String>)]
    order: Option<Order>,
    /// Time for signing; three days when it is not given.
    expires_in_hours: Option<u32>,
    /// Name of a template.
    template: Option<String>,
    /// The template's data.
    #[schema(value_type = Option<Object>)]
    data: Option<Value>,
    /// A PDF in base64, in place of a template.
    document: Option<String>,
    /// Title of the document.
    title: Option<String>,
    /// Who signs, in signing order.
    parties: Vec<Party>,
    /// How the evidence differs from the default, by mode: `required` (such as
    /// `"face|code"`), `optional`, `consent`, `reading_ms`, `sentence`, `sealed`,
    /// `pickup`.
    #[serde(default)]
    #[schema(value_type = Object)]
    evidence: BTreeMap<Mode, PolicyChange>,
    /// The URL that is told by signed requests what becomes of the contract.
    callback_url: Option<String>,
}

/// A party of the contract.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    role: String,
    /// `counter`, `pad`, `app`, `sms` or `seal`.
    #[schema(value_type = String)]
    mode: Mode,
    /// A person of the register, in place of name, number and telephone.
    person: Option<String>,
    /// Name of a person.
    name: Option<String>,
    /// Resident identity number of a person.
    id_number: Option<String>,
    /// Another document, for who has no such number.
    document: Option<Proof>,
    /// Mobile number of a person.
    phone: Option<String>,
    /// A registered company.
    company: Option<String>,
    /// Text in a document by which the signature is drawn: over each occurrence of a
    /// plain text, or as an object says.
    keyword: Option<Keyword>,
    /// Places in a document where the signature is drawn.
    #[serde(default)]
    places: Vec<Place>,
    /// 骑缝章: the seal is cut across the right edges of all pages as well, 42 mm high.
    #[serde(default)]
    across_pages: bool,
    /// The signature is drawn on every page as well.
    every_page: Option<EveryPage>,
    /// Name, time and manner are told `below` or `beside` strokes or seal.
    #[schema(value_type = Option<String>)]
    label: Option<LabelSide>,
}

/// A document that proves who a person is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// `passport`, `officer-card`, `hong-kong-macau-permit`, `taiwan-permit`,
    /// `foreign-permanent-resident` or `resident-id`.
    #[schema(value_type = String)]
    kind: DocumentKind,
    /// The number as it is printed.
    number: String,
}

/// A rectangle on a page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Page, from 1.
    page: usize,
    /// Points from the page's lower left: x0, y0, x1, y1.
    rect: [f64; 4],
}

/// A rectangle on each page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EveryPage {
    /// Points from the page's lower left: x0, y0, x1, y1.
    rect: [f64; 4],
}

/// Freezes a document and opens it for signing.
#[utoipa::path(post, path = "/api/v1/contracts", tag = "contract", request_body = Draft,
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this command")),
    responses((status = 201, body = Contract), (status = 422, body = Problem)))]
pub async fn create(
    served: State,
    caller: Integrator,
    body: Body<Draft, LARGEST>,
) -> Result<(StatusCode, Json<Contract>), Problem> {
    let asked = body.value;
    let wrong =
        |detail: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail);
    let source = match (asked.template, asked.document) {
        (Some(name), None) => Source::Template {
            name,
            data: asked.data.unwrap_or_default(),
        },
        (None, Some(document)) => Source::Upload {
            title: asked.title.unwrap_or_default(),
            file: STANDARD
                .decode(document)
                .map_err(|_| wrong("document: base64 is expected"))?,
        },
        _ => {
            return Err(wrong(
                "give either `template` with `data`, or `document` with `title`",
            ));
        }
    };
    if let Some(url) = &asked.callback_url
        && let Err(error) = served.house.callbacks.guard.look(url)
    {
        let detail = format!("callback_url: {error}");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Problem::new(status, "callback-address", detail));
    }
    let parties = asked.parties.into_iter().map(Party::parse);
    let parties = parties.collect::<Result<_, _>>().map_err(wrong)?;
    let new = NewContract {
        profile: asked.profile.unwrap_or(Profile::Gm),
        order: asked.order.unwrap_or(Order::Parallel),
        lifetime: i64::from(asked.expires_in_hours.unwrap_or(72)) * HOUR,
        source,
        parties,
        evidence: asked.evidence,
        callback: asked.callback_url,
    };
    let view = served
        .house
        .signing
        .create(&caller.tenant, new, body.key.as_ref())
        .await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

impl Party {
    /// What it means, or what is wrong with it.
    fn parse(self) -> Result<NewParty, &'static str> {
        let place = |p: Place| {
            let page = p.page.checked_sub(1);
            let page = page.ok_or("parties.places.page: pages are counted from 1")?;
            Ok::<_, &'static str>(event::Place {
                page,
                rect: p.rect,
                part: None,
            })
        };
        Ok(NewParty {
            role: self.role,
            mode: self.mode,
            person: self.person,
            name: self.name,
            id_number: self.id_number,
            document: self.document.map(|held| (held.kind, held.number)),
            phone: self.phone,
            company: self.company,
            keyword: self.keyword.map(Keyword::parse).transpose()?,
            places: self
                .places
                .into_iter()
                .map(place)
                .collect::<Result<_, _>>()?,
            across_pages: self.across_pages,
            every_page: self.every_page.map(|every| every.rect),
            label: self.label,
        })
    }
}
