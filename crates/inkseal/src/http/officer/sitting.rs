//! One sitting over several contracts, on the officer's own device.

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{
    State, auth::Officer, body::Body, contract::set::SetMember, problem::Problem,
    session::sitting::Sitting,
};

/// Contracts that one person signs in one sitting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendedSet {
    /// 2 to 100 of them.
    contracts: Vec<SetMember>,
}

/// Opens several contracts of one signer on this device, with the officer present: a
/// session for each contract that can still be signed. Bearer: an officer's session.
#[utoipa::path(post, path = "/api/v1/officer/sittings", tag = "staff", request_body = AttendedSet,
    security(("bearer" = [])),
    responses((status = 200, body = Sitting), (status = 401, body = Problem),
        (status = 409, description = "`not-in-mode`; why no contract is left", body = Problem),
        (status = 422, body = Problem)))]
pub async fn open(
    served: State,
    officer: Officer,
    body: Body<AttendedSet>,
) -> Result<Json<Sitting>, Problem> {
    let members = body.unkeyed()?.contracts;
    let members: Vec<_> = members.into_iter().map(SetMember::parts).collect();
    let signing = &served.house.signing;
    Ok(Json(signing.attend_set(&officer.0, &members).await?.into()))
}
