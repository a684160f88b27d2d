//! Revoking a company's certificates, and how a certificate stands.

use axum::{
    Json,
    extract::{Path, State},
};
use pki::revocation::Reason;

use super::{caller::Caller, failed, invalid};
use crate::{
    house::TrustHouse,
    http::{body::Body, problem::Problem},
    wire::{self, RevocationOrder, Revocations},
};

/// Certificates in one order: a company has one for each suite.
const MOST: usize = 16;
/// Digits of a serial number (RFC 5280, 4.1.2.2: at most 20 octets).
const LONGEST: usize = 40;

/// Revokes certificates of a tenant, all or none, durably and in the ledger. One that is
/// revoked already stays as it was.
#[utoipa::path(post, path = "/trust/v1/revocations", tag = "trust-service",
    request_body = RevocationOrder, security(("service" = [])),
    responses((status = 200, body = Revocations), (status = 404, body = Problem)))]
pub async fn revoke(
    State(house): State<TrustHouse>,
    caller: Caller,
    body: Body<RevocationOrder>,
) -> Result<Json<Revocations>, Problem> {
    let order = body.unkeyed()?;
    let tenant = caller.tenant(&order.tenant)?;
    if order.serials.len() > MOST || !order.serials.iter().all(|serial| is_serial(serial)) {
        return Err(invalid("serials: at most 16, hexadecimal"));
    }
    let reason = Reason::from_number(order.reason);
    let reason = reason.ok_or_else(|| invalid("reason: no such number in CRLReason"))?;
    let revoked = house.trust.revoke(&tenant, &order.serials, reason).await;
    let revoked = revoked.map_err(|e| failed(&e))?.into_iter();
    let revoked = revoked.map(Into::into).collect();
    Ok(Json(Revocations { revoked }))
}

/// How a certificate stands at this moment.
#[utoipa::path(get, path = "/trust/v1/revocations/{serial}", tag = "trust-service",
    params(("serial" = String, Path, description = "hexadecimal")), security(("service" = [])),
    responses((status = 200, body = wire::State), (status = 422, body = Problem)))]
pub async fn state(
    State(house): State<TrustHouse>,
    _caller: Caller,
    Path(serial): Path<String>,
) -> Result<Json<wire::State>, Problem> {
    if !is_serial(&serial) {
        return Err(invalid("serial: hexadecimal, at most 40 digits"));
    }
    let revoked = house
        .trust
        .revocation(&serial)
        .await
        .map_err(|e| failed(&e))?;
    let revoked = revoked.map(Into::into);
    Ok(Json(wire::State { revoked }))
}

fn is_serial(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}
