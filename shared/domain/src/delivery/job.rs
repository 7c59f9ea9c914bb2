//! What a delivery message says: which event goes to which webhook. The body travels next to it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        attempt::Reason,
        event::pattern::EventType,
        ids::{AccountId, DeliveryId, EventId, ProfileName, WebhookId},
        time,
    },
    round::Round,
};

/// One event on its way to one webhook, as its message names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub account: AccountId,
    pub profile: ProfileName,
    pub webhook: WebhookId,
    pub event_id: EventId,
    pub event_type: EventType,
    pub delivery: DeliveryId,
    /// When SQS first had the event.
    pub accepted_at: Timestamp,
    pub reason: Reason,
    /// Set when an event is fanned out again, or its message is sent again: the record must be read before the first attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// The round that the message belongs to, if it is not the event's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
    /// Set when the delivery has waited for its turn under a rate limit: it does not queue up behind newer ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waited: bool,
    /// When the attempt is due, for messages that would come in crowds: SQS delays them by whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// The most that a message is held for its time: what SQS's whole seconds leave.
const MAX_HOLD: Duration = Duration::from_secs(1);

impl Job {
    /// How long the attempt must still wait after its message has come.
    pub fn hold(&self, now: Timestamp) -> Duration {
        self.at.map_or(Duration::ZERO, |at| time::between(now, at).min(MAX_HOLD))
    }

    /// The job as another message has it. The first message may come back, so the record must be read.
    pub fn handed_over(&self) -> Self {
        Self { again: true, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::admission::tests::job, *};

    #[test]
    fn a_job_that_is_handed_over_says_so() {
        assert_eq!(job().handed_over(), Job { again: true, ..job() });
    }

    #[test]
    fn a_message_is_held_for_what_whole_seconds_leave() {
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        let due = |at| Job { at, ..job() };
        for (due_at, now, hold) in [
            (None, 0, 0),
            (Some(at(5_300)), 5_000, 300),
            (Some(at(5_300)), 5_301, 0),
            // SQS never hands a message out so early, but a clock may step back.
            (Some(at(5_300)), 0, 1_000),
        ] {
            assert_eq!(due(due_at).hold(at(now)), Duration::from_millis(hold), "{due_at:?} {now}");
        }
    }
}
