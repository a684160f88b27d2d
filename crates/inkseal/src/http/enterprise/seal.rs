//! The seal of an enterprise.

use axum::{Json, extract::Path, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{
    State, auth::Integrator, body::Body, company::register::Company, problem::Problem,
};

/// Longest request, with a picture.
const LARGEST: usize = 4 << 20;

/// A seal to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSeal)]
pub struct Wanted {
    /// Its picture, PNG in base64; drawn when it is not given.
    picture: Option<String>,
}

/// Gives an enterprise its seal: keys, certificates, picture. From then on it is a company
/// under the same identifier. Asked again, it is the seal that is there.
#[utoipa::path(post, path = "/api/v1/enterprises/{id}/seal", tag = "enterprise", request_body = Wanted,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 201, body = Company), (status = 404, body = Problem),
        (status = 409, description = "`assurance-low`", body = Problem)))]
pub async fn give(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Wanted, LARGEST>,
) -> Result<(StatusCode, Json<Company>), Problem> {
    let wrong = |_| Problem::invalid("picture: a PNG in base64 is expected");
    let picture = body.unkeyed()?.picture;
    let picture = picture.map(|text| STANDARD.decode(text)).transpose();
    let signing = &served.house.signing;
    let seal = signing.give_seal(&caller.tenant, &id, picture.map_err(wrong)?);
    Ok((StatusCode::CREATED, Json(seal.await?.into())))
}
