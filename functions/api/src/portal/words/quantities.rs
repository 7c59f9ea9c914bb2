//! Numbers in words: counts, sizes, and how long something takes.

use std::time::Duration;

use shared::domain::attempt::Attempt;

use super::advice::kind;

/// A count with its thousands apart: `1,554`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len().saturating_add(digits.len() / 3));
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 delivery`, `1,554 deliveries`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `1,554 deliveries`.
pub(crate) fn deliveries(number: u64) -> String {
    counted(number, "delivery", "deliveries")
}

/// A size as people read it: `312 bytes`, `1.5 KB`, `256 KB`.
pub(crate) fn size(bytes: usize) -> String {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let (unit, name) = match bytes {
        0..1_024 => return counted(bytes, "byte", "bytes"),
        1_024..1_048_576 => (1_024, "KB"),
        _ => (1_048_576, "MB"),
    };
    // Rounded to a tenth, without floating point.
    let tenths = bytes.saturating_mul(10).saturating_add(unit / 2) / unit;
    match (tenths / 10, tenths % 10) {
        (whole, tenth) if tenth == 0 || whole >= 10 => format!("{} {name}", count(whole)),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

/// How long something takes, roughly: `a few seconds`, `about 3 min`, `about 2 h`.
pub(crate) fn about(wait: Duration) -> String {
    let seconds = wait.as_secs();
    match seconds {
        0..10 => "a few seconds".to_owned(),
        10..90 => format!("about {} s", seconds.div_ceil(10).saturating_mul(10)),
        90..5_400 => format!("about {} min", rounded(seconds, 60)),
        5_400..129_600 => format!("about {} h", rounded(seconds, 3_600)),
        _ => format!("about {} days", count(rounded(seconds, 86_400))),
    }
}

/// How long so many deliveries take, one after the other at this distance.
pub(crate) fn time_for(deliveries: u64, apart: Duration) -> Duration {
    let apart = u64::try_from(apart.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(deliveries.saturating_mul(apart))
}

fn rounded(seconds: u64, unit: u64) -> u64 {
    seconds.saturating_add(unit / 2).checked_div(unit).unwrap_or(seconds)
}

/// A length of time in its two largest units: `45 s`, `2 h 5 min`, `3 days`.
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let parts = [(days, if days == 1 { "day" } else { "days" }), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let first = parts.iter().position(|(number, _)| *number > 0).unwrap_or(parts.len().saturating_sub(1));
    let shown = parts.iter().skip(first).take(2).enumerate().filter(|(place, (number, _))| *place == 0 || *number > 0);
    shown.map(|(_, (number, unit))| format!("{} {unit}", count(*number))).collect::<Vec<_>>().join(" ")
}

/// What an attempt took: `87 ms`.
pub(crate) fn took(attempt: &Attempt) -> String {
    format!("{} ms", count(attempt.response_time_ms))
}

/// What an attempt came to: `503 · 87 ms`, `timeout · 5,000 ms`.
pub(crate) fn answer(attempt: &Attempt) -> String {
    format!("{} · {}", kind(attempt.error_class, attempt.status_code), took(attempt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_554, "1,554"),
            (1_000_000, "1,000,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!((deliveries(0), deliveries(1)), ("0 deliveries".to_owned(), "1 delivery".to_owned()));
    }

    #[test]
    fn sizes_are_rounded_to_what_a_reader_needs() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_023, "1,023 bytes"),
            (1_024, "1 KB"),
            (1_536, "1.5 KB"),
            (20_000, "19 KB"),
            (262_144, "256 KB"),
            (1_048_575, "1,024 KB"),
            (1_572_864, "1.5 MB"),
        ] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn a_wait_is_told_roughly() {
        for (seconds, text) in [
            (0, "a few seconds"),
            (9, "a few seconds"),
            (10, "about 10 s"),
            (31, "about 40 s"),
            (89, "about 90 s"),
            (90, "about 2 min"),
            (156, "about 3 min"),
            (5_399, "about 90 min"),
            (5_400, "about 2 h"),
            (86_400, "about 24 h"),
            (200_000, "about 2 days"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), text, "{seconds}");
        }
        assert_eq!(about(time_for(1_554, Duration::from_millis(100))), "about 3 min");
        assert_eq!(time_for(101, Duration::from_millis(10)), Duration::from_millis(1_010));
        assert!(time_for(u64::MAX, Duration::MAX) > time_for(1, Duration::from_secs(1)));
        assert!(about(Duration::MAX).starts_with("about "));
    }

    #[test]
    fn a_length_of_time_has_at_most_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (45, "45 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (7_500, "2 h 5 min"),
            (7_201, "2 h"),
            (86_400, "1 day"),
            (266_400, "3 days 2 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text, "{seconds}");
        }
    }
}
