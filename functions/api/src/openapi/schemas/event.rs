//! Events and their types.

use serde_json::{Value, json};
use shared::domain::{
    delivery::Status,
    event::pattern::{EventPattern, MAX_EVENT_TYPE},
    profile::Profile,
};

use super::parts::{closed, event_id, id, nullable, open, time};
use crate::{actions::events::MAX_EVENTS, openapi::envelope::reference};

/// The name of one event.
pub(super) fn event_type(profile: &Profile) -> Value {
    if profile.events.has_open_names() {
        return json!({"type": "string", "pattern": format!("^[A-Za-z0-9_.-]{{1,{MAX_EVENT_TYPE}}}$")});
    }
    json!({"type": "string", "enum": catalogue(profile)})
}

/// What one entry of `events` may be.
pub(super) fn pattern(profile: &Profile) -> Value {
    let wildcard = profile.events.allows(&EventPattern::Everything);
    if profile.events.has_open_names() {
        return json!({
            "type": "string",
            "pattern": format!("^(\\*|[A-Za-z0-9_.-]{{1,{MAX_EVENT_TYPE}}}(\\.\\*)?)$"),
            "description": "An event's name, `prefix.*` for all names beginning `prefix.`, or `*` for all.",
        });
    }
    let names: Vec<&str> = catalogue(profile).into_iter().chain(wildcard.then_some("*")).collect();
    json!({"type": "string", "enum": names})
}

fn catalogue(profile: &Profile) -> Vec<&str> {
    profile.catalogue.iter().map(|entry| entry.name.as_str()).collect()
}

pub(super) fn event(profile: &Profile) -> Value {
    let timestamp = json!({
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$",
        "description": "RFC 3339 in UTC, ending in `Z`; when the event was received unless given.",
    });
    let mut id = event_id();
    id["description"] = json!("Events with the same id are delivered once. Made here unless given.");
    let data = json!({"description": "Any JSON value: the receiver's `data`."});
    closed(&["event", "data"], &[("event", event_type(profile)), ("data", data), ("id", id), ("timestamp", timestamp)])
}

pub(super) fn publication() -> Value {
    let events = json!({"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": reference("Event")});
    json!({"oneOf": [reference("Event"), closed(&["events"], &[("events", events)])]})
}

pub(super) fn published() -> Value {
    let ids = json!({
        "type": "array", "items": event_id(), "minItems": 1, "maxItems": MAX_EVENTS,
        "description": "The events' ids, in the order they were sent.",
    });
    open(&[("ids", ids)])
}

pub(super) fn documented_type() -> Value {
    open(&[
        ("name", json!({"type": "string"})),
        ("description", json!({"type": "string"})),
        ("sample", json!({"description": "What `data` may look like."})),
    ])
}

fn logged_properties() -> Vec<(&'static str, Value)> {
    vec![
        ("id", event_id()),
        ("event", json!({"type": "string"})),
        ("timestamp", json!({"type": "string", "description": "As the body says it."})),
        ("acceptedAt", time()),
        ("bytes", json!({"type": "integer", "minimum": 0, "description": "Of the body."})),
    ]
}

pub(super) fn logged() -> Value {
    open(&logged_properties())
}

pub(super) fn with_deliveries() -> Value {
    let delivery = open(&[
        ("webhookId", id()),
        ("deliveryId", id()),
        ("status", json!({"enum": Status::ALL.map(Status::as_str)})),
        ("attempts", json!({"type": "integer", "minimum": 0, "description": "How many were made."})),
        ("lastStatusCode", nullable(&json!({"type": "integer"}), "Of the last attempt. Null if it got no response.")),
    ]);
    let deliveries = json!({
        "type": "array",
        "items": delivery,
        "description": "One for each webhook of the account that has a delivery of this event.",
    });
    let mut properties = logged_properties();
    properties.push(("payload", json!({"type": "string", "description": "The exact body."})));
    properties.push(("deliveries", deliveries));
    open(&properties)
}

pub(super) fn catch_up() -> Value {
    open(&[
        ("id", json!({"allOf": [id()], "description": "The delivery's id, the same as in the header `webhook-id`."})),
        ("eventId", event_id()),
        ("event", json!({"type": "string"})),
        ("timestamp", json!({"type": "string", "description": "As the body says it."})),
        ("payload", json!({"type": "string", "description": "The exact body."})),
    ])
}
