//! Certificates for acts and companies.

use axum::{Json, extract::State};
use trust::{EventRequest, Lasting};

use super::{caller::Caller, failed, invalid, suite};
use crate::{
    adapters::in_process::ENTERPRISE_YEARS,
    house::TrustHouse,
    http::{body::Body, problem::Problem},
    wire::{Base64, Chain, EnterpriseOrder, EventOrder},
};

/// A certificate for one act, recorded durably before it is signed.
#[utoipa::path(post, path = "/trust/v1/certificates/event", tag = "trust-service",
    request_body = EventOrder, security(("service" = [])),
    responses((status = 200, body = Chain), (status = 422, body = Problem)))]
pub async fn event(
    State(house): State<TrustHouse>,
    caller: Caller,
    body: Body<EventOrder>,
) -> Result<Json<Chain>, Problem> {
    let order = body.unkeyed()?;
    let tenant = caller.tenant(&order.tenant)?;
    let request = EventRequest {
        suite: suite(&order.suite)?,
        subject: order.subject.into(),
        spki: spki(&order.key)?,
        binding: order.binding.into(),
    };
    let chain = house.trust.issue_event(&tenant, request).await;
    Ok(Json(Chain::of(&chain.map_err(|e| failed(&e))?)))
}

/// A certificate for a company's seal key.
#[utoipa::path(post, path = "/trust/v1/certificates/enterprise", tag = "trust-service",
    request_body = EnterpriseOrder, security(("service" = [])),
    responses((status = 200, body = Chain), (status = 422, body = Problem)))]
pub async fn enterprise(
    State(house): State<TrustHouse>,
    caller: Caller,
    body: Body<EnterpriseOrder>,
) -> Result<Json<Chain>, Problem> {
    let order = body.unkeyed()?;
    let tenant = caller.tenant(&order.tenant)?;
    let (suite, key) = (suite(&order.suite)?, spki(&order.key)?);
    let subject = order.subject.into();
    let issued = house.trust.issue_lasting(
        &tenant,
        Lasting::Enterprise,
        suite,
        subject,
        key,
        ENTERPRISE_YEARS,
    );
    Ok(Json(Chain::of(&issued.await.map_err(|e| failed(&e))?)))
}

fn spki(key: &Base64) -> Result<Vec<u8>, Problem> {
    let wrong = || invalid("key: base64 of a SubjectPublicKeyInfo is expected");
    key.bytes().ok_or_else(wrong)
}
