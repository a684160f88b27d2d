//! From where a request came.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{StatusCode, request::Parts},
};

use super::problem::Problem;

/// The address of the connection: of the proxy, where one stands before the service. What
/// a header says of another is not believed.
pub struct Peer(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        known.map(|known| Self(known.0.ip())).ok_or_else(|| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Problem::new(status, "peer-unknown", "the connection has no address")
        })
    }
}
