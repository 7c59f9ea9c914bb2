//! What schemas are made of.

use serde_json::{Map, Value, json};

/// An object that requests send: other fields are errors.
pub(super) fn closed(required: &[&str], properties: &[(&str, Value)]) -> Value {
    let mut schema = json!({"type": "object", "properties": map(properties), "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The fields that a response may lack.
const OPTIONAL: &[&str] = &["errorClass", "secret"];

/// An object in a response: it has all fields that are not optional, and later versions may add others.
pub(super) fn open(properties: &[(&str, Value)]) -> Value {
    let names = properties.iter().map(|(name, _)| *name).filter(|name| !OPTIONAL.contains(name));
    json!({"type": "object", "required": names.collect::<Vec<_>>(), "properties": map(properties)})
}

fn map(properties: &[(&str, Value)]) -> Map<String, Value> {
    properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect()
}

/// The same schema, or null.
pub(super) fn nullable(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    schema["type"] = json!([schema["type"], "null"]);
    schema["description"] = json!(description);
    schema
}

/// An id of a webhook or of a delivery.
pub(crate) fn id() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"})
}

pub(super) fn event_id() -> Value {
    json!({"type": "string", "pattern": "^[!-~]{1,128}$"})
}

pub(super) fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}
