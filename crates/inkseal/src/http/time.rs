//! Times in the API: RFC 3339, UTC, milliseconds.

use time::{OffsetDateTime, macros::format_description};

/// Milliseconds since 1970 as RFC 3339.
pub fn rfc3339(millis: i64) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&format).ok())
        .unwrap_or_default()
}
