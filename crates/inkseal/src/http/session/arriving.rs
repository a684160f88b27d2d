//! What a signer's device sends: as it is, or sealed to the service's transport key.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use signing::service::{Arrived, CommandKey, Content};

use crate::http::{body::command_key, problem::Problem};

/// Media type of a sealed envelope (docs/envelope.md).
pub const ENVELOPE: &str = "application/vnd.inkseal.envelope";

/// A body of at most `LIMIT` bytes. Comes after the caller in a handler's arguments:
/// strangers are not read.
pub struct Arriving<const LIMIT: usize> {
    /// The bytes, and whether they say to be sealed.
    pub arrived: Arrived,
    headers: HeaderMap,
    path: String,
}

impl<const LIMIT: usize> Arriving<LIMIT> {
    /// The command's key, for what the body says when it is opened: sealed anew it is
    /// still the same request.
    pub fn key(&self, opened: &[u8]) -> Result<Option<CommandKey>, Problem> {
        command_key(&self.headers, &self.path, opened)
    }
}

/// The JSON that was opened.
pub fn parsed<T: DeserializeOwned>(content: &Content) -> Result<T, Problem> {
    serde_json::from_slice(&content.bytes).map_err(|error| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem::new(status, "body-invalid", error.to_string())
    })
}

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for Arriving<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes: Bytes = axum::body::to_bytes(body, LIMIT).await.map_err(|_| {
            let detail = format!("the body broke off, or has more than {LIMIT} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-unreadable", detail)
        })?;
        let sealed = parts.headers.get(header::CONTENT_TYPE);
        let sealed = sealed.is_some_and(|kind| kind == ENVELOPE);
        Ok(Self {
            arrived: if sealed {
                Arrived::Sealed(bytes)
            } else {
                Arrived::Plain(bytes)
            },
            headers: parts.headers,
            path: parts.uri.path().to_owned(),
        })
    }
}
