//! Points in time. A page says them in UTC; the script adds how long ago that was.

use std::time::Duration;

use jiff::Timestamp;
use shared::domain::time;

/// A point in time for a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// For machines: RFC 3339 with milliseconds.
    pub(crate) datetime: String,
    /// For people: `2026-05-25 14:32:01 UTC`.
    pub(crate) text: String,
}

impl Moment {
    pub(crate) fn of(at: Timestamp) -> Self {
        Self { datetime: time::milliseconds(at), text: format!("{} {} UTC", day(at), clock(at)) }
    }

    /// For a list that names the day elsewhere: `14:32:01`.
    pub(crate) fn within_day(at: Timestamp) -> Self {
        Self { text: clock(at), ..Self::of(at) }
    }
}

/// `2026-05-25`, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// The day as a heading: `Today`, `Yesterday`, else `Monday, 25 May 2026`. All in UTC, as every time of a page.
pub(crate) fn day_heading(at: Timestamp, now: Timestamp) -> String {
    let whole_day = Duration::from_hours(24);
    let named = at.strftime("%A, %-d %B %Y");
    match day(at) {
        today if today == day(now) => format!("Today, {}", at.strftime("%-d %B")),
        yesterday if yesterday == day(time::before(now, whole_day)) => {
            format!("Yesterday, {}", at.strftime("%-d %B"))
        }
        _ => named.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_has_a_text_for_machines_and_one_for_people() {
        let moment = Moment::of(at("2026-05-25T14:32:01.1209Z"));
        assert_eq!(moment.datetime, "2026-05-25T14:32:01.120Z");
        assert_eq!(moment.text, "2026-05-25 14:32:01 UTC");
        assert_eq!(Moment::within_day(at("2026-05-25T04:02:01Z")).text, "04:02:01");
    }

    #[test]
    fn a_days_heading_is_named_from_the_readers_day() {
        let now = at("2026-05-25T00:10:00Z");
        for (then, heading) in [
            ("2026-05-25T00:00:00Z", "Today, 25 May"),
            ("2026-05-24T23:59:59.999Z", "Yesterday, 24 May"),
            ("2026-05-23T12:00:00Z", "Saturday, 23 May 2026"),
            ("2025-05-25T12:00:00Z", "Sunday, 25 May 2025"),
            ("2026-05-26T00:00:00Z", "Tuesday, 26 May 2026"),
        ] {
            assert_eq!(day_heading(at(then), now), heading, "{then}");
        }
    }
}
