//! A JSON request with its idempotency key.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use crypto::{Digester, Hash};
use serde::de::DeserializeOwned;
use signing::service::CommandKey;

use super::problem::Problem;

/// Longest body of an ordinary request, in bytes.
const ORDINARY: usize = 64 * 1024;

/// A parsed JSON body of at most `LIMIT` bytes, and the command's key when the client
/// sent one. Comes after the caller in a handler's arguments: strangers are not read.
pub struct Body<T, const LIMIT: usize = ORDINARY> {
    /// The request.
    pub value: T,
    /// From the header `Idempotency-Key`, bound to caller, route and body.
    pub key: Option<CommandKey>,
}

impl<T, const LIMIT: usize> Body<T, LIMIT> {
    /// The request of a command that cannot be repeated: it refuses a key rather than
    /// to pass over it.
    pub fn unkeyed(self) -> Result<T, Problem> {
        if self.key.is_none() {
            return Ok(self.value);
        }
        let detail = "this command takes no Idempotency-Key; look whether it was done before";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Err(Problem::new(status, "idempotency-key-unsupported", detail))
    }
}

impl<S: Send + Sync, T: DeserializeOwned, const LIMIT: usize> FromRequest<S> for Body<T, LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let (headers, path) = (parts.headers, parts.uri.path().to_owned());
        let bytes = axum::body::to_bytes(body, LIMIT).await.map_err(|_| {
            let detail = format!("the body broke off, or has more than {LIMIT} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-unreadable", detail)
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
        let key = command_key(&headers, &path, &bytes)?;
        Ok(Self { value, key })
    }
}

/// The command's key, from the header `Idempotency-Key`, bound to caller and path, and to
/// the request that it is for.
pub fn command_key(
    headers: &HeaderMap,
    path: &str,
    request: &[u8],
) -> Result<Option<CommandKey>, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
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
    let request = crypto::digest(Hash::Sha256, request).to_string();
    Ok(Some(CommandKey { key, request }))
}
