//! The trust service's own door, `/trust/v1`: for registered services with a
//! certificate, over mutual TLS. What is asked twice is done once, so that a caller may
//! ask again for what was not answered.

mod anchors;
mod caller;
mod certificate;
mod entries;
mod receipt;
mod revocation;
mod timestamp;

use std::time::Duration;

use axum::{
    Router,
    http::{StatusCode, header},
    middleware::map_response,
};
use tower_http::{timeout::TimeoutLayer, trace::TraceLayer};
use trust::TrustError;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{fixed, problem, problem::Problem};
use crate::house::TrustHouse;

/// How long a request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Its routes.
fn routes() -> OpenApiRouter<TrustHouse> {
    OpenApiRouter::new()
        .routes(routes!(certificate::event))
        .routes(routes!(certificate::enterprise))
        .routes(routes!(timestamp::timestamp))
        .routes(routes!(revocation::revoke))
        .routes(routes!(revocation::state))
        .routes(routes!(entries::append))
        .routes(routes!(receipt::receipt))
        .routes(routes!(receipt::checkpoint))
        .routes(routes!(anchors::anchors))
}

/// Its description.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// What the door leads to.
pub fn router(house: TrustHouse) -> Router {
    let (router, _) = routes().with_state(house).split_for_parts();
    router
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .layer(map_response(problem::of_router))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(TraceLayer::new_for_http())
}

/// What the trust service refuses or cannot do, under its own code.
fn failed(error: &TrustError) -> Problem {
    Problem::of_trust(error)
}

fn invalid(detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail)
}

fn suite(name: &str) -> Result<crypto::Suite, Problem> {
    crypto::Suite::from_name(name).ok_or_else(|| invalid("suite: there is no suite of this name"))
}
