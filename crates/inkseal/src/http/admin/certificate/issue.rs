//! A certificate for a lasting key, by a request of whoever has it.

use axum::{Json, extract::State, http::StatusCode};
use pki::{Certificate, CertificationRequest};
use serde::{Deserialize, Serialize};
use trust::Lasting;
use utoipa::ToSchema;

use super::{Known, Office, known};
use crate::{
    adapters::in_process::ENTERPRISE_YEARS,
    http::{
        auth::{Admin, OPERATOR},
        body::Body,
        problem::Problem,
    },
};

/// What a certificate is for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// A person's key.
    Person,
    /// A company's key.
    Enterprise,
    /// The key of a maker of electronic seals.
    SealMaker,
}

/// A request for a certificate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    profile: Profile,
    /// PKCS #10, PEM, signed with the key: its subject becomes the certificate's, after
    /// you have made sure of who it is.
    request: String,
    /// Years of validity, 1 to 5; 2 when not given.
    years: Option<u32>,
}

/// A certificate that was issued.
#[derive(Serialize, ToSchema)]
pub struct Issued {
    #[serde(flatten)]
    certificate: Known,
    /// It and its authority's, PEM.
    chain: String,
}

/// Issues a certificate for the key of a certification request, whose signature proves that
/// the requester has it. The same request gets the same certificate.
#[utoipa::path(post, path = "/api/v1/admin/certificates", tag = "admin", request_body = Order,
    security(("admin" = [])),
    responses((status = 201, body = Issued), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn issue(
    State(office): State<Office>,
    _caller: Admin,
    body: Body<Order>,
) -> Result<(StatusCode, Json<Issued>), Problem> {
    let order = body.unkeyed()?;
    let request = CertificationRequest::from_pem(&order.request);
    let request = request.map_err(|error| Problem::of_trust(&error.into()))?;
    let years = order.years.unwrap_or(ENTERPRISE_YEARS);
    let trust = &office.house.trust;
    let issued = trust.issue_requested(OPERATOR, order.profile.into(), &request, years);
    let chain = issued.await.map_err(|error| Problem::of_trust(&error))?;
    let serial = chain.first().map(Certificate::serial_hex);
    let issued = Issued {
        certificate: known(&office, &serial.unwrap_or_default()).await?.into(),
        chain: chain.iter().map(Certificate::to_pem).collect(),
    };
    Ok((StatusCode::CREATED, Json(issued)))
}

impl From<Profile> for Lasting {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Person => Self::Person,
            Profile::Enterprise => Self::Enterprise,
            Profile::SealMaker => Self::SealMaker,
        }
    }
}
