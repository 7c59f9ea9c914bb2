//! `Retry-After` (RFC 9110, section 10.2.3) as a hostile receiver may write it.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// The longest wait a receiver can ask for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// Reads seconds or an HTTP date. What is neither, negative or past is `None`; what is absurdly long is [`MAX_RETRY_AFTER`].
pub fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let now = Duration::try_from(now.duration_since(Timestamp::UNIX_EPOCH)).ok()?;
    at.checked_sub(now).filter(|wait| !wait.is_zero()).map(|wait| wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T07:28:00Z".parse().unwrap()
    }

    #[test]
    fn both_forms_are_read_and_absurd_values_are_not_believed() {
        let seconds = |n| Some(Duration::from_secs(n));
        for (value, wait) in [
            ("120", seconds(120)),
            (" 7 ", seconds(7)),
            ("0", seconds(0)),
            ("Sun, 22 Nov 2026 07:29:00 GMT", seconds(60)),
            ("Sunday, 22-Nov-26 07:29:00 GMT", seconds(60)),
            ("Sun Nov 22 07:29:00 2026", seconds(60)),
            ("Sun, 22 Nov 2026 07:27:00 GMT", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(MAX_RETRY_AFTER)),
            ("99999999999999999999999999", Some(MAX_RETRY_AFTER)),
            ("86401", Some(MAX_RETRY_AFTER)),
            ("1e300", None),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("inf", None),
            ("NaN", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(parse(value, now()), wait, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_value_panics_or_waits_longer_than_a_day(value in ".{0,40}") {
            prop_assert!(parse(&value, now()).unwrap_or_default() <= MAX_RETRY_AFTER);
        }
    }
}
