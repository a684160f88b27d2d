//! Registering a company.

use std::collections::BTreeMap;

use axum::{Json, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use signing::service::{CompanyView, NewCompany, Silent};
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem};

/// Longest request, with a picture.
const LARGEST: usize = 4 << 20;

/// A company to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    name: String,
    /// Unified social credit code, 18 characters.
    code: String,
    /// Its seal's picture, PNG in base64; drawn when it is not given.
    picture: Option<String>,
    /// `free` (default), or `authorised-only`: it seals only under a standing
    /// authorisation, for ever.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    silent: Silent,
}

/// A registered company.
#[derive(Serialize, ToSchema)]
pub struct Company {
    company: String,
    name: String,
    code: String,
    /// Serial numbers of its certificates, by suite.
    certificates: BTreeMap<String, String>,
}

/// Registers a company: seal keys, enterprise certificates, seal picture.
#[utoipa::path(post, path = "/api/v1/companies", tag = "company", request_body = Draft,
    security(("bearer" = [])),
    responses((status = 201, body = Company), (status = 422, body = Problem)))]
pub async fn register(
    served: State,
    caller: Integrator,
    body: Body<Draft, LARGEST>,
) -> Result<(StatusCode, Json<Company>), Problem> {
    let Draft {
        name,
        code,
        picture,
        silent,
    } = body.unkeyed()?;
    let wrong = |_| {
        let detail = "picture: a PNG in base64 is expected";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail)
    };
    let picture = picture
        .map(|text| STANDARD.decode(text))
        .transpose()
        .map_err(wrong)?;
    let new = NewCompany {
        name,
        code,
        picture,
        silent,
    };
    let view = served
        .house
        .signing
        .register_company(&caller.tenant, new)
        .await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

impl From<CompanyView> for Company {
    fn from(view: CompanyView) -> Self {
        Self {
            company: view.company,
            name: view.name,
            code: view.code,
            certificates: view.certificates,
        }
    }
}
