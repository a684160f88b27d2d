//! Dates as PDF writes them (ISO 32000-2, 7.9.4), in UTC.

/// `D:20261124093000Z` of unix milliseconds; years 0 to 9999.
pub(crate) fn pdf_date(time_ms: i64) -> String {
    // 9999-12-31T23:59:59Z; what is outside is drawn to the edge.
    let seconds = time_ms.div_euclid(1000).clamp(0, 253_402_300_799);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("D:{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day of the days since 1970-01-01, in the Gregorian calendar. Counts
/// from March, so that the leap day is the last of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let day = days + 719_468;
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_where_the_calendar_has_them() {
        assert_eq!(pdf_date(0), "D:19700101000000Z");
        assert_eq!(pdf_date(951_782_400_000), "D:20000229000000Z");
        assert_eq!(pdf_date(1_795_509_000_999), "D:20261124083000Z");
        assert_eq!(pdf_date(i64::MAX), "D:99991231235959Z");
    }
}
