//! What a signer's device sends: as it is, or sealed to the service's transport key.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use signing::service::{Arrived, CommandKey, Content};
use tokio::sync::OwnedSemaphorePermit;

use crate::http::{Served, body::command_key, problem::Problem};

/// Media type of a sealed envelope (docs/envelope.md).
pub const ENVELOPE: &str = "application/vnd.inkseal.envelope";

/// Longest body that is always let in.
const SMALL: usize = 256 << 10;
/// Bytes of one part of the room for longer ones; no chunk of a body is as large.
const PART: usize = 1 << 20;
/// Seconds after which somebody for whom there was no room may come again.
const AGAIN: u32 = 3;

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

/// The bytes of a body, and the room that they take. What there is no room for is read to
/// its end and dropped, so that the client hears why.
async fn read(
    served: &Served,
    body: Body,
    limit: usize,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Problem> {
    let (mut chunks, mut length) = (body.into_data_stream(), 0_usize);
    let (mut bytes, mut room) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
    let mut full = false;
    let unreadable = || {
        let detail = format!("the body broke off, or has more than {limit} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-unreadable", detail)
    };
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| unreadable())?;
        length = length.saturating_add(chunk.len());
        if length > limit {
            return Err(unreadable());
        }
        // Room is taken as the bytes come: what is announced takes none.
        let taken = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if !full && length > SMALL + taken * PART {
            match Arc::clone(&served.uploads).try_acquire_owned() {
                Ok(part) => match &mut room {
                    Some(room) => room.merge(part),
                    None => room = Some(part),
                },
                Err(_) => (full, room, bytes) = (true, None, BytesMut::new()),
            }
        }
        if !full {
            bytes.extend_from_slice(&chunk);
        }
    }
    if full {
        let detail = "too much is being uploaded at this moment; send it again in a few seconds";
        let full = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "uploads-full", detail);
        return Err(full.again_after(AGAIN));
    }
    Ok((bytes.freeze(), room))
}

impl<const LIMIT: usize> FromRequest<Arc<Served>> for Arriving<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, served: &Arc<Served>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let (bytes, room) = read(served, body, LIMIT).await?;
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
