//! Parameters of the path, the query and the headers.

use serde_json::{Value, json};
use shared::domain::delivery::Status;

use super::schemas;
use crate::{
    endpoints::{row::Endpoint, words::Parameter},
    request::{
        publication::MAX_IDEMPOTENCY_KEY,
        query::{DEFAULT_LIMIT, MAX_LIMIT, MAX_NAMES},
    },
};

/// What a path may name, and what that is.
const PATH_IDS: [(&str, &str); 5] = [
    ("id", "The webhook's id."),
    ("deliveryId", "The delivery's id."),
    ("recoveryId", "The recovery's id."),
    ("keyId", "The key's id."),
    ("sessionId", "The session's id."),
];

pub(super) fn of(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = PATH_IDS.iter().filter(|(name, _)| endpoint.path.contains(&format!("{{{name}}}")));
    let account = endpoint.path.contains("{account}").then(account);
    account
        .into_iter()
        .chain(in_path.map(|(name, description)| path_id(name, description)))
        .chain(endpoint.parameters.iter().copied().map(described))
        .collect()
}

fn account() -> Value {
    let schema = schemas::account_id();
    json!({"name": "account", "in": "path", "required": true, "description": "The account's id.", "schema": schema})
}

fn path_id(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schemas::id()})
}

fn time(name: &str, description: &str) -> Value {
    let schema = json!({"type": "string", "format": "date-time"});
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn event_id(name: &str, description: &str, required: bool) -> Value {
    let schema = json!({"type": "string", "minLength": 1});
    json!({"name": name, "in": "query", "required": required, "description": description, "schema": schema})
}

fn described(parameter: Parameter) -> Value {
    match parameter {
        Parameter::Limit => json!({
            "name": "limit",
            "in": "query",
            "description": "How many at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        }),
        Parameter::Cursor => json!({
            "name": "cursor",
            "in": "query",
            "description": "The `nextCursor` of the page before.",
            "schema": {"type": "string"},
        }),
        Parameter::Statuses => json!({
            "name": "status",
            "in": "query",
            "description": "Only these, separated by commas.",
            "style": "form",
            "explode": false,
            "schema": {"type": "array", "minItems": 1, "items": {"enum": Status::ALL.map(Status::as_str)}},
        }),
        Parameter::Since => time("since", "Only from this time on."),
        Parameter::Until => time("until", "Only before this time."),
        Parameter::EventNames => json!({
            "name": "event",
            "in": "query",
            "description": "Only events of these types, separated by commas.",
            "style": "form",
            "explode": false,
            "schema": {"type": "array", "minItems": 1, "maxItems": MAX_NAMES, "items": {"type": "string"}},
        }),
        Parameter::EventId => event_id("eventId", "Only the delivery of this event.", false),
        Parameter::Recovery => json!({
            "name": "recovery",
            "in": "query",
            "description": "Only deliveries whose last replay belongs to this recovery.",
            "schema": schemas::id(),
        }),
        Parameter::Id => event_id("id", "The event's id.", true),
        Parameter::IdempotencyKey => json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A repetition of the request within 24 hours does nothing new and gets the same response. Another request under the same key is 409.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_IDEMPOTENCY_KEY,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
        }),
    }
}
