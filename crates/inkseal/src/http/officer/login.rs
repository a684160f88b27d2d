//! Logging in at a device.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::http::{State, auth::Device, body::Body, problem::Problem, time::rfc3339};

/// Who, and the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Staff number.
    officer: String,
    password: String,
}

/// An officer's session.
#[derive(Serialize, ToSchema)]
pub struct LoggedIn {
    /// Bearer for everything under `/api/v1/officer`. It is shown once.
    secret: String,
    officer: String,
    name: String,
    device: String,
    expires: String,
}

/// Logs an officer in, for eight hours. Bearer: the device's secret. After five wrong
/// passwords of one officer, or at one device, each further one has to wait.
#[utoipa::path(post, path = "/api/v1/officer/login", tag = "staff", request_body = Credentials,
    security(("bearer" = [])),
    responses((status = 200, body = LoggedIn), (status = 401, body = Problem),
        (status = 429, description = "`too-many-tries`", body = Problem)))]
pub async fn login(
    served: State,
    device: Device,
    body: Body<Credentials>,
) -> Result<Json<LoggedIn>, Problem> {
    let Credentials { officer, password } = body.unkeyed()?;
    let password = Zeroizing::new(password);
    let signing = &served.house.signing;
    let logged_in = signing.log_in(&device.0, &officer, password).await?;
    Ok(Json(LoggedIn {
        secret: logged_in.secret,
        officer: logged_in.desk.officer,
        name: logged_in.name,
        device: logged_in.desk.device,
        expires: rfc3339(logged_in.expires),
    }))
}
