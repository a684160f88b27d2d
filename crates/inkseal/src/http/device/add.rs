//! Adding a device.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use signing::service::DeviceView;
use utoipa::ToSchema;

use crate::http::{State, auth::Integrator, body::Body, problem::Problem, time::rfc3339};

/// A device to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceDraft {
    /// What it is called, such as an inventory number.
    name: String,
}

/// A device.
#[derive(Serialize, ToSchema)]
pub struct Device {
    device: String,
    name: String,
    /// Whether it may be used.
    active: bool,
    /// Whether its code was used.
    enrolled: bool,
}

/// A device with the code that enrols it.
#[derive(Serialize, ToSchema)]
pub struct Added {
    device: Device,
    /// To be entered on the device, once. It is shown once.
    code: String,
    /// When the code ends.
    expires: String,
}

impl From<DeviceView> for Device {
    fn from(view: DeviceView) -> Self {
        Self {
            device: view.id,
            name: view.name,
            active: view.active,
            enrolled: view.enrolled,
        }
    }
}

/// Adds a device, with a code that enrols it within ten minutes.
#[utoipa::path(post, path = "/api/v1/devices", tag = "staff", request_body = DeviceDraft,
    security(("bearer" = [])),
    responses((status = 201, body = Added), (status = 422, body = Problem)))]
pub async fn add(
    served: State,
    caller: Integrator,
    body: Body<DeviceDraft>,
) -> Result<(StatusCode, Json<Added>), Problem> {
    let DeviceDraft { name } = body.unkeyed()?;
    let signing = &served.house.signing;
    let enrolment = signing.add_device(&caller.tenant, &name).await?;
    let added = Added {
        device: enrolment.device.into(),
        code: enrolment.code,
        expires: rfc3339(enrolment.expires),
    };
    Ok((StatusCode::CREATED, Json(added)))
}
