//! Having a person checked.

use axum::{Json, extract::Path};
use serde::Deserialize;
use signing::{
    identity::DocumentKind,
    service::{PersonCheck, PersonQuestion},
};
use utoipa::ToSchema;

use super::view::Person;
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// Longest request: what a liveness check gave to the device.
const LARGEST: usize = 128 * 1024;

/// What is to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonCheck)]
pub struct Wanted {
    kind: Kind,
    /// Kind of the document to ask about; the first good one when it is not given.
    #[schema(value_type = Option<String>)]
    document: Option<DocumentKind>,
    /// Number of the bank card, for `bank-card`.
    card: Option<String>,
    /// What the authority's own liveness check gave to the device, for `face`.
    liveness: Option<String>,
    /// Who saw person and document, for `document-seen`.
    clerk: Option<String>,
}

/// Kinds of checks.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PersonCheckKind)]
pub enum Kind {
    /// Name and number of the document, by public security.
    Person,
    /// The telephone too, by the operator.
    Phone,
    /// Telephone and bank card too, by the bank.
    BankCard,
    /// The face in the portrait that was kept last.
    Face,
    /// A clerk saw the person with the document, and photographed it.
    DocumentSeen,
}

impl Wanted {
    fn question(self) -> Result<PersonQuestion, Problem> {
        let Self {
            kind,
            card,
            liveness,
            clerk,
            ..
        } = self;
        let unused = (card.is_some() && kind != Kind::BankCard)
            || (liveness.is_some() && kind != Kind::Face)
            || (clerk.is_some() && kind != Kind::DocumentSeen);
        if unused {
            let detail = "kind: one of card, liveness and clerk does not belong to this kind";
            return Err(Problem::invalid(detail));
        }
        Ok(match kind {
            Kind::Person => PersonQuestion::Person,
            Kind::Phone => PersonQuestion::Phone,
            Kind::BankCard => PersonQuestion::BankCard {
                card: card.unwrap_or_default().into(),
            },
            Kind::Face => PersonQuestion::Face { liveness },
            Kind::DocumentSeen => PersonQuestion::DocumentSeen {
                clerk: clerk.unwrap_or_default(),
            },
        })
    }
}

/// Has a person checked. Whatever was found is evidence, and says what the level is now.
/// The same `Idempotency-Key` gives the same answer and asks nobody.
#[utoipa::path(post, path = "/api/v1/persons/{id}/checks", tag = "person", request_body = Wanted,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Person), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 429, description = "`check-limit`", body = Problem),
        (status = 502, description = "The authority did not answer, or with an answer that was not taken.", body = Problem)))]
pub async fn check(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Wanted, LARGEST>,
) -> Result<Json<Person>, Problem> {
    let document = body.value.document;
    let question = body.value.question()?;
    let asked = PersonCheck { question, document };
    let signing = &served.house.signing;
    let done = signing.check_person(&caller.tenant, &id, asked, body.key.as_ref());
    Ok(Json(done.await?.into()))
}
