//! Events and their types.

use serde_json::{Value, json};
use shared::domain::{
    event::pattern::{EventPattern, MAX_EVENT_TYPE},
    profile::Profile,
};

use super::parts::{closed, event_id, open};
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
