//! Parameters of the path, the query and the headers.

use serde_json::{Value, json};
use shared::domain::delivery::Status;

use super::schemas;
use crate::{
    endpoints::{row::Endpoint, words::Parameter},
    request::{
        publication::MAX_IDEMPOTENCY_KEY,
        query::{DEFAULT_LIMIT, MAX_LIMIT},
    },
};

/// What a path may name, and what that is.
const PATH_IDS: [(&str, &str); 2] = [("id", "The webhook's id."), ("deliveryId", "The delivery's id.")];

pub(super) fn of(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = PATH_IDS.iter().filter(|(name, _)| endpoint.path.contains(&format!("{{{name}}}")));
    in_path
        .map(|(name, description)| path_id(name, description))
        .chain(endpoint.parameters.iter().copied().map(described))
        .collect()
}

fn path_id(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schemas::id()})
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
