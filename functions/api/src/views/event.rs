use serde::Serialize;
use serde_json::value::RawValue;
use shared::domain::{
    delivery::{Delivery, Status},
    event::{Event, log::LoggedEvent, pattern::EventType},
    ids::{DeliveryId, EventId, WebhookId},
    profile::catalogue::CatalogueEntry,
    time,
};

use crate::actions::event_log::{EventWithDeliveries, delivery_of};

/// An event type as the platform documents it.
#[derive(Debug, Serialize)]
pub(crate) struct EventTypeView<'a> {
    name: &'a str,
    description: &'a str,
    /// Example `data`.
    sample: Option<&'a RawValue>,
}

impl<'a> EventTypeView<'a> {
    pub(crate) fn of(entry: &'a CatalogueEntry) -> Self {
        Self { name: entry.name.as_str(), description: &entry.description, sample: entry.sample_json() }
    }
}

/// The ids of a publication's events, in the order in which they were sent.
#[derive(Debug, Serialize)]
pub(crate) struct PublishedView<'a> {
    ids: &'a [EventId],
}

impl<'a> PublishedView<'a> {
    pub(crate) fn of(ids: &'a [EventId]) -> Self {
        Self { ids }
    }
}

/// An event as the log lists it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedEventView {
    id: EventId,
    event: EventType,
    timestamp: String,
    accepted_at: String,
    bytes: usize,
}

impl LoggedEventView {
    pub(crate) fn of(event: LoggedEvent) -> Self {
        Self {
            timestamp: event.timestamp(),
            id: event.id,
            event: event.event_type,
            accepted_at: time::milliseconds(event.accepted_at),
            bytes: event.bytes,
        }
    }
}

/// One event with its body, and with what became of it at each webhook.
#[derive(Debug, Serialize)]
pub(crate) struct EventWithDeliveriesView<'a> {
    #[serde(flatten)]
    event: LoggedEventView,
    payload: String,
    deliveries: Vec<EventDeliveryView<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventDeliveryView<'a> {
    webhook_id: &'a WebhookId,
    delivery_id: &'a DeliveryId,
    status: Status,
    attempts: u32,
    last_status_code: Option<u16>,
}

impl<'a> EventWithDeliveriesView<'a> {
    pub(crate) fn of(found: &'a EventWithDeliveries) -> Self {
        let delivery = |delivery: &'a Delivery| EventDeliveryView {
            webhook_id: &delivery.webhook,
            delivery_id: &delivery.id,
            status: delivery.status,
            attempts: delivery.attempts_made(),
            last_status_code: delivery.attempts.last().and_then(|last| last.status_code),
        };
        Self {
            event: LoggedEventView::of(LoggedEvent::of(&found.event)),
            payload: found.event.body(),
            deliveries: found.deliveries.iter().map(delivery).collect(),
        }
    }
}

/// An event as a receiver would have got it from a webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CatchUpView<'a> {
    id: DeliveryId,
    event_id: &'a EventId,
    event: &'a EventType,
    timestamp: &'a str,
    payload: String,
}

impl<'a> CatchUpView<'a> {
    pub(crate) fn of(event: &'a Event, webhook: &WebhookId) -> Self {
        Self {
            id: delivery_of(event, webhook),
            event_id: &event.id,
            event: &event.event_type,
            timestamp: event.timestamp.as_str(),
            payload: event.body(),
        }
    }
}
