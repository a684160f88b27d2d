//! The key by which receivers check callbacks.

use axum::Json;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;

/// A public key.
#[derive(Serialize, ToSchema)]
pub struct CallbackKey {
    /// Its name in `Signature-Input`.
    keyid: String,
    /// `sm2-sm3`: a DER signature.
    alg: &'static str,
    /// `SubjectPublicKeyInfo`, DER in base64.
    public_key: String,
}

/// The key by which receivers check that a callback is ours.
#[utoipa::path(get, path = "/api/v1/callback-key", tag = "public",
    responses((status = 200, body = CallbackKey)))]
pub async fn key(served: State) -> Json<CallbackKey> {
    let key = &served.house.callbacks.key;
    Json(CallbackKey {
        keyid: key.name.clone(),
        alg: "sm2-sm3",
        public_key: STANDARD.encode(&key.spki),
    })
}
