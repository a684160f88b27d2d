//! What a signer's device sends: as it is, or sealed to the service's transport key.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use signing::service::{Arrived, CommandKey, Content};

use tokio::sync::OwnedSemaphorePermit;

use crate::http::{Served, body::command_key, problem::Problem};

/// Media type of a sealed envelope (docs/envelope.md).
pub const ENVELOPE: &str = "application/vnd.inkseal.envelope";

/// Longest body that is always let in.
const SMALL: usize = 256 << 10;

/// A body of at most `LIMIT` bytes. Comes after the caller in a handler's arguments:
/// strangers are not read.
pub struct Arriving<const LIMIT: usize> {
    /// The bytes, and whether they say to be sealed.
    pub arrived: Arrived,
    headers: HeaderMap,
    path: String,
    /// What it takes of the memory for large bodies, until it is dealt with.
    _room: Option<OwnedSemaphorePermit>,
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

impl Served {
    /// Room for a body; one that is short needs none.
    fn room(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.uploads).try_acquire_many_owned(kib);
        room.map(Some).map_err(|_| {
            let detail =
                "too much is being uploaded at this moment; send it again in a few seconds";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "uploads-full", detail)
        })
    }
}

impl<const LIMIT: usize> FromRequest<Arc<Served>> for Arriving<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, served: &Arc<Served>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let told = parts.headers.get(header::CONTENT_LENGTH);
        let told = told.and_then(|told| told.to_str().ok()?.parse().ok());
        let room = served.room(told.unwrap_or(LIMIT).min(LIMIT))?;
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
            _room: room,
        })
    }
}
