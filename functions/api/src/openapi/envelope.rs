//! How a profile wraps its answers, as schemas: the counterpart of [`crate::answer`].

use serde_json::{Value, json};
use shared::domain::profile::AnswerStyle;

use super::operations::{Operation, Shape};

/// `{"$ref": …}` to a named schema.
pub(super) fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// The answer of an operation that succeeded.
pub(super) fn answer(style: AnswerStyle, operation: &Operation) -> Value {
    let schema = match operation.shape {
        Shape::Object(name) => object(style, reference(name)),
        Shape::List(name) => list(style, &reference(name)),
        Shape::Document => json!({"type": "object"}),
    };
    let mut answer = json!({"description": operation.answer, "content": {"application/json": {"schema": schema}}});
    if operation.id == "createWebhook" {
        answer["links"] = links(style);
    }
    answer
}

fn object(style: AnswerStyle, schema: Value) -> Value {
    match style {
        AnswerStyle::Success => json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"const": true}, "data": schema},
        }),
        AnswerStyle::Bare | AnswerStyle::Problem => schema,
    }
}

fn list(style: AnswerStyle, schema: &Value) -> Value {
    let data = json!({"type": "array", "items": schema, "maxItems": 100});
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

/// What the id of a new webhook is good for.
fn links(style: AnswerStyle) -> Value {
    let id = match style {
        AnswerStyle::Success => "$response.body#/data/id",
        AnswerStyle::Bare | AnswerStyle::Problem => "$response.body#/id",
    };
    let to = |operation: &str| json!({"operationId": operation, "parameters": {"id": id}});
    json!({
        "get": to("getWebhook"),
        "change": to("changeWebhook"),
        "delete": to("deleteWebhook"),
        "test": to("testWebhook"),
        "rotateSecret": to("rotateSecret"),
        "deliveries": to("listDeliveries"),
    })
}
