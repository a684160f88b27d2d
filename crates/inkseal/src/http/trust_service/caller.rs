//! Which service asks.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};

use super::invalid;
use crate::{
    house::{TrustHouse, now},
    http::{mutual::Peer, problem::Problem},
    services::is_name,
};

/// A registered service, by the certificate that it showed.
pub struct Caller {
    name: String,
}

impl Caller {
    /// To whom its own rows belong: a tenant without a name.
    pub fn owner(&self) -> String {
        format!("{}/", self.name)
    }

    /// A tenant of this service, apart from those of all others.
    pub fn tenant(&self, tenant: &str) -> Result<String, Problem> {
        if is_name(tenant) {
            return Ok(format!("{}/{tenant}", self.name));
        }
        Err(invalid("tenant: 1 to 32 characters of a-z, 0-9 and -"))
    }
}

impl FromRequestParts<TrustHouse> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &TrustHouse) -> Result<Self, Problem> {
        let unknown = || {
            let detail = "the certificate is not registered, was removed or has expired; make \
                          another with `inkseal ca service`";
            Problem::new(StatusCode::FORBIDDEN, "service-unknown", detail)
        };
        let Peer(fingerprint) = parts.extensions.get().ok_or_else(unknown)?;
        let named = house.services.named(fingerprint, now().div_euclid(1000));
        let name = named.await.map_err(|error| {
            tracing::error!(%error, "the register of services could not be read");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Problem::new(status, "store-unreadable", "try again later")
        })?;
        let name = name.ok_or_else(unknown)?;
        Ok(Self { name })
    }
}
