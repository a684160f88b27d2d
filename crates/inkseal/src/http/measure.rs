//! How many requests, how long they take, and which are refused: by route templates,
//! methods, statuses and codes alone, so that nothing of a request's content shows.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};

/// Measures one request.
pub async fn request(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = name(request.method());
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let answer = next.run(request).await;
    let status = answer.status().as_u16().to_string();
    let seconds = began.elapsed();
    metrics::histogram!("inkseal_http_request_seconds", "route" => route.clone()).record(seconds);
    metrics::counter!(
        "inkseal_http_requests_total",
        "method" => method, "route" => route, "status" => status,
    )
    .increment(1);
    answer
}

/// Anybody can invent methods.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
