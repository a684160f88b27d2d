//! What a stranger needs to verify.

use axum::{Json, extract::State};

use super::caller::Caller;
use crate::{house::TrustHouse, wire::Anchors};

/// The trust anchors and the ledger's public key.
#[utoipa::path(get, path = "/trust/v1/anchors", tag = "trust-service",
    security(("service" = [])), responses((status = 200, body = Anchors)))]
pub async fn anchors(State(house): State<TrustHouse>, _caller: Caller) -> Json<Anchors> {
    Json(Anchors {
        anchors: house.trust.anchors_pem(),
        ledger_key: house.trust.ledger_key(),
        ledger_certificate: house.trust.ledger_certificate(),
    })
}
