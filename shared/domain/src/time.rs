//! Points in time and how they are written: RFC 3339 in UTC, ending in `Z`.

use std::time::Duration;

use jiff::Timestamp;

/// `time` plus `wait`, staying at the last representable instant rather than overflowing.
pub fn after(time: Timestamp, wait: Duration) -> Timestamp {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(time.as_millisecond().saturating_add(wait)).unwrap_or(Timestamp::MAX)
}

/// `time` minus `wait`, staying at the first representable instant.
pub fn before(time: Timestamp, wait: Duration) -> Timestamp {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(time.as_millisecond().saturating_sub(wait)).unwrap_or(Timestamp::MIN)
}

/// How long from `start` to `end`; zero when `end` is earlier.
pub fn between(start: Timestamp, end: Timestamp) -> Duration {
    let ms = end.as_millisecond().saturating_sub(start.as_millisecond());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// `2026-05-25T14:32:01Z`: whole seconds, as both guides write times.
pub fn whole_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// `2026-05-25T14:32:01.120Z`: always three digits, so that texts sort as times do.
pub fn milliseconds(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// An RFC 3339 time as it is sent: in UTC, ending in `Z`, with its fraction as it was given. `None` for any other text, and for a
/// second of 60, which few receivers can read.
pub fn utc_text(text: &str) -> Option<String> {
    let (head, tail) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let head = head.to_ascii_uppercase();
    if !fits(&head, "0000-00-00T00:00:00") || head.ends_with(":60") {
        return None;
    }
    let (fraction, offset) = tail.split_at_checked(tail.find(|char| !matches!(char, '.' | '0'..='9'))?)?;
    let has_digits = fraction.len() > 1 && fraction.starts_with('.') && !fraction.get(1..)?.contains('.');
    if !(fraction.is_empty() || has_digits) {
        return None;
    }
    let local: Timestamp = format!("{head}Z").parse().ok()?;
    let utc = Timestamp::from_second(local.as_second().checked_sub(offset_seconds(offset)?)?).ok()?.to_string();
    // Outside the years 0000 to 9999 the text has another length, or a sign.
    let whole = utc.strip_suffix('Z').filter(|whole| fits(whole, "0000-00-00T00:00:00"))?;
    Some(format!("{whole}{fraction}Z"))
}

/// Seconds east of Greenwich of `Z`, `+hh:mm` or `-hh:mm`.
fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1i64 } else { 1 };
    let digits = text.strip_prefix(['+', '-']).filter(|digits| fits(digits, "00:00"))?;
    let (hours, minutes) = digits.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
    if hours < 24 && minutes < 60 { seconds.checked_mul(sign) } else { None }
}

/// Whether a text has a digit wherever the shape has a zero, and the shape's own characters elsewhere.
fn fits(text: &str, shape: &str) -> bool {
    let fits = |(byte, want): (u8, u8)| if want == b'0' { byte.is_ascii_digit() } else { byte == want };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_differences_stay_where_times_can_be() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let second = Duration::from_secs(1);
        assert_eq!((after(at(500), second), before(at(1_500), second)), (at(1_500), at(500)));
        assert_eq!((after(Timestamp::MAX, second), before(Timestamp::MIN, second)), (Timestamp::MAX, Timestamp::MIN));
        assert_eq!((between(at(500), at(1_500)), between(at(1_500), at(500))), (second, Duration::ZERO));
    }

    #[test]
    fn an_rfc_3339_time_is_sent_in_utc_with_its_fraction() {
        for (text, sent) in [
            ("2026-05-25T14:32:01Z", Some("2026-05-25T14:32:01Z")),
            ("2026-05-25T14:32:01.123456Z", Some("2026-05-25T14:32:01.123456Z")),
            ("2026-05-25T14:32:01.0000000000001Z", Some("2026-05-25T14:32:01.0000000000001Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("2026-09-25T14:48:09+00:00", Some("2026-09-25T14:48:09Z")),
            ("2026-09-25T14:48:09-00:00", Some("2026-09-25T14:48:09Z")),
            ("2026-05-25T14:32:01.50+02:00", Some("2026-05-25T12:32:01.50Z")),
            ("2026-12-31T23:59:59-05:30", Some("2027-01-01T05:29:59Z")),
            ("2026-05-25t14:32:01z", Some("2026-05-25T14:32:01Z")),
            ("9999-12-31T23:59:59-00:01", None),
            ("0000-01-01T00:00:00+00:01", None),
            ("2026-05-25T14:32:60Z", None),
            ("2026-05-25T14:32:01+24:00", None),
            ("2026-05-25T14:32:01+02:60", None),
            ("2026-05-25T14:32:01+0200", None),
            ("2026-05-25T14:32:01+02", None),
            ("2026-05-25T14:32:01", None),
            ("2026-05-25 14:32:01Z", None),
            ("2026-05-25T14:32Z", None),
            ("2026-13-25T14:32:01Z", None),
            ("2026-02-30T14:32:01Z", None),
            ("2026-05-25T24:00:00Z", None),
            ("2026-05-25T14:32:01.Z", None),
            ("2026-05-25T14:32:01.5.5Z", None),
            ("1764000000", None),
            ("", None),
            ("é026-05-25T14:32:01Z", None),
        ] {
            assert_eq!(utc_text(text).as_deref(), sent, "{text}");
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
