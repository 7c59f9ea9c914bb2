//! Things as clients see them: field names as in the guides, times in RFC 3339.

use serde::Serialize;
use shared::domain::{
    delivery::{Delivery, Reason, Status},
    id::{DeliveryId, EventId, WebhookId},
    outcome::Attempt,
    subscription::{EventPattern, EventType},
    time,
    webhook::Webhook,
};

/// A webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView<'a> {
    id: &'a WebhookId,
    name: Option<&'a str>,
    url: &'a str,
    events: &'a [EventPattern],
    /// Only at creation and rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    is_active: bool,
    created_at: String,
    updated_at: String,
    consecutive_failures: u32,
    disabled_at: Option<String>,
    disabled_reason: Option<&'a str>,
}

impl<'a> WebhookView<'a> {
    /// Without its secret.
    pub(crate) fn of(webhook: &'a Webhook) -> Self {
        let disabled = webhook.disabled.as_ref();
        Self {
            id: &webhook.id,
            name: webhook.name.as_deref(),
            url: webhook.url.as_str(),
            events: &webhook.events,
            secret: None,
            is_active: webhook.is_active(),
            created_at: time::whole_seconds(webhook.created_at),
            updated_at: time::whole_seconds(webhook.updated_at),
            consecutive_failures: webhook.streak.failures,
            disabled_at: disabled.map(|disabled| time::whole_seconds(disabled.at)),
            disabled_reason: disabled.map(|disabled| disabled.reason.as_str()),
        }
    }

    /// With its secret, for the one time it is shown.
    pub(crate) fn with_secret(webhook: &'a Webhook) -> Self {
        Self { secret: Some(webhook.secret.reveal()), ..Self::of(webhook) }
    }
}

/// A delivery with all its attempts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView<'a> {
    id: &'a DeliveryId,
    event_id: &'a EventId,
    event: &'a EventType,
    reason: Reason,
    status: Status,
    status_reason: Option<&'a str>,
    created_at: String,
    next_attempt_at: Option<String>,
    attempts: &'a [Attempt],
}

/// One delivery, with the exact body as it was sent; null if its event is not stored any more.
#[derive(Debug, Serialize)]
pub struct DeliveryWithPayload<'a> {
    #[serde(flatten)]
    pub(crate) delivery: DeliveryView<'a>,
    pub(crate) payload: Option<&'a str>,
}

impl<'a> DeliveryView<'a> {
    pub(crate) fn of(delivery: &'a Delivery) -> Self {
        Self {
            id: &delivery.id,
            event_id: &delivery.event_id,
            event: &delivery.event_type,
            reason: delivery.reason,
            status: delivery.status,
            status_reason: delivery.status_reason.as_deref(),
            created_at: time::milliseconds(delivery.created_at),
            next_attempt_at: delivery.next_attempt_at.map(time::milliseconds),
            attempts: &delivery.attempts,
        }
    }
}

/// The answer to a deletion.
#[derive(Debug, Serialize)]
pub struct DeletedView<'a> {
    pub(crate) id: &'a WebhookId,
    pub(crate) deleted: bool,
}
