//! A call: attempts under one deadline.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, Method, Request, Url, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use signing::ports::Clock;

use super::{
    Credential, OutsideError,
    breaker::Breaker,
    exchange::{Reply, client, exchange, is_local},
    signature::{Covered, content_digest},
};

/// How patient a caller is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Milliseconds for one attempt.
    pub attempt_ms: u64,
    /// Milliseconds for a call with all its attempts and pauses.
    pub call_ms: u64,
    /// Most attempts of a call that may be repeated.
    pub attempts: usize,
    /// Milliseconds of the first pause; each further one is twice as long, and up to as
    /// much again at random.
    pub pause_ms: u64,
    /// Longest answer, in bytes.
    pub answer: usize,
    /// Failures in a row after which the service is left alone.
    pub failures: u32,
    /// Milliseconds for which it is.
    pub cool_down_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt_ms: 5_000,
            call_ms: 15_000,
            attempts: 3,
            pause_ms: 100,
            answer: 256 * 1024,
            failures: 5,
            cool_down_ms: 30_000,
        }
    }
}

/// Whether a request may reach the service more than once.
#[derive(Debug, Clone, Copy)]
pub enum Repeat<'a> {
    /// It must not: it has an effect each time.
    Never,
    /// It must not, and it has a name for which the service is asked later.
    Once(&'a str),
    /// It only asks.
    Freely,
    /// The service does what it asks once for this key.
    Under(&'a str),
}

/// Calls one service.
pub struct Caller {
    url: Url,
    client: Client,
    credential: Option<Credential>,
    /// Sent along as it is, such as a bearer token.
    authorization: Option<header::HeaderValue>,
    limits: Limits,
    breaker: Breaker,
    clock: Clock,
}

impl Caller {
    /// A caller of the service at `url`, which may have a path.
    ///
    /// # Errors
    /// When it is no HTTP URL without query and fragment, or one without TLS that is not
    /// of this machine.
    pub fn new(
        url: &str,
        credential: Option<Credential>,
        limits: Limits,
        clock: Clock,
    ) -> Result<Self, String> {
        let read: Url = url.parse().map_err(|e| format!("{url}: {e}"))?;
        let plain = matches!(read.scheme(), "http" | "https")
            && read.query().is_none()
            && read.fragment().is_none();
        if !plain {
            return Err(format!("{url}: not an http or https address of a service"));
        }
        if read.scheme() == "http" && !is_local(&read) {
            return Err(format!(
                "{url}: without TLS anybody on the way reads and changes what is asked; give an \
                 https address (http is for this machine alone)"
            ));
        }
        let cool_down = Duration::from_millis(limits.cool_down_ms);
        Ok(Self {
            client: client(url),
            url: read,
            credential,
            authorization: None,
            breaker: Breaker::new(limits.failures, cool_down, clock.clone()),
            limits,
            clock,
        })
    }

    /// The same with a bearer token (RFC 6750).
    ///
    /// # Errors
    /// When the token has characters that no header can carry.
    pub fn with_bearer(mut self, token: &str) -> Result<Self, String> {
        let value = header::HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|_| "the token cannot be sent in a header".to_owned())?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(self)
    }

    /// Posts JSON to a path below the URL, and reads the JSON that is answered.
    pub async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        repeat: Repeat<'_>,
    ) -> Result<A, OutsideError> {
        let body = serde_json::to_vec(body).map_err(|e| OutsideError::Answer(e.to_string()))?;
        self.call(Method::POST, path, &body, repeat, json).await
    }

    /// The same with JSON that is bytes already.
    pub async fn post_bytes<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &[u8],
        repeat: Repeat<'_>,
    ) -> Result<A, OutsideError> {
        self.call(Method::POST, path, body, repeat, json).await
    }

    /// Posts bytes that are JSON to a path below the URL, for an answer of which the
    /// headers matter too.
    pub async fn exchange(
        &self,
        path: &str,
        body: &[u8],
        repeat: Repeat<'_>,
    ) -> Result<Reply, OutsideError> {
        self.call(Method::POST, path, body, repeat, Ok).await
    }

    /// Gets JSON from a path below the URL.
    pub async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, OutsideError> {
        self.call(Method::GET, path, &[], Repeat::Freely, json)
            .await
    }

    async fn call<A>(
        &self,
        method: Method,
        path: &str,
        body: &[u8],
        repeat: Repeat<'_>,
        read: impl Fn(Reply) -> Result<A, OutsideError>,
    ) -> Result<A, OutsideError> {
        let (key, most) = match repeat {
            Repeat::Never => (None, 1),
            Repeat::Once(key) => (Some(key), 1),
            Repeat::Freely => (None, self.limits.attempts),
            Repeat::Under(key) => (Some(key), self.limits.attempts),
        };
        let pause = Duration::from_millis(self.limits.pause_ms.max(1));
        let pauses = ExponentialBuilder::default()
            .with_min_delay(pause)
            .with_jitter()
            .with_max_times(most.saturating_sub(1));
        let attempt = || self.attempt(&method, path, body, key, &read);
        let attempts = attempt.retry(pauses).when(OutsideError::may_pass);
        let whole = Duration::from_millis(self.limits.call_ms);
        let done = tokio::time::timeout(whole, attempts).await;
        done.unwrap_or(Err(OutsideError::Slow(whole)))
    }

    async fn attempt<A>(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
        key: Option<&str>,
        read: impl Fn(Reply) -> Result<A, OutsideError>,
    ) -> Result<A, OutsideError> {
        let permit = self.breaker.permit()?;
        let request = self.request(method.clone(), path, body, key)?;
        let time = Duration::from_millis(self.limits.attempt_ms);
        let answer = exchange(&self.client, request, time, self.limits.answer).await;
        let answer = answer.and_then(read);
        match &answer {
            Err(error) if error.is_fault() => permit.failed(),
            _ => permit.succeeded(),
        }
        answer
    }

    /// The request, signed anew for each attempt: a nonce is good once.
    fn request(
        &self,
        method: Method,
        path: &str,
        body: &[u8],
        key: Option<&str>,
    ) -> Result<Request, OutsideError> {
        let mut url = self.url.clone();
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        let mut request = self.client.request(method, url);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(value) = &self.authorization {
            request = request.header(header::AUTHORIZATION, value.clone());
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let unbuilt = |error: reqwest::Error| OutsideError::Unreachable(error.to_string());
        let mut request = request.body(body.to_vec()).build().map_err(unbuilt)?;
        if let Some(credential) = &self.credential {
            sign(&mut request, body, credential, key, (self.clock)())?;
        }
        Ok(request)
    }
}

/// Signs a request with this body and idempotency key, at unix millisecond `now`.
pub fn sign(
    request: &mut Request,
    body: &[u8],
    credential: &Credential,
    key: Option<&str>,
    now: i64,
) -> Result<(), OutsideError> {
    let digest = content_digest(credential.hash(), body);
    let url = request.url();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let covered = Covered {
        method: request.method().as_str(),
        authority: &authority(url),
        target: &target,
        digest: &digest,
        idempotency: key,
    };
    let signed = credential.sign(&covered, now.div_euclid(1000))?;
    let headers = [
        ("content-digest", digest),
        ("signature-input", signed.input),
        ("signature", signed.signature),
    ];
    for (name, value) in headers {
        let value = header::HeaderValue::from_str(&value)
            .map_err(|e| OutsideError::Unreachable(e.to_string()))?;
        request.headers_mut().insert(name, value);
    }
    Ok(())
}

/// Reads the body of an answer. The parser's words may repeat what was answered.
fn json<A: DeserializeOwned>(reply: Reply) -> Result<A, OutsideError> {
    let Reply { body, .. } = reply;
    let read = serde_json::from_slice(&body);
    read.map_err(|e| OutsideError::Answer(format!("no such JSON ({:?})", e.classify())))
}

/// Host and port as the `Host` header has them: lowercase, without the usual port
/// (RFC 9421, 2.2.3).
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering::SeqCst},
    };

    use axum::{Json, Router, http::StatusCode, routing::post};
    use serde_json::{Value, json};

    use super::*;

    /// A service that fails `failing` times, and the requests that it got.
    async fn service(failing: Arc<AtomicU32>) -> (String, Arc<AtomicU32>) {
        let got = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&got);
        let answer = move || async move {
            count.fetch_add(1, SeqCst);
            let fails = failing.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
            match fails {
                Ok(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
                Err(_) => Ok(Json(json!({ "done": true }))),
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/base/", listener.local_addr().unwrap());
        let router = Router::new().route("/base/do", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, got)
    }

    fn caller(url: &str, limits: Limits) -> (Caller, Arc<AtomicI64>) {
        let now = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&now);
        let clock: Clock = Arc::new(move || clock.load(SeqCst));
        let limits = Limits {
            pause_ms: 1,
            ..limits
        };
        (Caller::new(url, None, limits, clock).unwrap(), now)
    }

    async fn ask(caller: &Caller) -> Result<Value, OutsideError> {
        caller.post("/do", &json!({}), Repeat::Freely).await
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_and_not_for_ever() {
        let failing = Arc::new(AtomicU32::new(2));
        let (url, got) = service(Arc::clone(&failing)).await;
        let (caller, _) = caller(&url, Limits::default());
        ask(&caller).await.unwrap();
        assert_eq!(got.load(SeqCst), 3);
        failing.store(3, SeqCst);
        assert_eq!(ask(&caller).await, Err(OutsideError::Failed(503)));
        assert_eq!(got.load(SeqCst), 6);
        // What is refused is not asked again.
        let missing: Result<Value, _> = caller.post("/none", &json!({}), Repeat::Freely).await;
        assert_eq!(missing.unwrap_err().code(), "outside-refused");
        assert_eq!(got.load(SeqCst), 6);
    }

    /// Open after three failures, half open after the cool-down, closed after a success:
    /// on a real socket, by an injected clock.
    #[tokio::test]
    async fn a_service_that_fails_is_left_alone_and_tried_again() {
        let failing = Arc::new(AtomicU32::new(4));
        let (url, got) = service(Arc::clone(&failing)).await;
        let limits = Limits {
            attempts: 1,
            failures: 3,
            cool_down_ms: 1000,
            ..Limits::default()
        };
        let (caller, now) = caller(&url, limits);
        for _ in 0..3 {
            assert_eq!(ask(&caller).await, Err(OutsideError::Failed(503)));
        }
        for at in [0, 999] {
            now.store(at, SeqCst);
            let refused = ask(&caller).await.unwrap_err();
            assert_eq!(refused.code(), "outside-circuit-open");
        }
        assert_eq!(got.load(SeqCst), 3);
        now.store(1000, SeqCst);
        assert_eq!(ask(&caller).await, Err(OutsideError::Failed(503)));
        let refused = ask(&caller).await.unwrap_err();
        assert_eq!(refused.code(), "outside-circuit-open");
        now.store(2000, SeqCst);
        ask(&caller).await.unwrap();
        ask(&caller).await.unwrap();
        assert_eq!(got.load(SeqCst), 6);
    }

    #[test]
    fn without_tls_only_this_machine_is_asked() {
        let clock: Clock = Arc::new(|| 0);
        let new = |url: &str| Caller::new(url, None, Limits::default(), clock.clone());
        for url in [
            "https://ca.example/v1",
            "http://127.0.0.1:9",
            "http://127.8.0.1",
            "http://[::1]:81",
            "http://localhost/csc",
        ] {
            assert!(new(url).is_ok(), "{url}");
        }
        for url in [
            "http://ca.example/v1",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://[::2]",
        ] {
            let refused = new(url).err().unwrap();
            assert!(refused.contains("https address"), "{url}: {refused}");
        }
    }

    #[test]
    fn an_address_is_one_of_a_service() {
        let clock: Clock = Arc::new(|| 0);
        for url in [
            "",
            "ca.example",
            "ftp://ca.example",
            "http://ca/?q",
            "http://ca/#f",
        ] {
            let caller = Caller::new(url, None, Limits::default(), clock.clone());
            assert!(caller.is_err(), "{url}");
        }
        let url = |text: &str| text.parse::<Url>().unwrap();
        assert_eq!(authority(&url("https://CA.example:443/x")), "ca.example");
        assert_eq!(authority(&url("http://[::1]:81/x")), "[::1]:81");
    }
}
