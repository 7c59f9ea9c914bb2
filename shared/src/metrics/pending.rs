//! What is counted, and when it has to be written.

use std::{collections::BTreeMap, time::Duration};

use domain::time;
use jiff::Timestamp;

/// The most values of one metric that `CloudWatch` accepts in a line.
const MAX_VALUES: usize = 100;

/// How many values of one metric are written without waiting for more. A batch adds ten at most, so a line holds all of them.
const ENOUGH_VALUES: usize = MAX_VALUES - 10;

/// How long counts of successes wait for others after a line was written. Longer saves more lines and loses more counts when Lambda ends
/// the execution environment (docs/design/adr/0036-gather-the-metrics-of-a-second.md).
const GATHERED_FOR: Duration = Duration::from_secs(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Events accepted: stored for the first time.
    Events,
    /// Events that were published before, and so did nothing.
    RepeatedEvents,
    /// Messages moved to the rejected-events queue.
    RejectedEvents,
    /// Requests sent to webhooks.
    Attempts,
    FailedAttempts,
    /// Deliveries that ended with a success.
    Delivered,
    /// Deliveries given up.
    Failed,
    /// Deliveries never attempted, as their webhook was disabled or no longer subscribed.
    Skipped,
    /// Webhooks disabled for their failures.
    Disables,
    /// Messages received over 20 times: waits and throttles explain few of them.
    ManyReceives,
    /// Runs of the minute's schedule.
    ScheduleRuns,
}

impl Count {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Events => "Events",
            Self::RepeatedEvents => "RepeatedEvents",
            Self::RejectedEvents => "RejectedEvents",
            Self::Attempts => "Attempts",
            Self::FailedAttempts => "FailedAttempts",
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Disables => "Disables",
            Self::ManyReceives => "ManyReceives",
            Self::ScheduleRuns => "ScheduleRuns",
        }
    }

    /// Whether it may wait for the counts of other batches. What an alarm waits for, and what went wrong, may not.
    fn may_wait(self) -> bool {
        match self {
            Self::Events | Self::Attempts | Self::Delivered => true,
            Self::RepeatedEvents
            | Self::RejectedEvents
            | Self::FailedAttempts
            | Self::Failed
            | Self::Skipped
            | Self::Disables
            | Self::ManyReceives
            | Self::ScheduleRuns => false,
        }
    }
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    /// Milliseconds of an attempt, until the last response header or the failure.
    AttemptTime,
    /// Milliseconds from SQS's receipt of the event to its first attempt.
    FirstAttemptAge,
    /// Seconds from the moment a retry was due to its beginning. SQS's own age of a message ends with its third receive.
    RetryLateness,
}

impl Measure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AttemptTime => "AttemptTime",
            Self::FirstAttemptAge => "FirstAttemptAge",
            Self::RetryLateness => "RetryLateness",
        }
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::AttemptTime | Self::FirstAttemptAge => "Milliseconds",
            Self::RetryLateness => "Seconds",
        }
    }

    /// An alarm waits for late retries.
    fn may_wait(self) -> bool {
        match self {
            Self::AttemptTime | Self::FirstAttemptAge => true,
            Self::RetryLateness => false,
        }
    }
}

/// What was counted and is not written yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    pub counts: BTreeMap<Count, u64>,
    pub measures: BTreeMap<Measure, Vec<u64>>,
}

impl Pending {
    pub(super) fn count(&mut self, what: Count) {
        let counted = self.counts.entry(what).or_default();
        *counted = counted.saturating_add(1);
    }

    pub(super) fn measure(&mut self, what: Measure, value: u64) {
        let values = self.measures.entry(what).or_default();
        if values.len() < MAX_VALUES {
            values.push(value);
        }
    }

    /// Whether it has to be written now, after a line that was written then.
    pub(super) fn is_due(&self, last_line: Option<Timestamp>, now: Timestamp) -> bool {
        !self.counts.is_empty() && (self.has_urgent() || self.has_enough() || has_waited(last_line, now))
    }

    fn has_urgent(&self) -> bool {
        self.counts.keys().any(|count| !count.may_wait()) || self.measures.keys().any(|measure| !measure.may_wait())
    }

    fn has_enough(&self) -> bool {
        self.measures.values().any(|values| values.len() >= ENOUGH_VALUES)
    }
}

/// A clock that stepped back must not hold lines up.
fn has_waited(last_line: Option<Timestamp>, now: Timestamp) -> bool {
    last_line.is_none_or(|last_line| now < last_line || time::between(last_line, now) >= GATHERED_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn counted(counts: &[Count], measured: &[(Measure, usize)]) -> Pending {
        let mut pending = Pending::default();
        for count in counts {
            pending.count(*count);
        }
        for (measure, values) in measured {
            (0..*values).for_each(|_| pending.measure(*measure, 1));
        }
        pending
    }

    #[test]
    fn successes_wait_for_a_second_and_nothing_else_does() {
        use Count::{Attempts, Delivered, Events, FailedAttempts, ManyReceives, RepeatedEvents, ScheduleRuns};
        use Measure::{AttemptTime, FirstAttemptAge, RetryLateness};
        let (first, last) = (None, Some(at(5_000)));
        for (counts, measures, last_line, now, is_due) in [
            (vec![], vec![], first, 5_000, false),
            (vec![], vec![], last, 9_000, false),
            (vec![Events], vec![], first, 5_000, true),
            (vec![Events], vec![], last, 5_000, false),
            (vec![Attempts, Delivered], vec![(AttemptTime, 1), (FirstAttemptAge, 1)], last, 5_999, false),
            (vec![Attempts, Delivered], vec![(AttemptTime, 1), (FirstAttemptAge, 1)], last, 6_000, true),
            // A clock that stepped back.
            (vec![Events], vec![], last, 4_999, true),
            (vec![Events, RepeatedEvents], vec![], last, 5_001, true),
            (vec![Attempts, FailedAttempts], vec![(AttemptTime, 1)], last, 5_001, true),
            (vec![Attempts, Delivered], vec![(AttemptTime, 1), (RetryLateness, 1)], last, 5_001, true),
            (vec![ManyReceives], vec![], last, 5_001, true),
            (vec![ScheduleRuns], vec![], last, 5_001, true),
            (vec![Attempts], vec![(AttemptTime, ENOUGH_VALUES - 1)], last, 5_001, false),
            (vec![Attempts], vec![(AttemptTime, ENOUGH_VALUES)], last, 5_001, true),
        ] {
            let pending = counted(&counts, &measures);
            assert_eq!(pending.is_due(last_line, at(now)), is_due, "{counts:?} {measures:?} {last_line:?} {now}");
        }
    }
}
