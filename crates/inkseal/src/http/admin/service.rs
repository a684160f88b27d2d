//! Which services may ask the trust service.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    house::{Reason, TrustHouse, now},
    http::{auth::Admin, body::Body, problem::Problem, time::rfc3339},
    services::{self, authority::ServiceAuthority, is_name},
};

/// A service to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewService {
    /// 1 to 32 of `a-z`, `0-9`, `-`.
    name: String,
}

/// A registered service.
#[derive(Serialize, ToSchema)]
pub struct Service {
    name: String,
    /// SHA-256 of its certificate.
    fingerprint: String,
    /// Until when it may ask: RFC 3339, UTC.
    until: String,
}

/// What a service needs to ask. The key is shown once.
#[derive(Serialize, ToSchema)]
pub struct Papers {
    service: Service,
    /// Its certificate, PEM.
    certificate: String,
    /// Its key, PEM.
    key: String,
    /// The authority of the trust service's own certificate, PEM.
    authorities: String,
}

/// Gives a service a certificate with which it may ask the trust service.
#[utoipa::path(post, path = "/api/v1/admin/services", tag = "admin", request_body = NewService,
    security(("admin" = [])), responses((status = 201, body = Papers), (status = 422, body = Problem)))]
pub async fn register(
    State(house): State<TrustHouse>,
    _caller: Admin,
    body: Body<NewService>,
) -> Result<(StatusCode, Json<Papers>), Problem> {
    let NewService { name } = body.unkeyed()?;
    if !is_name(&name) {
        let detail = "name: 1 to 32 characters of a-z, 0-9 and -";
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-field",
            detail,
        ));
    }
    let papers = issue(&house, &name).await.map_err(|e| failed(&e))?;
    Ok((StatusCode::CREATED, Json(papers)))
}

/// Registered services.
#[utoipa::path(get, path = "/api/v1/admin/services", tag = "admin",
    security(("admin" = [])), responses((status = 200, body = Vec<Service>)))]
pub async fn list(
    State(house): State<TrustHouse>,
    _caller: Admin,
) -> Result<Json<Vec<Service>>, Problem> {
    let all = house.services.all().await.map_err(|e| failed(&e))?;
    Ok(Json(all.into_iter().map(Service::from).collect()))
}

/// Takes all certificates of a service back: its next request is refused.
#[utoipa::path(delete, path = "/api/v1/admin/services/{name}", tag = "admin",
    params(("name" = String, Path)), security(("admin" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn remove(
    State(house): State<TrustHouse>,
    _caller: Admin,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    match house.services.remove(&name).await.map_err(|e| failed(&e))? {
        0 => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "there is no such service",
        )),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

async fn issue(house: &TrustHouse, name: &str) -> Result<Papers, Reason> {
    let now = OffsetDateTime::from_unix_timestamp(now().div_euclid(1000))?;
    let authority = ServiceAuthority::open(&house.store, &house.keys, now).await?;
    let issued = authority.issue(name, Vec::new(), now)?;
    house.services.enter(issued.service.clone()).await?;
    Ok(Papers {
        service: issued.service.into(),
        certificate: issued.certificate,
        key: issued.key.to_string(),
        authorities: authority.pem().to_owned(),
    })
}

fn failed(error: &Reason) -> Problem {
    tracing::error!(%error, "the register of services was not changed or read");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Problem::new(status, "store-failed", "try again later")
}

impl From<services::Service> for Service {
    fn from(service: services::Service) -> Self {
        Self {
            name: service.name,
            fingerprint: service.fingerprint,
            until: rfc3339(service.until.saturating_mul(1000)),
        }
    }
}
