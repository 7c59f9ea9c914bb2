//! Points in time and how they are written: RFC 3339 in UTC, ending in `Z`.

use std::time::Duration;

use jiff::Timestamp;

/// `time` plus `wait`, staying at the last representable instant rather than overflowing.
#[must_use]
pub fn after(time: Timestamp, wait: Duration) -> Timestamp {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(time.as_millisecond().saturating_add(wait)).unwrap_or(Timestamp::MAX)
}

/// `time` minus `wait`, staying at the first representable instant.
#[must_use]
pub fn before(time: Timestamp, wait: Duration) -> Timestamp {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(time.as_millisecond().saturating_sub(wait)).unwrap_or(Timestamp::MIN)
}

/// How long from `start` to `end`; zero when `end` is earlier.
#[must_use]
pub fn between(start: Timestamp, end: Timestamp) -> Duration {
    let ms = end.as_millisecond().saturating_sub(start.as_millisecond());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// `2026-05-25T14:32:01Z`: whole seconds, as both guides write times.
#[must_use]
pub fn whole_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// `2026-05-25T14:32:01.120Z`: always three digits, so that texts sort as times do.
#[must_use]
pub fn milliseconds(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// [`milliseconds`] for serde.
///
/// # Errors
/// The serializer's own.
pub fn serialize_milliseconds<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&milliseconds(*time))
}

/// Reads an RFC 3339 time in UTC that ends in `Z`; any other spelling is `None`.
#[must_use]
pub fn parse_utc(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shape = b"0000-00-00T00:00:00";
    let (head, tail) = bytes.split_at_checked(shape.len())?;
    let head_fits = head.iter().zip(shape).all(|(byte, want)| match want {
        b'0' => byte.is_ascii_digit(),
        _ => byte == want,
    });
    let fraction = tail.strip_suffix(b"Z")?;
    let fraction_fits = match fraction.split_first() {
        None => true,
        Some((b'.', digits)) => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    if head_fits && fraction_fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rfc_3339_in_utc_with_a_capital_z_is_a_time() {
        for (text, good) in [
            ("2026-05-25T14:32:01Z", true),
            ("2026-05-25T14:32:01.123456Z", true),
            ("0001-01-01T00:00:00Z", true),
            ("2026-05-25T14:32:01+00:00", false),
            ("2026-05-25t14:32:01z", false),
            ("2026-05-25 14:32:01Z", false),
            ("2026-05-25T14:32Z", false),
            ("2026-13-25T14:32:01Z", false),
            ("2026-02-30T14:32:01Z", false),
            ("2026-05-25T14:32:01.Z", false),
            ("1764000000", false),
            ("", false),
        ] {
            assert_eq!(parse_utc(text).is_some(), good, "{text}");
        }
    }

    #[test]
    fn a_time_is_written_in_whole_seconds_ending_in_z() {
        let time: Timestamp = "2026-05-25T14:32:01.987Z".parse().unwrap();
        assert_eq!(whole_seconds(time), "2026-05-25T14:32:01Z");
    }

    #[test]
    fn times_with_milliseconds_sort_as_text() {
        let at = |text: &str| milliseconds(text.parse().unwrap());
        assert_eq!(at("2026-05-25T14:32:01Z"), "2026-05-25T14:32:01.000Z");
        assert!(at("2026-05-25T14:32:01.4Z") < at("2026-05-25T14:32:01.45Z"));
    }

    #[test]
    fn an_absurd_wait_stays_within_the_calendar() {
        assert_eq!(after(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
        assert_eq!(between(Timestamp::MAX, Timestamp::UNIX_EPOCH), Duration::ZERO);
    }
}
