//! Deliveries and their attempts.

use serde_json::{Value, json};
use shared::domain::{attempt::Reason, delivery::Status};

use super::parts::{event_id, id, nullable, open, time};
use crate::openapi::envelope::reference;

const REASONS: [Reason; 5] = [Reason::Event, Reason::Retry, Reason::Test, Reason::Resend, Reason::Replay];

fn attempt_properties() -> Vec<(&'static str, Value)> {
    let classes = ["address", "dns", "connect", "tls", "timeout", "closed", "protocol", "status"];
    vec![
        ("attempt", json!({"type": "integer", "minimum": 1})),
        ("reason", json!({"enum": REASONS.map(Reason::as_str)})),
        ("at", time()),
        ("statusCode", nullable(&json!({"type": "integer"}), "Null if there was no response.")),
        ("responseTimeMs", json!({"type": "integer", "minimum": 0})),
        ("error", nullable(&json!({"type": "string"}), "Null on success.")),
        ("errorClass", json!({"type": "string", "enum": classes, "description": "Only with an error."})),
        (
            "response",
            nullable(&json!({"type": "string"}), "The beginning of the response's body, at most 1,024 bytes."),
        ),
        (
            "responseHeaders",
            nullable(
                &json!({"type": "object", "additionalProperties": {"type": "string"}}),
                "The headers of a failed attempt's response that help to find out why, at most 512 bytes. Else null.",
            ),
        ),
    ]
}

pub(super) fn test_result() -> Value {
    let headers = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let request =
        open(&[("url", json!({"type": "string"})), ("headers", headers), ("body", json!({"type": "string"}))]);
    let mut properties = vec![
        ("deliveryId", id()),
        ("eventId", event_id()),
        ("event", json!({"type": "string"})),
        ("status", json!({"enum": [Status::Delivered.as_str(), Status::Failed.as_str()]})),
        ("request", request),
    ];
    properties.extend(attempt_properties());
    open(&properties)
}

pub(super) fn attempt() -> Value {
    open(&attempt_properties())
}

pub(super) fn delivery() -> Value {
    with(&[])
}

pub(super) fn delivery_with_payload() -> Value {
    let payload = "The exact body sent; null once its event is not stored any more.";
    with(&[("payload", nullable(&json!({"type": "string"}), payload))])
}

fn with(more: &[(&'static str, Value)]) -> Value {
    let mut properties = vec![
        ("id", id()),
        ("eventId", event_id()),
        ("event", json!({"type": "string"})),
        ("reason", json!({"enum": REASONS.map(Reason::as_str), "description": "Of the first attempt."})),
        ("status", json!({"enum": Status::ALL.map(Status::as_str)})),
        ("statusReason", nullable(&json!({"type": "string"}), "Why it ended so, where that needs saying.")),
        ("createdAt", time()),
        ("nextAttemptAt", nullable(&time(), "Null when finished.")),
        ("attempts", json!({"type": "array", "items": reference("Attempt"), "description": "Oldest first."})),
    ];
    properties.extend(more.iter().cloned());
    open(&properties)
}
