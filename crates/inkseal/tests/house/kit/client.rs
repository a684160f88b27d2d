//! A client of the HTTP API with one credential.

use reqwest::{RequestBuilder, header};
use serde_json::Value;

/// Asks one server, as somebody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    user: Option<(String, String)>,
    secret: Option<String>,
}

/// An answer, whatever it is.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub page_digest: Option<String>,
    pub bytes: Vec<u8>,
}

impl Client {
    pub fn new(url: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            user: None,
            secret: None,
        }
    }

    /// The same server, with an API key or a session's secret.
    pub fn bearer(&self, secret: &str) -> Self {
        let secret = Some(secret.to_owned());
        Self {
            secret,
            ..self.clone()
        }
    }

    /// The API key or the session's secret.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }

    /// The same server, with a name and a password.
    pub fn basic(&self, name: &str, password: &str) -> Self {
        let user = Some((name.to_owned(), password.to_owned()));
        Self {
            user,
            ..self.clone()
        }
    }

    /// The same credential at another address.
    pub fn at(&self, url: &str) -> Self {
        let url = url.to_owned();
        Self {
            url,
            ..self.clone()
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.url)))
            .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.http.post(format!("{}{path}", self.url)).json(body))
            .await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.http.put(format!("{}{path}", self.url)).json(body))
            .await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.http.patch(format!("{}{path}", self.url)).json(body))
            .await
    }

    /// Posts under an idempotency key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        self.send(request.header("idempotency-key", key)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.http.delete(format!("{}{path}", self.url)))
            .await
    }

    /// Posts bytes that need not be JSON.
    pub async fn post_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        self.post_as(path, "application/json", bytes).await
    }

    /// Posts bytes of a content type.
    pub async fn post_as(&self, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).body(bytes);
        self.send(request.header(header::CONTENT_TYPE, kind)).await
    }

    async fn send(&self, mut request: RequestBuilder) -> Answer {
        if let Some((name, password)) = &self.user {
            request = request.basic_auth(name, Some(password));
        }
        if let Some(secret) = &self.secret {
            request = request.bearer_auth(secret);
        }
        Answer::read(request.send().await.expect("the server is up")).await
    }
}

impl Answer {
    /// Reads all of an answer.
    pub async fn read(answer: reqwest::Response) -> Self {
        let text = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        Self {
            status: answer.status().as_u16(),
            kind: text("content-type").unwrap_or_default(),
            page_digest: text("inkseal-page-digest"),
            bytes: answer.bytes().await.unwrap().to_vec(),
        }
    }

    /// Expects success and gives the JSON; an empty answer is null.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self}");
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// Expects success and gives the bytes.
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        assert_eq!(self.status, 200, "{self}");
        self.bytes
    }

    /// Expects a problem (RFC 9457) of this status and code, and gives it.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.kind, "application/problem+json", "{self}");
        let problem: Value = serde_json::from_slice(&self.bytes).unwrap();
        assert_eq!(
            (self.status, problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
        assert_eq!(problem["status"], status, "{problem}");
        assert_ne!(problem["detail"].as_str().unwrap_or_default(), "");
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.bytes);
        write!(f, "{} {} {text}", self.status, self.kind)
    }
}
