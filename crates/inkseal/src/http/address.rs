//! From where a request came.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use super::Served;

/// The header in which a proxy tells whom it serves.
const FORWARDED: &str = "x-forwarded-for";

/// The address of whoever asks: the other end of the connection or, where the operator has
/// said that a proxy stands in front, what that proxy saw.
pub struct Address(pub IpAddr);

impl FromRequestParts<Arc<Served>> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        let forwarded = parts.headers.get_all(FORWARDED).iter().next_back();
        // The last address is the one that our own proxy wrote; those before it are claims.
        let forwarded = forwarded
            .filter(|_| served.behind_proxy)
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Ok(Self(forwarded.or(peer).unwrap_or(nowhere)))
    }
}
