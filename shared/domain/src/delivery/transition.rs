//! What follows: the only place that changes a delivery's record, and says how its message then waits.
//!
//! | what happened | status | owner | next attempt | write | then |
//! |---|---|---|---|---|---|
//! | first attempt succeeded | `delivered` | none | none | together with others | acknowledge |
//! | later attempt succeeded | `delivered` | none | none | always: success wins | acknowledge |
//! | failed, schedule goes on, first or slow lane | `retrying` | none | due | if none is recorded | hand over |
//! | failed, schedule goes on, retry lane | `retrying` | this message | due | if unchanged | put back |
//! | the same, under pressure | `retrying` | none | due | if unchanged | hand over |
//! | failed, long wait | `retrying` | none | due | if unchanged | park |
//! | failed, schedule spent or gone | `failed` | none | none | if unchanged | acknowledge |
//! | stopped, attempted before or expired | `failed` | none | none | if unchanged | acknowledge |
//! | stopped, never attempted | `skipped` | none | none | if unchanged | acknowledge |
//!
//! [`rounds::after_attempt`] is the way in: it knows what a round's attempt leads to.

pub mod rounds;

use jiff::Timestamp;

use super::{
    super::{
        attempt::{
            Attempt,
            kept::KeptHeaders,
            outcome::{Cause, Failure, Verdict},
            schedule::{DeliverySchedule, Due},
        },
        ids::MessageId,
    },
    Delivery, Status,
    admission::{Received, Stopped},
    job::Job,
    pressure::Pressure,
    round::{Round, Rounds},
    waiting::{Waiting, Waits},
};

/// The most attempts that a record keeps: the newest.
const MAX_ATTEMPTS: usize = 50;

/// How many of a record's newest attempts keep what the receiver answered: fifty responses would make an item that is slow to read and
/// costly to write.
const MAX_RESPONSES: usize = 10;

/// A changed record: what to write, on which condition, and what then becomes of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    pub record: Delivery,
    pub write: Write,
    pub then: Then,
}

/// On which condition a record is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A success at the first attempt: without a condition, and it may share a request with others.
    Together,
    /// A later success: without a condition, because success always wins.
    Always,
    /// If nothing is recorded yet.
    IfAbsent,
    /// If the record still is `retrying` with this many attempts, and its owner is this message, none, or a lost one.
    IfUnchanged { attempts: u32 },
    /// If the record still is as it was read, in whatever status.
    IfAsRead(ReadAs),
}

/// What identifies a state of a record: every change changes one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAs {
    pub status: Status,
    pub attempts: u32,
    pub owner: Option<MessageId>,
    pub round: Option<Round>,
}

impl ReadAs {
    fn of(record: &Delivery) -> Self {
        Self {
            status: record.status,
            attempts: record.attempts_made(),
            owner: record.owner.clone(),
            round: record.rounds.claim.as_ref().map(|claim| claim.round.clone()),
        }
    }
}

impl Transition {
    /// Whether the delivery ended without success.
    pub fn gave_up(&self) -> bool {
        self.record.status == Status::Failed
    }
}

impl Write {
    /// The condition of a change to a record as it was read.
    fn following(record: Option<&Delivery>) -> Self {
        record.map_or(Self::IfAbsent, |record| Self::IfUnchanged { attempts: record.attempts_made() })
    }
}

/// What becomes of the message once the record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Acknowledge,
    Wait(Waiting),
}

/// What decides about a failed attempt, apart from the attempt itself.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub schedule: DeliverySchedule<'a>,
    /// Whether the profile takes 410 as the receiver's last word.
    pub gone_ends: bool,
    pub waits: Waits,
    /// Of the retry lane.
    pub pressure: Pressure,
}

/// The record after one attempt that belongs to no round. `record` is what was read before it.
pub(super) fn after_own_attempt(
    rules: Rules<'_>,
    received: &Received<'_>,
    record: Option<Delivery>,
    attempt: Attempt,
    verdict: &Verdict,
    ended: Timestamp,
) -> Transition {
    let following = Write::following(record.as_ref());
    let mut record = record.unwrap_or_else(|| new_record(received.job));
    let failures = attempt.number.saturating_sub(record.rounds.base);
    record.push(attempt);
    match verdict {
        Verdict::Success => succeeded(record, &following),
        Verdict::Failure(failure) => {
            let next = next_attempt(rules, failures, *failure, ended);
            failed(rules, received, record, following, next, ended)
        }
    }
}

impl Delivery {
    fn push(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
        let surplus = self.attempts.len().saturating_sub(MAX_ATTEMPTS);
        self.attempts.drain(..surplus);
        let without_response = self.attempts.len().saturating_sub(MAX_RESPONSES);
        for attempt in self.attempts.iter_mut().take(without_response) {
            attempt.response = None;
            attempt.response_headers = KeptHeaders::default();
        }
    }
}

/// The record after a failure: it waits for its next attempt, or is given up.
fn failed(
    rules: Rules<'_>,
    received: &Received<'_>,
    record: Delivery,
    write: Write,
    next: Result<Due, String>,
    ended: Timestamp,
) -> Transition {
    match next {
        Ok(due) => {
            let waiting = rules.waits.after_failure(received.lane, due, rules.pressure, ended);
            retrying(record, write, received.me, due.at, waiting)
        }
        Err(reason) => {
            Transition { record: over(record, Status::Failed, Some(reason)), write, then: Then::Acknowledge }
        }
    }
}

/// Why a delivery is given up at once.
const GONE: &str = "the endpoint answered 410 Gone";

fn succeeded(record: Delivery, following: &Write) -> Transition {
    let write = if *following == Write::IfAbsent { Write::Together } else { Write::Always };
    Transition { record: over(record, Status::Delivered, None), write, then: Then::Acknowledge }
}

/// The first retry message to record an outcome goes on with the delivery. Parking and handing over make room for a new one.
fn retrying(mut record: Delivery, write: Write, me: &MessageId, due: Timestamp, waiting: Waiting) -> Transition {
    record.status = Status::Retrying;
    record.next_attempt_at = Some(due);
    record.owner = match waiting {
        Waiting::PutBack { .. } => Some(me.clone()),
        Waiting::HandOver { .. } | Waiting::Park { .. } => None,
    };
    Transition { record, write, then: Then::Wait(waiting) }
}

/// When to try again after as many failures, or why not.
fn next_attempt(rules: Rules<'_>, failures: u32, failure: Failure, ended: Timestamp) -> Result<Due, String> {
    if failure.cause == Cause::Gone && rules.gone_ends {
        return Err(GONE.to_owned());
    }
    let next = rules.schedule.next_attempt(failures, ended, failure.retry_after);
    next.ok_or_else(|| format!("gave up after {failures} failed attempts"))
}

/// The record of a delivery that ends without another attempt: `failed` if it was ever attempted or is too old, else `skipped`.
pub fn stopped(job: &Job, record: Option<Delivery>, why: Stopped) -> Transition {
    let write = Write::following(record.as_ref());
    let record = record.unwrap_or_else(|| new_record(job));
    let status = if !record.attempts.is_empty() || why == Stopped::Expired { Status::Failed } else { Status::Skipped };
    Transition { record: over(record, status, Some(why.to_string())), write, then: Then::Acknowledge }
}

/// The record with `me` as its owner: of several messages that find it due and unowned, or its owner lost, one goes on. It is due
/// now, so that the new owner does not count as lost as well.
pub fn claimed(record: Delivery, me: &MessageId, now: Timestamp) -> Transition {
    let write = Write::following(Some(&record));
    let record = Delivery { owner: Some(me.clone()), next_attempt_at: Some(now), ..record };
    Transition { record, write, then: Then::Acknowledge }
}

/// The record of a test: one attempt, never retried. No stored event holds its body.
pub fn tested(job: &Job, attempt: Attempt, verdict: &Verdict, body: String) -> Delivery {
    let status = if *verdict == Verdict::Success { Status::Delivered } else { Status::Failed };
    let record = Delivery { attempts: vec![attempt], payload: Some(body), ..new_record(job) };
    over(record, status, None)
}

fn over(mut record: Delivery, status: Status, reason: Option<String>) -> Delivery {
    record.status = status;
    record.status_reason = reason;
    record.next_attempt_at = None;
    record.owner = None;
    record
}

/// The record of a delivery that was never recorded before.
fn new_record(job: &Job) -> Delivery {
    Delivery {
        id: job.delivery.clone(),
        webhook: job.webhook.clone(),
        event_id: job.event_id.clone(),
        event_type: job.event_type.clone(),
        reason: job.reason,
        status: Status::Retrying,
        status_reason: None,
        created_at: job.accepted_at,
        next_attempt_at: None,
        attempts: Vec::new(),
        owner: None,
        rounds: Rounds::default(),
        payload: None,
    }
}

#[cfg(test)]
mod tests;
