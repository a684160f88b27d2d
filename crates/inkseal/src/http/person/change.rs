//! Changing what is registered of a person.

use axum::{Json, extract::Path};
use serde::Deserialize;
use signing::service::PersonChange;
use utoipa::ToSchema;

use super::{register::Document, view::Person};
use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// What changes; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonChange)]
pub struct Change {
    name: Option<String>,
    /// Mobile number.
    phone: Option<String>,
    /// Documents that are new, or new forms of known ones.
    #[serde(default)]
    add: Vec<Document>,
    /// Documents that no longer hold.
    #[serde(default)]
    remove: Vec<Document>,
}

/// Changes name, telephone or documents. What was checked of the old ones counts no more.
#[utoipa::path(patch, path = "/api/v1/persons/{id}", tag = "person", request_body = Change,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Person), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem)))]
pub async fn change(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Change>,
) -> Result<Json<Person>, Problem> {
    let change = body.unkeyed()?;
    let change = PersonChange {
        name: change.name,
        phone: change.phone,
        add: change.add.into_iter().map(Into::into).collect(),
        remove: change.remove.into_iter().map(Into::into).collect(),
    };
    let signing = &served.house.signing;
    let view = signing.change_person(&caller.tenant, &id, change).await?;
    Ok(Json(view.into()))
}
