//! Opening a signer's session on the second screen.

use axum::Json;

use crate::http::{
    State, address::Address, body::Body, device::enrolment::StaffCode, problem::Problem,
    session::open::Opened,
};

/// Opens the signer's session that a clerk has begun, by the clerk's code, once. After
/// five wrong codes from one address each further one has to wait.
#[utoipa::path(post, path = "/api/v1/pairings/open", tag = "session", request_body = StaffCode,
    responses((status = 200, body = Opened),
        (status = 404, description = "`staff-code-unknown`", body = Problem),
        (status = 429, description = "`too-many-tries`", body = Problem)))]
pub async fn open(
    served: State,
    from: Address,
    body: Body<StaffCode>,
) -> Result<Json<Opened>, Problem> {
    let StaffCode { code } = body.unkeyed()?;
    let signing = &served.house.signing;
    Ok(Json(signing.open_pairing(&code, from.0).await?.into()))
}
