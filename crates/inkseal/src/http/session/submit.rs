//! Submission: the signing act.

use std::sync::Arc;

use axum::{Json, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use signing::service::{PACKAGE, Submission, Written};
use utoipa::ToSchema;

use super::arriving::{Arriving, parsed};
use crate::http::{State, address::Address, auth::Signer, problem::Problem, time::rfc3339};

/// Longest request: the largest handwriting and its drawing, in base64 and in an envelope.
const LARGEST: usize = 3 * ink::MAX_BYTES;
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
    /// The handwriting, where the policy asks for it.
    handwriting: Option<Handwriting>,
}

/// A handwriting as a server may see it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Handwriting {
    /// How it looks: pointer, and strokes of `[x, y, radius]`.
    #[schema(value_type = Object)]
    drawing: Box<RawValue>,
    /// All samples that the device gave, sealed to the forensic key, in base64.
    samples: String,
    /// When the first sample was, by the device's clock: milliseconds since 1970.
    captured: Option<i64>,
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
        (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, description = "`session-uploads-full`", body = Problem),
        (status = 503, description = "`uploads-full`", body = Problem)))]
pub async fn submit(
    served: State,
    signer: Signer,
    address: Address,
    body: Arriving<LARGEST>,
) -> Result<Json<Receipt>, Problem> {
    let wrong =
        |detail: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail);
    let signing = &served.house.signing;
    let arrived = body.arrived.clone();
    let content = signing.arrive(&signer.0, PACKAGE, arrived).await?;
    let key = body.key(&content.bytes)?;
    let Package {
        contract,
        document,
        device,
        handwriting,
    } = parsed(&content)?;
    let document = document
        .parse()
        .map_err(|error: crypto::DigestError| wrong(error.to_string()))?;
    let written = |written: Handwriting| {
        let samples = STANDARD
            .decode(written.samples)
            .map_err(|_| wrong("handwriting.samples: base64 is expected".to_owned()))?;
        Ok::<_, Problem>(Written {
            drawing: Arc::from(written.drawing),
            samples: samples.into(),
            captured: written.captured,
        })
    };
    let small = Some(device.get()).filter(|text| text.len() <= DEVICE);
    let device: Option<Value> = small.and_then(|text| serde_json::from_str(text).ok());
    let device =
        device.ok_or_else(|| wrong("device: a JSON object of at most 4 KiB".to_owned()))?;
    let submission = Submission {
        contract,
        document,
        device,
        handwriting: handwriting.map(written).transpose()?,
        sealed: content.sealed,
        address: Some(address.0),
    };
    let receipt = signing.submit(&signer.0, &submission, key.as_ref()).await?;
    Ok(Json(receipt.into()))
}
