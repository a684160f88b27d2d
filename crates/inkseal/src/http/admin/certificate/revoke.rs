//! Taking a certificate back.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{Known, Office, known};
use crate::http::{auth::Admin, body::Body, company::revocation::Order, problem::Problem};

/// Revokes a person's, company's or seal maker's certificate, for ever and whoever it was
/// issued to: durable, in the ledger and told to everybody when it returns. Revoked again,
/// the first answer is given.
#[utoipa::path(post, path = "/api/v1/admin/certificates/{serial}/revocation", tag = "admin",
    request_body = Order, params(("serial" = String, Path, description = "hexadecimal")),
    security(("admin" = [])),
    responses((status = 200, body = Known), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn revoke(
    State(office): State<Office>,
    _caller: Admin,
    Path(serial): Path<String>,
    body: Body<Order>,
) -> Result<Json<Known>, Problem> {
    let reason = body.unkeyed()?.reason();
    let record = known(&office, &serial).await?;
    let trust = office.house.trust.clone();
    let (tenant, serials) = (record.tenant, [record.serial]);
    let revoking = async move { trust.revoke(&tenant, &serials, reason).await };
    let revoked = match &office.signing {
        Some(signing) => signing.while_nothing_is_sealed(revoking).await,
        None => revoking.await,
    };
    revoked.map_err(|error| Problem::of_trust(&error))?;
    Ok(Json(known(&office, &serial).await?.into()))
}
