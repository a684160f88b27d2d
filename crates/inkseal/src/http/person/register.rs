//! Registering a person.

use axum::{Json, http::StatusCode};
use serde::Deserialize;
use signing::{
    identity::DocumentKind,
    service::{NewDocument, NewPerson},
};
use utoipa::ToSchema;

use super::view::Person;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// A person to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    name: String,
    /// Mobile number.
    phone: Option<String>,
    /// One document at least, eight at most.
    documents: Vec<Document>,
}

/// A document as it is printed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDocument)]
pub struct Document {
    /// `resident-id`, `passport`, `officer-card`, `hong-kong-macau-permit`, `taiwan-permit`
    /// or `foreign-permanent-resident`.
    #[schema(value_type = String)]
    kind: DocumentKind,
    number: String,
    /// The last day on which it is good, `2031-05-09`; good for ever when it is not given.
    expires: Option<String>,
}

impl From<Document> for NewDocument {
    fn from(document: Document) -> Self {
        Self {
            kind: document.kind,
            number: document.number,
            expires: document.expires,
        }
    }
}

/// Registers a person. Who is known by one of the documents is not registered again: what
/// is new is added, and the answer is 200.
#[utoipa::path(post, path = "/api/v1/persons", tag = "person", request_body = Draft,
    security(("bearer" = [])),
    responses((status = 201, body = Person), (status = 200, description = "Known before.", body = Person),
        (status = 409, description = "`person-known-otherwise`, `documents-differ`", body = Problem),
        (status = 422, body = Problem)))]
pub async fn register(
    served: State,
    caller: Integrator,
    body: Body<Draft>,
) -> Result<(StatusCode, Json<Person>), Problem> {
    let draft = body.unkeyed()?;
    let new = NewPerson {
        name: draft.name,
        phone: draft.phone,
        documents: draft.documents.into_iter().map(Into::into).collect(),
    };
    let signing = &served.house.signing;
    let (view, new) = signing.register_person(&caller.tenant, new).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(view.into())))
}
