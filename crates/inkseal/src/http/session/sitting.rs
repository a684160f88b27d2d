//! One sitting over several contracts.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::open::{Link, Opened};
use crate::http::{State, auth::Sitter, body::Body, contract::set::Missed, problem::Problem};

/// An opened set.
#[derive(Serialize, ToSchema)]
pub struct Sitting {
    /// Bearer for the sitting.
    secret: String,
    /// Its sessions, each with a secret of its own.
    sessions: Vec<Opened>,
    /// Contracts of the set that can no longer be signed there.
    missed: Vec<Missed>,
}

impl From<signing::service::Sitting> for Sitting {
    fn from(sitting: signing::service::Sitting) -> Self {
        Self {
            secret: sitting.secret,
            sessions: sitting.sessions.into_iter().map(Opened::from).collect(),
            missed: sitting.missed.into_iter().map(Missed::from).collect(),
        }
    }
}

/// How many contracts have the evidence now.
#[derive(Serialize, ToSchema)]
pub struct Shared {
    contracts: usize,
    /// Contracts of the sitting that could not take it.
    missed: Vec<Missed>,
}

/// Opens the link of a set, once: a session for each contract that can still be signed.
#[utoipa::path(post, path = "/api/v1/sittings/open", tag = "session", request_body = Link,
    responses((status = 200, body = Sitting), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn open(served: State, body: Body<Link>) -> Result<Json<Sitting>, Problem> {
    let link = body.unkeyed()?.link;
    Ok(Json(served.house.signing.open_set(&link).await?.into()))
}

/// Gives every contract of the sitting what was brought to the first: consents, identity,
/// photographs, code. Reading and handwriting belong to each contract itself.
#[utoipa::path(post, path = "/api/v1/sittings/evidence", tag = "session", security(("bearer" = [])),
    responses((status = 200, body = Shared), (status = 401, body = Problem)))]
pub async fn share(served: State, sitter: Sitter) -> Result<Json<Shared>, Problem> {
    let shared = served.house.signing.share(&sitter.0).await?;
    Ok(Json(Shared {
        contracts: shared.contracts,
        missed: shared.missed.into_iter().map(Missed::from).collect(),
    }))
}
