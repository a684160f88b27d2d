//! Revoking a company's certificates.

use axum::{Json, extract::Path};
use serde::{Deserialize, Serialize};
use signing::service::RevokedCertificate;
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::rfc3339};

/// Why certificates are revoked (RFC 5280, 5.3.1).
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Nothing is said.
    Unspecified,
    /// Somebody else may have the key.
    KeyCompromise,
    /// Name or company has changed.
    AffiliationChanged,
    /// There is another certificate.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// The right to seal was withdrawn.
    PrivilegeWithdrawn,
}

/// An order to revoke.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    reason: Reason,
}

impl Order {
    /// Why.
    pub fn reason(&self) -> pki::revocation::Reason {
        self.reason.into()
    }
}

/// A certificate that is revoked.
#[derive(Serialize, ToSchema)]
pub struct Revoked {
    suite: String,
    /// Serial number, hexadecimal.
    serial: String,
    /// RFC 3339, UTC.
    revoked_at: String,
    /// The reason of the first revocation.
    reason: &'static str,
}

/// Revokes all certificates of a company, for ever: it can no longer seal. Revoked again,
/// the first answer is given.
#[utoipa::path(post, path = "/api/v1/companies/{id}/revocation", tag = "company",
    request_body = Order, params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Vec<Revoked>), (status = 404, body = Problem)))]
pub async fn revoke(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Order>,
) -> Result<Json<Vec<Revoked>>, Problem> {
    revoke_of(&served, &caller.tenant, &id, body).await
}

/// The same for whoever may do it.
pub async fn revoke_of(
    served: &State,
    tenant: &str,
    id: &str,
    body: Body<Order>,
) -> Result<Json<Vec<Revoked>>, Problem> {
    let reason = body.unkeyed()?.reason();
    let signing = &served.house.signing;
    let revoked = signing.revoke_company(tenant, id, reason).await?;
    Ok(Json(revoked.into_iter().map(Revoked::from).collect()))
}

impl From<Reason> for pki::revocation::Reason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unspecified => Self::Unspecified,
            Reason::KeyCompromise => Self::KeyCompromise,
            Reason::AffiliationChanged => Self::AffiliationChanged,
            Reason::Superseded => Self::Superseded,
            Reason::CessationOfOperation => Self::CessationOfOperation,
            Reason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}

impl From<RevokedCertificate> for Revoked {
    fn from(certificate: RevokedCertificate) -> Self {
        Self {
            suite: certificate.suite,
            serial: certificate.serial,
            revoked_at: rfc3339(certificate.revoked.at_ms),
            reason: certificate.revoked.reason.name(),
        }
    }
}
