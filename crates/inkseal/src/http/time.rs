//! Times in the API: RFC 3339, UTC, milliseconds.

use axum::http::StatusCode;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use super::problem::Problem;

/// Milliseconds since 1970 as RFC 3339.
pub fn rfc3339(millis: i64) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&format).ok())
        .unwrap_or_default()
}

/// A time of a request, RFC 3339, as milliseconds since 1970; `field` is named when it is
/// none.
pub fn millis(field: &'static str, text: &str) -> Result<i64, Problem> {
    let wrong = || {
        let detail = format!("{field}: a time as 2026-11-27T09:30:00Z is expected");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail)
    };
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).map_err(|_| wrong())
}
