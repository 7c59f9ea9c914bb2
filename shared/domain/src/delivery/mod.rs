//! One event on its way to one webhook: its record, who may attempt it, and what follows.
//!
//! [`admission`] decides what a message may do, [`transition`] is the only place that changes a record, and [`waiting`] says how a
//! message waits. Messages may be doubled by crashes and by SQS, so the record decides, never the message.

pub mod admission;
pub mod job;
pub mod lane;
pub mod pressure;
pub mod recovery;
pub mod round;
pub mod transition;
pub mod turn;
pub mod turns;
pub mod waiting;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::round::Rounds;
use super::{
    attempt::{Attempt, Reason},
    event::pattern::EventType,
    ids::{DeliveryId, EventId, MessageId, WebhookId},
};

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

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

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
    /// The message that may go on; none before the first retry and while parked.
    pub owner: Option<MessageId>,
    pub rounds: Rounds,
    /// The body, where no stored event holds it (tests).
    pub payload: Option<String>,
}

impl Delivery {
    /// Whether an attempt that began at `since` or later succeeded. A test says nothing of a webhook's events.
    pub fn succeeded_since(&self, since: Timestamp) -> bool {
        let last = self.attempts.last();
        self.status == Status::Delivered && self.reason != Reason::Test && last.is_some_and(|last| last.at >= since)
    }

    /// How many attempts were made. The newest of them are recorded.
    pub fn attempts_made(&self) -> u32 {
        self.attempts.last().map_or(0, |last| last.number)
    }
}

#[cfg(test)]
mod tests;
