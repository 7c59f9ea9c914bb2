//! What a delivery message says: which event goes to which webhook. The body travels next to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        attempt::Reason,
        event::pattern::EventType,
        ids::{AccountId, DeliveryId, EventId, ProfileName, WebhookId},
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
}
