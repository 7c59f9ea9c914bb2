//! How things look, in requests and in answers. Tests compare the answers' schemas with what [`crate::views`] really writes.

use serde_json::{Map, Value, json};
use shared::domain::{
    delivery::{Reason, Status},
    profile::{NameRule, Profile},
    secret::ClientSecret,
    subscription::{EventPattern, MAX_EVENT_TYPE},
    target::MAX_URL,
    webhook::MAX_NAME,
};

use super::envelope;
use crate::routes::{
    events::MAX_EVENTS,
    secrets::{DEFAULT_GRACE, MAX_GRACE},
    webhooks::MAX_PATTERNS,
};

/// Every named schema.
pub(super) fn all(profile: &Profile) -> Value {
    json!({
        "Error": envelope::error(profile.answer_style()),
        "WebhookCreation": creation(profile),
        "WebhookChange": change(profile),
        "Webhook": webhook(profile, &[]),
        "WebhookWithSecret": webhook(profile, &["secret"]),
        "Deleted": open(&[("id", id()), ("deleted", json!({"const": true}))]),
        "TestRequest": closed(&[], &[("event", event_type(profile))]),
        "TestResult": test_result(),
        "RotationRequest": closed(&[], &[("gracePeriodSeconds", json!({
            "type": "integer", "minimum": 0, "maximum": MAX_GRACE, "default": DEFAULT_GRACE,
            "description": "How long the old secret signs beside the new one.",
        }))]),
        "Attempt": open(&attempt()),
        "Delivery": delivery(&[]),
        "DeliveryWithPayload": delivery(&[("payload", nullable(
            &json!({"type": "string"}), "The exact body sent; null once its event is not stored any more."))]),
        "Event": event(profile),
        "Publication": publication(),
        "Published": open(&[("ids", json!({
            "type": "array", "items": event_id(), "minItems": 1, "maxItems": MAX_EVENTS,
            "description": "The events' ids, in the order they were sent.",
        }))]),
        "EventType": open(&[
            ("name", json!({"type": "string"})),
            ("description", json!({"type": "string"})),
            ("sample", json!({"description": "What `data` may look like."})),
        ]),
        "Health": open(&[("status", json!({"const": "ok"}))]),
    })
}

/// An object that requests send: other fields are errors.
fn closed(required: &[&str], properties: &[(&str, Value)]) -> Value {
    let mut schema = json!({"type": "object", "properties": map(properties), "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// An object in an answer: it has all these fields, and later versions may add others.
fn open(properties: &[(&str, Value)]) -> Value {
    let optional = ["errorClass"];
    let names = properties.iter().map(|(name, _)| *name).filter(|name| !optional.contains(name));
    json!({"type": "object", "required": names.collect::<Vec<_>>(), "properties": map(properties)})
}

fn map(properties: &[(&str, Value)]) -> Map<String, Value> {
    properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect()
}

/// The same schema, or null.
fn nullable(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    schema["type"] = json!([schema["type"], "null"]);
    schema["description"] = json!(description);
    schema
}

/// An id of a webhook or of a delivery.
pub(super) fn id() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"})
}

fn event_id() -> Value {
    json!({"type": "string", "pattern": "^[!-~]{1,128}$"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn name() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
        "description": "Not only spaces, and no control characters.",
    })
}

fn url() -> Value {
    json!({
        "type": "string",
        "format": "uri",
        "maxLength": MAX_URL,
        "description": "https, to a public address, port 443 or 1024 to 65535 unless this installation allows others. No user name, \
            no password, no fragment.",
    })
}

/// The name of one event.
fn event_type(profile: &Profile) -> Value {
    if profile.has_open_names() {
        return json!({"type": "string", "pattern": format!("^[A-Za-z0-9_.-]{{1,{MAX_EVENT_TYPE}}}$")});
    }
    json!({"type": "string", "enum": catalogue(profile)})
}

/// What one entry of `events` may be.
fn pattern(profile: &Profile) -> Value {
    let wildcard = profile.allows(&EventPattern::Everything);
    if profile.has_open_names() {
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
    profile.catalogue().iter().map(|entry| entry.name.as_str()).collect()
}

fn patterns(profile: &Profile) -> Value {
    json!({"type": "array", "minItems": 1, "maxItems": MAX_PATTERNS, "uniqueItems": true, "items": pattern(profile)})
}

fn creation(profile: &Profile) -> Value {
    let mut required = vec!["url", "events"];
    if profile.name_rule() == NameRule::Required {
        required.push("name");
    }
    let mut properties = vec![("name", name()), ("url", url()), ("events", patterns(profile))];
    let description = "The signing secret; generated if left out.";
    match profile.client_secret() {
        ClientSecret::Refused => {}
        ClientSecret::Text => properties.push((
            "secret",
            json!({
                "type": "string", "minLength": 8, "maxLength": 256, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": description,
            }),
        )),
        ClientSecret::Standard => properties.push((
            "secret",
            json!({
                "type": "string", "pattern": "^whsec_[A-Za-z0-9+/]{32,86}={0,2}$",
                "description": format!("{description} `whsec_` and the base64 of 24 to 64 bytes."),
            }),
        )),
    }
    closed(&required, &properties)
}

fn change(profile: &Profile) -> Value {
    let is_active =
        json!({"type": "boolean", "description": "True enables the webhook again and resets the failure count."});
    closed(&[], &[("name", name()), ("url", url()), ("events", patterns(profile)), ("isActive", is_active)])
}

fn webhook(profile: &Profile, more: &[&'static str]) -> Value {
    let mut properties = vec![
        ("id", id()),
        ("name", nullable(&json!({"type": "string"}), "Null if it was given none.")),
        ("url", json!({"type": "string"})),
        ("events", json!({"type": "array", "items": pattern(profile)})),
        ("isActive", json!({"type": "boolean"})),
        ("createdAt", time()),
        ("updatedAt", time()),
        ("consecutiveFailures", json!({"type": "integer", "minimum": 0})),
        ("disabledAt", nullable(&time(), "Null unless disabled.")),
        ("disabledReason", nullable(&json!({"type": "string"}), "Null unless disabled.")),
    ];
    properties
        .extend(more.iter().map(|name| (*name, json!({"type": "string", "description": "Shown only this once."}))));
    open(&properties)
}

fn attempt() -> Vec<(&'static str, Value)> {
    let classes = ["address", "dns", "connect", "tls", "timeout", "closed", "protocol", "status"];
    vec![
        ("attempt", json!({"type": "integer", "minimum": 1})),
        ("at", time()),
        ("statusCode", nullable(&json!({"type": "integer"}), "Null if there was no answer.")),
        ("responseTimeMs", json!({"type": "integer", "minimum": 0})),
        ("error", nullable(&json!({"type": "string"}), "Null on success.")),
        ("errorClass", json!({"type": "string", "enum": classes, "description": "Only with an error."})),
        ("response", nullable(&json!({"type": "string"}), "The first KiB of the answer's body.")),
    ]
}

fn test_result() -> Value {
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
    properties.extend(attempt());
    open(&properties)
}

fn delivery(more: &[(&'static str, Value)]) -> Value {
    let reasons = [Reason::Event, Reason::Retry, Reason::Test, Reason::Resend, Reason::Replay].map(Reason::as_str);
    let mut properties = vec![
        ("id", id()),
        ("eventId", event_id()),
        ("event", json!({"type": "string"})),
        ("reason", json!({"enum": reasons})),
        ("status", json!({"enum": Status::ALL.map(Status::as_str)})),
        ("statusReason", nullable(&json!({"type": "string"}), "Why it ended so, where that needs saying.")),
        ("createdAt", time()),
        ("nextAttemptAt", nullable(&time(), "Null when finished.")),
        ("attempts", json!({"type": "array", "items": envelope::reference("Attempt"), "description": "Oldest first."})),
    ];
    properties.extend(more.iter().cloned());
    open(&properties)
}

fn event(profile: &Profile) -> Value {
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

fn publication() -> Value {
    let events = json!({"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": envelope::reference("Event")});
    json!({"oneOf": [envelope::reference("Event"), closed(&["events"], &[("events", events)])]})
}
