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

use super::room::{Full, Taken};
use crate::http::{Served, auth, body::command_key, problem::Problem};

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
    _room: Taken,
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

/// The bytes of a body, for which room is taken as they come: what is announced takes none.
/// What there is no room for is read to its end and dropped, so that the client hears why.
async fn read(body: Body, limit: usize, room: &mut Taken) -> Result<Bytes, Problem> {
    let (mut chunks, mut length) = (body.into_data_stream(), 0_usize);
    let (mut bytes, mut full) = (BytesMut::new(), None);
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
        if full.is_none() && length > SMALL + room.parts() * PART {
            full = room.take().err();
        }
        if full.is_none() {
            bytes.extend_from_slice(&chunk);
        } else if room.parts() > 0 {
            room.give_back();
            bytes = BytesMut::new();
        }
    }
    full.map_or_else(|| Ok(bytes.freeze()), |full| Err(no_room(full)))
}

fn no_room(full: Full) -> Problem {
    let (status, code, detail) = match full {
        Full::All => (
            StatusCode::SERVICE_UNAVAILABLE,
            "uploads-full",
            "too much is being uploaded at this moment; send it again in a few seconds",
        ),
        Full::Share => (
            StatusCode::TOO_MANY_REQUESTS,
            "session-uploads-full",
            "this session is uploading too much at once; wait until one upload is done",
        ),
    };
    Problem::new(status, code, detail).again_after(AGAIN)
}

impl<const LIMIT: usize> FromRequest<Arc<Served>> for Arriving<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, served: &Arc<Served>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        // Whose share it is: the caller's, who was looked at before.
        let caller = auth::credential(&parts, "Bearer").unwrap_or_default();
        let mut room = served.uploads.body(caller);
        let bytes = read(body, LIMIT, &mut room).await?;
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
