//! Timestamps.

use axum::{Json, extract::State};

use super::{caller::Caller, failed, suite};
use crate::{
    house::TrustHouse,
    http::{body::Body, problem::Problem},
    wire::{Base64, Timestamp, TimestampOrder},
};

/// A timestamp (RFC 3161) over a digest, by the trust service's clock.
#[utoipa::path(post, path = "/trust/v1/timestamps", tag = "trust-service",
    request_body = TimestampOrder, security(("service" = [])),
    responses((status = 200, body = Timestamp), (status = 422, body = Problem)))]
pub async fn timestamp(
    State(house): State<TrustHouse>,
    _caller: Caller,
    body: Body<TimestampOrder>,
) -> Result<Json<Timestamp>, Problem> {
    let order = body.unkeyed()?;
    let made = house.trust.timestamp(suite(&order.suite)?, &order.imprint);
    let token = Base64::of(&made.await.map_err(|e| failed(&e))?);
    Ok(Json(Timestamp { token }))
}
