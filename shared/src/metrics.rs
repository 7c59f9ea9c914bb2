//! What `CloudWatch` counts: lines in its embedded metric format, on standard output like the log.
//!
//! A first-try success writes no log line, so this is all that is seen of it. The only dimension is the installation: one for
//! each webhook would cost as many metrics as there are customers. The format is a few fields, so they are written here
//! (docs/design/adr/0012-metrics-by-hand.md). [`pending`] says what a line may wait for.

mod pending;

use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    attempt::{Attempt, Reason, outcome::Verdict},
    delivery::Status,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use self::pending::Count;
use self::pending::{Measure, Pending};

const NAMESPACE: &str = "Posthorn";

const DIMENSION: &str = "Stack";

/// Counts what happens until it is written. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// None: no metrics are collected, and nothing is kept.
    stack: Option<Arc<str>>,
    counted: Arc<Mutex<Counted>>,
}

#[derive(Debug, Default)]
struct Counted {
    pending: Pending,
    /// When the batch ended that was counted last, if it is still pending.
    ended_at: Option<Timestamp>,
    /// Of which time the last line spoke.
    last_line: Option<Timestamp>,
}

impl Metrics {
    /// Metrics of the installation of this name; without one nothing is counted.
    pub fn of(stack: Option<&str>) -> Self {
        Self { stack: stack.map(Arc::from), counted: Arc::default() }
    }

    pub fn count(&self, what: Count) {
        self.change(|pending| pending.count(what));
    }

    /// An attempt that was made. `expected` is when its event was accepted and, of a retry, when it was due, if it should not be late.
    pub fn attempted(&self, attempt: &Attempt, verdict: &Verdict, expected: Option<(Timestamp, Option<Timestamp>)>) {
        self.change(|pending| {
            pending.count(Count::Attempts);
            pending.count(match verdict {
                Verdict::Success => Count::Delivered,
                Verdict::Failure(_) => Count::FailedAttempts,
            });
            pending.measure(Measure::AttemptTime, attempt.response_time_ms);
            match expected {
                Some((_, Some(due))) => pending.measure(Measure::RetryLateness, milliseconds(due, attempt.at) / 1_000),
                // What is sent again is old by intention.
                Some((accepted_at, None)) if attempt.reason == Reason::Event => {
                    pending.measure(Measure::FirstAttemptAge, milliseconds(accepted_at, attempt.at));
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

    /// A batch begins. Writes what earlier ones left, if it has waited long enough: Lambda may have frozen the process in between.
    pub fn begin(&self, now: Timestamp) {
        write(self.line_at_begin(now));
    }

    /// A batch is over. Writes what was counted, unless it may wait for the next batch.
    pub fn end(&self, now: Timestamp) {
        write(self.line_at_end(now));
    }

    fn line_at_begin(&self, now: Timestamp) -> Option<String> {
        let mut counted = self.counted();
        let ended_at = counted.ended_at?;
        let is_due = counted.pending.is_due(counted.last_line, now);
        is_due.then(|| self.line(counted.take(ended_at), ended_at)).flatten()
    }

    fn line_at_end(&self, now: Timestamp) -> Option<String> {
        let mut counted = self.counted();
        if counted.pending.is_due(counted.last_line, now) {
            return self.line(counted.take(now), now);
        }
        counted.ended_at = Some(now);
        None
    }

    fn change(&self, change: impl FnOnce(&mut Pending)) {
        if self.stack.is_some() {
            change(&mut self.counted().pending);
        }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line of what was counted until then.
    fn line(&self, counted: Pending, at: Timestamp) -> Option<String> {
        let stack = self.stack.as_ref()?;
        let mut names = Vec::new();
        let mut line = Map::new();
        for (count, number) in counted.counts {
            names.push(json!({ "Name": count.name(), "Unit": "Count" }));
            line.insert(count.name().to_owned(), number.into());
        }
        for (measure, values) in counted.measures {
            names.push(json!({ "Name": measure.name(), "Unit": measure.unit() }));
            line.insert(measure.name().to_owned(), values.into());
        }
        let metrics = json!([{ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": names }]);
        line.insert(DIMENSION.to_owned(), stack.as_ref().into());
        line.insert("_aws".to_owned(), json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": metrics }));
        Some(format!("{}\n", Value::Object(line)))
    }
}

fn write(line: Option<String>) {
    if let Some(line) = line {
        // Metrics that cannot be written must not cost deliveries, and there is nowhere else to say it.
        let _ = io::stdout().write_all(line.as_bytes());
    }
}

impl Counted {
    /// What is to be written as of this time.
    fn take(&mut self, at: Timestamp) -> Pending {
        self.last_line = Some(at);
        self.ended_at = None;
        std::mem::take(&mut self.pending)
    }
}

/// Milliseconds from one time to a later one; none if it is not later.
fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
