//! A small client of the HTTP API.

use serde_json::Value;

use crate::{house::Reason, http::ENVELOPE};

/// Calls with one credential.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    bearer: String,
}

/// A field that must be text.
pub fn text(value: &Value, field: &str) -> Result<String, Reason> {
    let found = value[field].as_str().map(str::to_owned);
    found.ok_or_else(|| format!("the answer has no `{field}`").into())
}

impl Client {
    /// A client of this server with this credential.
    pub fn new(url: &str, bearer: &str) -> Self {
        let (url, bearer) = (url.to_owned(), bearer.to_owned());
        Self {
            http: crate::outside::client(url.as_str()),
            url,
            bearer,
        }
    }

    /// The same server with another credential.
    pub fn as_bearer(&self, bearer: &str) -> Self {
        Self {
            bearer: bearer.to_owned(),
            ..self.clone()
        }
    }

    /// Posts JSON; an empty answer is null.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Reason> {
        self.posted(self.http.post(format!("{}{path}", self.url)).json(body))
            .await
    }

    /// Posts an envelope that is sealed to the service.
    pub async fn post_sealed(&self, path: &str, envelope: Vec<u8>) -> Result<Value, Reason> {
        let request = self.http.post(format!("{}{path}", self.url));
        let request = request.header(reqwest::header::CONTENT_TYPE, ENVELOPE);
        self.posted(request.body(envelope)).await
    }

    async fn posted(&self, request: reqwest::RequestBuilder) -> Result<Value, Reason> {
        let bytes = self.send(request).await?.bytes().await?;
        if bytes.is_empty() {
            Ok(Value::Null)
        } else {
            Ok(serde_json::from_slice(&bytes)?)
        }
    }

    /// Gets JSON.
    pub async fn get(&self, path: &str) -> Result<Value, Reason> {
        Ok(serde_json::from_slice(&self.bytes(path).await?)?)
    }

    /// Gets bytes.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, Reason> {
        let request = self.http.get(format!("{}{path}", self.url));
        Ok(self.send(request).await?.bytes().await?.to_vec())
    }

    /// Fetches a page's picture and returns the digest of what arrived, after it was
    /// compared with what the server says.
    pub async fn page(&self, page: u64) -> Result<String, Reason> {
        let path = format!("{}/api/v1/session/pages/{page}.png?width=1080", self.url);
        let answer = self.send(self.http.get(path)).await?;
        let said = answer.headers().get("inkseal-page-digest").cloned();
        let bytes = answer.bytes().await?;
        let digest = crypto::digest(crypto::Hash::Sha256, &bytes).to_string();
        if said.as_ref().and_then(|said| said.to_str().ok()) != Some(&digest) {
            return Err(format!("page {page} is not what the server says it is").into());
        }
        Ok(digest)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Reason> {
        let answer = request.bearer_auth(&self.bearer).send().await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let problem: Value = answer.json().await.unwrap_or_default();
        let (code, detail) = (&problem["code"], &problem["detail"]);
        Err(format!("the server answered {status}: {code} {detail}").into())
    }
}
