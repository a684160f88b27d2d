//! The operator issues lasting certificates, looks at them, and takes them back.

pub mod issue;
pub mod list;
pub mod revoke;
pub mod show;

use axum::http::StatusCode;
use serde::Serialize;
use signing::Signing;
use store::Store;
use trust::Record;
use utoipa::ToSchema;

use crate::{
    house::TrustHouse,
    http::{auth::Keeps, problem::Problem, time::rfc3339},
};

/// What these routes reach.
#[derive(Clone)]
pub struct Office {
    /// The authority.
    pub house: TrustHouse,
    /// Contracts, where they are in this process: no seal is under way while a
    /// certificate is revoked.
    pub signing: Option<Signing>,
}

impl Keeps for Office {
    fn store(&self) -> &Store {
        &self.house.store
    }
}

/// A certificate.
#[derive(Serialize, ToSchema)]
pub struct Known {
    /// Serial number, hexadecimal.
    serial: String,
    /// To whom it was issued: the tenant, or `operator`.
    tenant: String,
    /// Its profile, such as `person`; an authority, such as `tsa/sm2-sm3`; or the act.
    purpose: String,
    subject: String,
    /// RFC 3339, UTC.
    not_before: String,
    /// RFC 3339, UTC.
    not_after: String,
    /// PEM; none when its signature is not kept here.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    /// RFC 3339, UTC; none when it was not revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
    /// The reason of the first revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl From<Record> for Known {
    fn from(record: Record) -> Self {
        let second = |second: i64| rfc3339(second.saturating_mul(1000));
        Self {
            serial: record.serial,
            tenant: record.tenant,
            purpose: record.purpose,
            subject: record.subject,
            not_before: second(record.validity.0),
            not_after: second(record.validity.1),
            certificate: record.pem,
            revoked_at: record.revoked.map(|revoked| rfc3339(revoked.at_ms)),
            reason: record.revoked.map(|revoked| revoked.reason.name()),
        }
    }
}

/// What is known of a certificate that must be there.
async fn known(office: &Office, serial: &str) -> Result<Record, Problem> {
    let record = office.house.trust.record(serial).await;
    let record = record.map_err(|error| Problem::of_trust(&error))?;
    record.ok_or_else(|| {
        let detail = "no certificate with this serial number was issued or recorded here";
        Problem::new(StatusCode::NOT_FOUND, "certificate-unknown", detail)
    })
}
