//! Submission: the signing act.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use signing::service::Submission;
use utoipa::ToSchema;

use crate::http::{State, auth::Signer, body::Body, problem::Problem, time::rfc3339};

/// Longest request: the largest handwriting that is read, and the rest.
const LARGEST: usize = ink::MAX_BYTES + (64 << 10);
/// Longest JSON about a device.
const DEVICE: usize = 4096;

/// What a signer submits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The contract that the signer means.
    contract: String,
    /// Digest of the document that the signer read.
    document: String,
    /// What the device says of itself.
    #[schema(value_type = Object)]
    device: Box<RawValue>,
    /// The handwriting with all its samples: pointer, width, height and strokes of
    /// `[x, y, t_ms, pressure, tilt_x, tilt_y]`.
    #[schema(value_type = Option<Object>)]
    handwriting: Option<Box<RawValue>>,
}

/// A finished act.
#[derive(Serialize, ToSchema)]
pub struct Receipt {
    act: String,
    contract: String,
    role: String,
    signed_at: String,
    /// Digest of the file with the signature.
    revision: String,
    /// Evidence digest.
    evidence: String,
    /// Serial number of the certificate.
    certificate: String,
    /// The contract's state after it.
    state: String,
}

impl From<signing::service::Receipt> for Receipt {
    fn from(receipt: signing::service::Receipt) -> Self {
        Self {
            act: receipt.act,
            contract: receipt.contract,
            role: receipt.role.to_string(),
            signed_at: rfc3339(receipt.signed_at),
            revision: receipt.revision.to_string(),
            evidence: receipt.evidence.to_string(),
            certificate: receipt.certificate,
            state: receipt.state,
        }
    }
}

/// Submits a session. The same `Idempotency-Key` gives the same receipt again.
#[utoipa::path(post, path = "/api/v1/session/submission", tag = "session", request_body = Package,
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this command")),
    responses((status = 200, body = Receipt), (status = 403, description = "`session-foreign`", body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn submit(
    served: State,
    signer: Signer,
    body: Body<Package, LARGEST>,
) -> Result<Json<Receipt>, Problem> {
    let Package {
        contract,
        document,
        device,
        handwriting,
    } = body.value;
    let document = document.parse().map_err(|error: crypto::DigestError| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-field",
            error.to_string(),
        )
    })?;
    let handwriting = handwriting.map(Into::into);
    let small = Some(device.get()).filter(|text| text.len() <= DEVICE);
    let device: Option<Value> = small.and_then(|text| serde_json::from_str(text).ok());
    let device = device.ok_or_else(|| {
        let detail = "device: a JSON object of at most 4 KiB";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail)
    })?;
    let submission = Submission {
        contract,
        document,
        device,
        handwriting,
    };
    let receipt = served
        .house
        .signing
        .submit(&signer.0, &submission, body.key.as_ref())
        .await?;
    Ok(Json(receipt.into()))
}
