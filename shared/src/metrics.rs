//! What `CloudWatch` counts: one line for each batch in its embedded metric format, on standard output like the log.
//!
//! A first-try success writes no log line, so this is all that is seen of it. The only dimension is the installation: one for
//! each webhook would cost as many metrics as there are customers. The format is a few fields, so they are written here
//! (docs/design/adr/0012-metrics-by-hand.md).

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    attempt::{Attempt, Reason, outcome::Verdict},
    delivery::Status,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Posthorn";

const DIMENSION: &str = "Stack";

/// The most values of one metric that `CloudWatch` accepts in a line. A batch has ten deliveries.
const MAX_VALUES: usize = 100;

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
    fn name(self) -> &'static str {
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
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Measure {
    /// Milliseconds of an attempt, until the last response header or the failure.
    AttemptTime,
    /// Milliseconds from SQS's receipt of the event to its first attempt.
    FirstAttemptAge,
    /// Seconds from the moment a retry was due to its beginning. SQS's own age of a message ends with its third receive.
    RetryLateness,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::AttemptTime => "AttemptTime",
            Self::FirstAttemptAge => "FirstAttemptAge",
            Self::RetryLateness => "RetryLateness",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::AttemptTime | Self::FirstAttemptAge => "Milliseconds",
            Self::RetryLateness => "Seconds",
        }
    }
}

/// Counts what happens until it is written. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// None: no metrics are collected, and nothing is kept.
    stack: Option<Arc<str>>,
    batch: Arc<Mutex<Batch>>,
}

#[derive(Debug, Default)]
struct Batch {
    counts: BTreeMap<Count, u64>,
    measures: BTreeMap<Measure, Vec<u64>>,
}

impl Metrics {
    /// Metrics of the installation of this name; without one nothing is counted.
    pub fn of(stack: Option<&str>) -> Self {
        Self { stack: stack.map(Arc::from), batch: Arc::default() }
    }

    pub fn count(&self, what: Count) {
        self.change(|batch| batch.count(what));
    }

    /// An attempt that was made. `expected` is when its event was accepted and, of a retry, when it was due, if it should not be late.
    pub fn attempted(&self, attempt: &Attempt, verdict: &Verdict, expected: Option<(Timestamp, Option<Timestamp>)>) {
        self.change(|batch| {
            batch.count(Count::Attempts);
            batch.count(match verdict {
                Verdict::Success => Count::Delivered,
                Verdict::Failure(_) => Count::FailedAttempts,
            });
            batch.measure(Measure::AttemptTime, attempt.response_time_ms);
            match expected {
                Some((_, Some(due))) => batch.measure(Measure::RetryLateness, milliseconds(due, attempt.at) / 1_000),
                // What is sent again is old by intention.
                Some((accepted_at, None)) if attempt.reason == Reason::Event => {
                    batch.measure(Measure::FirstAttemptAge, milliseconds(accepted_at, attempt.at));
                }
                Some((_, None)) | None => {}
            }
        });
    }

    /// A delivery that ended without success.
    pub fn ended(&self, status: Status) {
        match status {
            Status::Failed => self.count(Count::Failed),
            Status::Skipped => self.count(Count::Skipped),
            Status::Delivered | Status::Retrying => {}
        }
    }

    /// Writes what was counted since the last time, if anything was.
    pub fn flush(&self, now: Timestamp) {
        if let Some(line) = self.line(now) {
            // Metrics that cannot be written must not cost deliveries, and there is nowhere else to say it.
            let _ = io::stdout().write_all(line.as_bytes());
        }
    }

    fn change(&self, change: impl FnOnce(&mut Batch)) {
        if self.stack.is_some() {
            change(&mut self.batch.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn line(&self, now: Timestamp) -> Option<String> {
        let stack = self.stack.as_ref()?;
        let batch = std::mem::take(&mut *self.batch.lock().unwrap_or_else(PoisonError::into_inner));
        if batch.counts.is_empty() {
            return None;
        }
        let mut names = Vec::new();
        let mut line = Map::new();
        for (count, number) in batch.counts {
            names.push(json!({ "Name": count.name(), "Unit": "Count" }));
            line.insert(count.name().to_owned(), number.into());
        }
        for (measure, values) in batch.measures {
            names.push(json!({ "Name": measure.name(), "Unit": measure.unit() }));
            line.insert(measure.name().to_owned(), values.into());
        }
        let metrics = json!([{ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": names }]);
        line.insert(DIMENSION.to_owned(), stack.as_ref().into());
        line.insert("_aws".to_owned(), json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": metrics }));
        Some(format!("{}\n", Value::Object(line)))
    }
}

impl Batch {
    fn count(&mut self, what: Count) {
        let counted = self.counts.entry(what).or_default();
        *counted = counted.saturating_add(1);
    }

    fn measure(&mut self, what: Measure, value: u64) {
        let values = self.measures.entry(what).or_default();
        if values.len() < MAX_VALUES {
            values.push(value);
        }
    }
}

/// Milliseconds from one time to a later one; none if it is not later.
fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
