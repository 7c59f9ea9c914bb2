//! Whether an account is in use.

use std::time::Duration;

use jiff::Timestamp;

use super::super::{time, webhook::route::SKIPPED_FOR};

/// Whether an account is in use, and since when it is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccountStatus {
    #[default]
    Active,
    /// Its keys are rejected and nothing is sent, but everything is kept.
    Suspended { since: Timestamp },
    /// For everybody but the operator it is gone; what it had is being erased.
    Deleting { since: Timestamp },
}

impl AccountStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended { .. } => "suspended",
            Self::Deleting { .. } => "deleting",
        }
    }

    /// Whether the account is gone for everybody but the operator.
    pub fn is_deleting(self) -> bool {
        matches!(self, Self::Deleting { .. })
    }

    /// Since when it has not been active.
    pub fn since(self) -> Option<Timestamp> {
        match self {
            Self::Active => None,
            Self::Suspended { since } | Self::Deleting { since } => Some(since),
        }
    }

    /// Whether an event is still recorded as skipped while the account is suspended. As for a disabled webhook, later events are in the
    /// event log only.
    pub fn records_skipped(self, now: Timestamp) -> bool {
        self.since().is_none_or(|since| time::between(since, now) <= SKIPPED_FOR)
    }
}

/// How long after its deletion an account's writers may still be at work: twice the longest timeout of a function, which is 60 s.
/// Erasing begins after that, so that nothing which is written late survives.
pub const WRITERS_END_AFTER: Duration = Duration::from_mins(2);

/// What is known of the event log when an account is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogCoverage {
    /// Every event that is stored has an entry.
    Whole,
    /// Events stored before this time may have none.
    Since(Timestamp),
    /// Events have no entries.
    None,
}

/// From when an account that is deleted may be forgotten altogether. An event without an entry in the event log cannot be found, so the
/// account must outlive it.
pub fn forgotten_from(
    deleted_at: Timestamp,
    coverage: LogCoverage,
    writers_end_after: Duration,
    retention: Duration,
) -> Timestamp {
    let writers_end = time::after(deleted_at, writers_end_after);
    match coverage {
        LogCoverage::Whole => writers_end,
        LogCoverage::Since(time) => writers_end.max(time::after(time.min(deleted_at), retention)),
        LogCoverage::None => writers_end.max(time::after(deleted_at, retention)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_status_has_one_name_and_says_since_when() {
        for (status, name, since) in [
            (AccountStatus::Active, "active", None),
            (AccountStatus::Suspended { since: at(3) }, "suspended", Some(at(3))),
            (AccountStatus::Deleting { since: at(4) }, "deleting", Some(at(4))),
        ] {
            assert_eq!((status.as_str(), status.since()), (name, since));
        }
    }

    #[test]
    fn a_suspended_accounts_events_are_recorded_for_a_day() {
        let suspended = AccountStatus::Suspended { since: at(100) };
        for (now, records) in [(at(100), true), (at(86_500), true), (at(86_501), false)] {
            assert_eq!(suspended.records_skipped(now), records, "{now}");
        }
    }

    #[test]
    fn an_account_outlives_its_writers_and_events_nobody_can_find() {
        let (writers, day) = (Duration::from_mins(2), 86_400);
        let kept = Duration::from_hours(24 * 30);
        for (coverage, from) in [
            (LogCoverage::Whole, at(1_000 * day + 120)),
            (LogCoverage::Since(at(999 * day)), at(1_029 * day)),
            (LogCoverage::Since(at(900 * day)), at(1_000 * day + 120)),
            (LogCoverage::None, at(1_030 * day)),
        ] {
            assert_eq!(forgotten_from(at(1_000 * day), coverage, writers, kept), from, "{coverage:?}");
        }
    }
}
