//! Enrolling a device.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{State, address::Address, body::Body, problem::Problem};

/// The code that adding the device gave.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffCode {
    pub(in crate::http) code: String,
}

/// A device with its secret.
#[derive(Serialize, ToSchema)]
pub struct Enrolled {
    device: String,
    name: String,
    /// Bearer for logging officers in. It is shown once.
    secret: String,
}

/// Enrols a device: its code, once, for its secret. After five wrong codes from one
/// address each further one has to wait.
#[utoipa::path(post, path = "/api/v1/devices/enrolment", tag = "staff", request_body = StaffCode,
    responses((status = 200, body = Enrolled),
        (status = 404, description = "`staff-code-unknown`", body = Problem),
        (status = 429, description = "`too-many-tries`", body = Problem)))]
pub async fn enrol(
    served: State,
    from: Address,
    body: Body<StaffCode>,
) -> Result<Json<Enrolled>, Problem> {
    let StaffCode { code } = body.unkeyed()?;
    let signing = &served.house.signing;
    let enrolled = signing.enrol_device(&code, from.0).await?;
    Ok(Json(Enrolled {
        device: enrolled.device,
        name: enrolled.name,
        secret: enrolled.secret,
    }))
}
