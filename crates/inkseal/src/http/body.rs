//! A JSON request with its idempotency key.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
};
use crypto::{Digester, Hash};
use serde::de::DeserializeOwned;
use signing::service::CommandKey;

use super::{Served, problem::Problem};

/// A parsed JSON body, and the command's key when the client sent one.
pub struct Body<T> {
    /// The request.
    pub value: T,
    /// From the header `Idempotency-Key`, bound to caller, route and body.
    pub key: Option<CommandKey>,
}

impl<T: DeserializeOwned> FromRequest<Arc<Served>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, served: &Arc<Served>) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let path = request.uri().path().to_owned();
        let bytes = Bytes::from_request(request, served)
            .await
            .map_err(|rejection| {
                Problem::new(rejection.status(), "body-unreadable", rejection.body_text())
            })?;
        // An empty body is an empty object: not every command has anything to say.
        let json = if bytes.is_empty() {
            b"{}".as_slice()
        } else {
            &bytes
        };
        let value = serde_json::from_slice(json).map_err(|error| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "body-invalid",
                error.to_string(),
            )
        })?;
        let Some(key) = headers.get("idempotency-key") else {
            return Ok(Self { value, key: None });
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=128).contains(&key.len()))
            .ok_or_else(|| {
                let detail = "Idempotency-Key has 1 to 128 visible characters";
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "idempotency-key-invalid",
                    detail,
                )
            })?;
        let mut scope = Digester::new(Hash::Sha256);
        if let Some(caller) = headers.get(header::AUTHORIZATION) {
            scope.update(caller.as_bytes());
        }
        scope.update(format!("\0{path}\0{key}").as_bytes());
        let key = scope.finish().to_string();
        let request = crypto::digest(Hash::Sha256, &bytes).to_string();
        Ok(Self {
            value,
            key: Some(CommandKey { key, request }),
        })
    }
}
