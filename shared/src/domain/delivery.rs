//! One event on its way to one webhook: who may attempt it, and what follows a failure.
//!
//! Messages may be doubled by crashes and by SQS, so the delivery's record decides, never the message:
//!
//! | received from | record says | then |
//! |---|---|---|
//! | `DeliveryQueue`, first receive, no `again` mark | (not read) | attempt 1 |
//! | `DeliveryQueue`, else | none · finished · `retrying` with owner · `retrying`, no owner | attempt 1 · ack · ack · hand over |
//! | `RetryQueue` | none · finished · another owner · due in over 1 s · else | attempt 1 · ack · ack · wait · next attempt |
//!
//! An owner that is overdue by more than an hour is lost (its message went to the dead-letter queue), and counts as none.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    id::{AccountId, DeliveryId, EventId, MessageId, WebhookId},
    outcome::{Attempt, Failure},
    profile::Profile,
    retry::{self, MAX_AGE, RetryScale},
    subscription::EventType,
    time,
};

/// The longest `DelaySeconds` of SQS.
const MAX_DELAY: Duration = Duration::from_mins(15);

/// A message this close to its due time is attempted now.
const DUE_TOLERANCE: Duration = Duration::from_secs(1);

/// An owner whose attempt is overdue by more than this is lost: its message was moved to the dead-letter queue, or its queue
/// was emptied. Longer than any visibility timeout with its attempt, so that a living one is never replaced.
pub const OWNER_LOST: Duration = Duration::from_hours(1);

/// Why a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    Event,
    Retry,
    Test,
    Resend,
    Replay,
}

impl Reason {
    /// As `x-posthorn-reason` says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Retry => "retry",
            Self::Test => "test",
            Self::Resend => "resend",
            Self::Replay => "replay",
        }
    }

    /// The reason of one attempt: a repeated event is a retry; anything else keeps its own name.
    #[must_use]
    pub fn of_attempt(self, number: u32) -> Self {
        if self == Self::Event && number > 1 { Self::Retry } else { self }
    }
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Delivered,
    Retrying,
    Failed,
    Skipped,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Retrying, Self::Failed, Self::Skipped];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A delivery as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub event_id: EventId,
    pub event_type: EventType,
    pub reason: Reason,
    pub status: Status,
    pub status_reason: Option<String>,
    pub created_at: Timestamp,
    pub next_attempt_at: Option<Timestamp>,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// The retry message that may go on; none before the first retry and while parked.
    pub owner: Option<MessageId>,
    /// The body, where no stored event holds it (tests).
    pub payload: Option<String>,
}

impl Delivery {
    /// A delivery that was never recorded before.
    #[must_use]
    pub fn new(job: &Job, status: Status) -> Self {
        Self {
            id: job.delivery.clone(),
            webhook: job.webhook.clone(),
            event_id: job.event_id.clone(),
            event_type: job.event_type.clone(),
            reason: job.reason,
            status,
            status_reason: None,
            created_at: job.accepted_at,
            next_attempt_at: None,
            attempts: Vec::new(),
            owner: None,
            payload: None,
        }
    }
}

/// What a delivery message says: which event goes to which webhook. The body travels beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub account: AccountId,
    pub profile: String,
    pub webhook: WebhookId,
    pub event_id: EventId,
    pub event_type: EventType,
    pub delivery: DeliveryId,
    /// When SQS first had the event.
    pub accepted_at: Timestamp,
    pub reason: Reason,
    /// Set when intake fans an event out once more: the record must be read before the first attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// The queue a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// First attempts to healthy webhooks; nothing waits here.
    First,
    /// Everything else: retries, and first attempts to webhooks in trouble.
    Retry,
}

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send attempt `number`.
    Attempt { number: u32 },
    /// Someone else finished it or goes on with it.
    Acknowledge,
    /// Pass it to the retry lane, then acknowledge.
    HandOver { due: Timestamp },
    /// Not yet.
    Wait { until: Timestamp },
}

/// Whether the record must be read before deciding: only a first receive in the first lane may go without.
#[must_use]
pub fn needs_record(lane: Lane, receive_count: u32, again: bool) -> bool {
    lane == Lane::Retry || receive_count > 1 || again
}

/// Who may attempt: the table above. `record` is `None` if there is none (or it need not be read).
#[must_use]
pub fn decide(lane: Lane, record: Option<&Delivery>, me: &MessageId, now: Timestamp) -> Step {
    let Some(record) = record else { return Step::Attempt { number: 1 } };
    if record.status != Status::Retrying {
        return Step::Acknowledge;
    }
    let due = record.next_attempt_at.unwrap_or(now);
    match (lane, &record.owner) {
        (Lane::First, Some(_)) => Step::Acknowledge,
        (Lane::First, None) => Step::HandOver { due },
        (Lane::Retry, Some(owner)) if owner != me && time::between(due, now) <= OWNER_LOST => Step::Acknowledge,
        (Lane::Retry, _) if time::between(now, due) > DUE_TOLERANCE => Step::Wait { until: due },
        (Lane::Retry, _) => Step::Attempt { number: attempts_so_far(record).saturating_add(1) },
    }
}

fn attempts_so_far(record: &Delivery) -> u32 {
    u32::try_from(record.attempts.len()).unwrap_or(u32::MAX)
}

/// Why a message is not attempted although the record would let it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("the webhook was disabled")]
    Disabled,
    #[error("the webhook no longer subscribes to this event type")]
    Unsubscribed,
    #[error("expired: not delivered within 10 days of the event")]
    Expired,
}

/// Whether a delivery is too old to go on.
#[must_use]
pub fn is_expired(accepted_at: Timestamp, now: Timestamp) -> bool {
    time::between(accepted_at, now) > MAX_AGE
}

/// The status of a delivery that ends without another attempt: `failed` if it was ever attempted or is too old, else `skipped`.
#[must_use]
pub fn ending(stopped: Stopped, record: Option<&Delivery>) -> Status {
    let attempted = record.is_some_and(|record| !record.attempts.is_empty());
    if attempted || stopped == Stopped::Expired { Status::Failed } else { Status::Skipped }
}

/// What follows a failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    RetryAt(Timestamp),
    /// The schedule is spent, or the receiver said it is gone.
    GiveUp {
        reason: String,
    },
}

/// Decides after failure `number`, which ended at `ended`.
#[must_use]
pub fn after_failure(profile: &Profile, scale: RetryScale, number: u32, ended: Timestamp, failure: Failure) -> Next {
    if failure.gone && profile.disable_rule().gone {
        return Next::GiveUp { reason: "the endpoint answered 410 Gone".to_owned() };
    }
    match retry::next_attempt(profile, scale, number, ended, failure.retry_after) {
        Some(due) => Next::RetryAt(due),
        None => Next::GiveUp { reason: format!("gave up after {number} failed attempts") },
    }
}

/// How a message waits for its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A new message in the retry lane, then acknowledge this one.
    HandOver { delay_seconds: u64 },
    /// Back into the retry lane by visibility timeout.
    PutBack { visibility_seconds: u64 },
    /// An item in the table; the schedule sends a message when it is due.
    Park,
}

/// Nothing waits in the first lane; in the retry lane waits of up to an hour are visibility timeouts; longer ones are parked.
#[must_use]
pub fn waiting(lane: Lane, scale: RetryScale, due: Timestamp, now: Timestamp) -> Waiting {
    let wait = time::between(now, due);
    match lane {
        _ if wait > scale.longest_visibility_wait() => Waiting::Park,
        Lane::First => Waiting::HandOver { delay_seconds: retry::whole_seconds(wait.min(MAX_DELAY)) },
        Lane::Retry => Waiting::PutBack { visibility_seconds: retry::whole_seconds(wait) },
    }
}

/// How a message waits that was received before its delivery is due.
///
/// An owner never parks: the record lets only its own message go on, and parking would replace it by another. Its wait was at
/// most an hour when it was recorded, so it can only seem longer by a clock that stepped back.
#[must_use]
pub fn waiting_on(lane: Lane, scale: RetryScale, record: Option<&Delivery>, due: Timestamp, now: Timestamp) -> Waiting {
    let is_owned = record.is_some_and(|record| record.owner.is_some());
    let longest = scale.longest_visibility_wait();
    match waiting(lane, scale, due, now) {
        Waiting::Park if is_owned => Waiting::PutBack { visibility_seconds: retry::whole_seconds(longest) },
        waiting => waiting,
    }
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
