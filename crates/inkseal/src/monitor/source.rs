//! Where a ledger is published.

use std::time::Duration;

use axum::body::Bytes;
use reqwest::StatusCode;

use crate::outside::{BodyError, body, client};

/// How long a tile may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest bundle: 256 entries with their lengths.
const LONGEST: usize = 256 * (65_535 + 2);

/// A ledger at a URL prefix (C2SP tlog-tiles).
pub struct Source {
    client: reqwest::Client,
    url: String,
}

/// Something could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be read: {reason}")]
pub struct SourceError {
    path: String,
    reason: String,
}

impl Source {
    /// The ledger with this prefix; of an address alone, the one of an Inkseal server.
    pub fn new(url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let bare = url
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains('/'));
        let tail = if bare { "/ledger" } else { "" };
        Self {
            client: client(url),
            url: format!("{url}{tail}"),
        }
    }

    /// An object; none when it is not there.
    pub async fn read(&self, path: &str) -> Result<Option<Bytes>, SourceError> {
        let failed = |reason: String| SourceError {
            path: path.to_owned(),
            reason,
        };
        let request = self.client.get(format!("{}/{path}", self.url));
        let answer = request.timeout(PATIENCE).send().await;
        let mut answer = answer.map_err(|error| failed(error.to_string()))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(failed(format!("HTTP {status}"))),
        }
        let body = body(&mut answer, LONGEST)
            .await
            .map_err(|error| match error {
                BodyError::Broken(error) => failed(error.to_string()),
                BodyError::TooLong => failed("it is too long".to_owned()),
            })?;
        Ok(Some(body.into()))
    }

    /// An object that must be there.
    pub async fn need(&self, path: &str) -> Result<Bytes, SourceError> {
        self.read(path).await?.ok_or_else(|| SourceError {
            path: path.to_owned(),
            reason: "it is not there".to_owned(),
        })
    }
}
