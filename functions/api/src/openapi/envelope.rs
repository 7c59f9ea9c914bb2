//! How a profile wraps its responses, as schemas: the counterpart of [`crate::answer`].

use serde_json::{Value, json};
use shared::domain::profile::AnswerStyle;

use crate::request::query::MAX_LIMIT;

/// `{"$ref": …}` to a named schema.
pub(super) fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

pub(super) fn object(style: AnswerStyle, schema: Value) -> Value {
    match style {
        AnswerStyle::Success => json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"const": true}, "data": schema},
        }),
        AnswerStyle::Bare | AnswerStyle::Problem => schema,
    }
}

pub(super) fn list(style: AnswerStyle, schema: &Value) -> Value {
    let data = json!({"type": "array", "items": schema, "maxItems": MAX_LIMIT});
    let next = json!({
        "type": ["string", "null"],
        "description": "Send it as `cursor` to get the next page. Null on the last page.",
    });
    match style {
        AnswerStyle::Success => json!({
            "type": "object",
            "required": ["success", "data", "nextCursor"],
            "properties": {"success": {"const": true}, "data": data, "nextCursor": next},
        }),
        AnswerStyle::Bare | AnswerStyle::Problem => json!({
            "type": "object",
            "required": ["data", "nextCursor"],
            "properties": {"data": data, "nextCursor": next},
        }),
    }
}

/// A page of a list that never ends.
pub(super) fn feed(style: AnswerStyle, schema: &Value) -> Value {
    let mut page = list(style, schema);
    page["required"].as_array_mut().into_iter().for_each(|required| required.push(json!("done")));
    page["properties"]["done"] = json!({"type": "boolean", "description": "Whether nothing newer was there."});
    page["properties"]["nextCursor"] =
        json!({"type": "string", "description": "Send it as `cursor` to go on, now or later. Never null."});
    page
}

/// The `content` of every error.
pub(super) fn error_content(style: AnswerStyle) -> Value {
    let media_type = match style {
        AnswerStyle::Problem => "application/problem+json",
        AnswerStyle::Bare | AnswerStyle::Success => "application/json",
    };
    json!({media_type: {"schema": reference("Error")}})
}

/// The schema of every error.
pub(super) fn error(style: AnswerStyle) -> Value {
    let code = json!({"type": "string", "pattern": "^[A-Z][A-Z_]*$", "description": "Stable; for programs."});
    let message = json!({"type": "string", "description": "What to change; for people."});
    let error =
        json!({"type": "object", "required": ["code", "message"], "properties": {"code": code, "message": message}});
    match style {
        AnswerStyle::Bare => json!({"type": "object", "required": ["error"], "properties": {"error": error}}),
        AnswerStyle::Success => json!({
            "type": "object",
            "required": ["success", "error"],
            "properties": {"success": {"const": false}, "error": error},
        }),
        AnswerStyle::Problem => json!({
            "type": "object",
            "description": "RFC 9457 problem details.",
            "required": ["type", "title", "status", "detail", "code"],
            "properties": {
                "type": {"const": "about:blank"},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": message,
                "code": code,
            },
        }),
    }
}
