//! The fields for a point in time: text in UTC, because a form works without a script, and a script alone knows the reader's zone.

use jiff::{Timestamp, fmt::strtime};
use shared::domain::time;

/// What a field that cannot be read gets as its error.
pub(crate) const EXPECTED: &str = "Write a time in UTC, such as 2026-05-25 14:32.";

/// The forms without an offset, which mean UTC.
const FORMS: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d"];

/// Reads a field: RFC 3339, or a date and perhaps a time of day in UTC. An empty field is no time; `Err` is no time either.
pub(crate) fn parse(text: &str) -> Result<Option<Timestamp>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // In a query, a plus sign that was not percent-encoded is read as a space.
    for rfc in [text.to_owned(), text.replace(' ', "+"), text.replacen(' ', "T", 1)] {
        if let Some(at) = time::utc_text(&rfc).and_then(|utc| utc.parse().ok()) {
            return Ok(Some(at));
        }
    }
    let plain = text.trim_end_matches("UTC").trim_end_matches(['z', 'Z']).trim_end().replacen(['T', 't'], " ", 1);
    let found = FORMS.iter().find_map(|form| read(form, &plain));
    found.map(Some).ok_or(EXPECTED)
}

fn read(form: &str, text: &str) -> Option<Timestamp> {
    let parsed = strtime::parse(form, text).ok()?;
    let date = parsed.to_date().ok()?;
    let at = parsed.to_time().unwrap_or_else(|_| jiff::civil::Time::midnight());
    date.to_datetime(at).to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// What a field shows: `2026-05-25 14:32:01`, with milliseconds where they are not zero, so that what is sent back is the same time.
pub(crate) fn text(at: Timestamp) -> String {
    let form = if at.subsec_millisecond() == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.3f" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_and_programs_write_it() {
        for (written, read) in [
            ("2026-05-25T14:32:01Z", "2026-05-25T14:32:01Z"),
            ("2026-05-25T14:32:01.120Z", "2026-05-25T14:32:01.12Z"),
            ("2026-05-25T16:32:01+02:00", "2026-05-25T14:32:01Z"),
            ("2026-05-25T16:32:01 02:00", "2026-05-25T14:32:01Z"),
            ("2026-05-25 14:32:01Z", "2026-05-25T14:32:01Z"),
            ("2026-05-25T14:32", "2026-05-25T14:32:00Z"),
            ("2026-05-25 14:32", "2026-05-25T14:32:00Z"),
            ("2026-05-25 14:32 UTC", "2026-05-25T14:32:00Z"),
            ("2026-05-25T14:32Z", "2026-05-25T14:32:00Z"),
            ("2026-05-25 14:32:01.5", "2026-05-25T14:32:01.5Z"),
            ("  2026-05-25 ", "2026-05-25T00:00:00Z"),
        ] {
            assert_eq!(parse(written), Ok(Some(read.parse().unwrap())), "{written}");
        }
        assert_eq!(parse("  "), Ok(None));
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        for text in [
            "yesterday",
            "14:32",
            "2026-13-01",
            "2026-02-30 10:00",
            "2026-05-25 25:00",
            "2026-05-25 14:32 CET",
            "\0",
            "1e9",
        ] {
            assert_eq!(parse(text), Err(EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn what_a_field_shows_is_read_as_the_same_time() {
        for (at, shown) in
            [("2026-05-25T14:32:01Z", "2026-05-25 14:32:01"), ("2026-05-25T14:32:01.007Z", "2026-05-25 14:32:01.007")]
        {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(text(at), shown);
            assert_eq!(parse(shown), Ok(Some(at)));
        }
    }
}
