use std::collections::BTreeMap;

use serde::Serialize;
use shared::domain::{
    attempt::{Attempt, ErrorClass, Reason},
    delivery::{Delivery, Status},
    event::pattern::EventType,
    ids::{DeliveryId, EventId},
    time,
};

/// A delivery with all its attempts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryView<'a> {
    id: &'a DeliveryId,
    event_id: &'a EventId,
    event: &'a EventType,
    reason: Reason,
    status: Status,
    status_reason: Option<&'a str>,
    created_at: String,
    next_attempt_at: Option<String>,
    attempts: Vec<AttemptView<'a>>,
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
            attempts: delivery.attempts.iter().map(AttemptView::of).collect(),
        }
    }
}

/// One delivery, with the exact body as it was sent; null if its event is not stored any more.
#[derive(Debug, Serialize)]
pub(crate) struct DeliveryWithPayload<'a> {
    #[serde(flatten)]
    delivery: DeliveryView<'a>,
    payload: Option<&'a str>,
}

impl<'a> DeliveryWithPayload<'a> {
    pub(crate) fn of(delivery: &'a Delivery) -> Self {
        Self { delivery: DeliveryView::of(delivery), payload: delivery.payload.as_deref() }
    }
}

/// One HTTP request and what came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptView<'a> {
    attempt: u32,
    reason: Reason,
    at: String,
    status_code: Option<u16>,
    response_time_ms: u64,
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<ErrorClass>,
    response: Option<&'a str>,
    response_headers: Option<BTreeMap<&'a str, &'a str>>,
}

impl<'a> AttemptView<'a> {
    pub(super) fn of(attempt: &'a Attempt) -> Self {
        Self {
            attempt: attempt.number,
            reason: attempt.reason,
            at: time::milliseconds(attempt.at),
            status_code: attempt.status_code,
            response_time_ms: attempt.response_time_ms,
            error: attempt.error.as_deref(),
            error_class: attempt.error_class,
            response: attempt.response.as_deref(),
            response_headers: (!attempt.response_headers.is_empty()).then(|| attempt.response_headers.iter().collect()),
        }
    }
}
