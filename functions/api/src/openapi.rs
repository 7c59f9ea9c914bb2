//! The API's own description, `OpenAPI` 3.1: one document for each profile, made from the profile's data.
//!
//! [`operations`] lists what the router answers, [`schemas`] how things look, [`envelope`] how the profile wraps them. The documents
//! are also checked in under `docs/reference/openapi/`; after a change, write them again with
//! `UPDATE_OPENAPI=1 cargo test --profile local --package api openapi`.

mod envelope;
mod operations;
mod schemas;

use serde_json::{Map, Value, json};
use shared::domain::profile::Profile;

use envelope::{answer, error_content, reference};
use operations::{Access, Operation};

/// The whole document.
#[must_use]
pub fn document(profile: &Profile) -> Value {
    let style = profile.answer_style();
    let mut paths = Map::new();
    for operation in operations::all(profile) {
        let (path, method) = (operation.path, operation.method);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(method.to_owned(), described(profile, operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": info(profile),
        "servers": [{"url": profile.base_path()}],
        "security": [{"apiKey": []}],
        "tags": [
            {"name": "Webhooks", "description": "Where events are sent."},
            {"name": "Deliveries", "description": "What was sent, and what came back."},
            {"name": "Events", "description": "Publishing, and which event types there are."},
            {"name": "API", "description": "The API itself."},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key of the account."}},
            "schemas": schemas::all(profile),
            "responses": error_responses(&error_content(style)),
        },
    })
}

fn info(profile: &Profile) -> Value {
    json!({
        "title": format!("Posthorn webhooks, profile {}", profile.name()),
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Every error has a stable code and a sentence that says what to change. Unknown paths answer 404, other methods 405 \
            with `Allow`. Unknown fields and parameters, and fields given twice, are errors. Times are RFC 3339 in UTC.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    })
}

fn described(profile: &Profile, operation: Operation) -> Value {
    let style = profile.answer_style();
    let mut responses = Map::new();
    responses.insert(operation.status.to_string(), answer(style, &operation));
    for status in &operation.errors {
        responses
            .insert(status.to_string(), json!({"$ref": format!("#/components/responses/{}", error_name(*status))}));
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses,
    });
    let mut set = |key: &str, value: Value| {
        if let Some(fields) = described.as_object_mut() {
            fields.insert(key.to_owned(), value);
        }
    };
    match operation.access {
        Access::Open => set("security", json!([])),
        Access::Scope(scope) => {
            set("description", json!(format!("{} Scope: {scope}.", operation.description).trim_start()));
        }
    }
    if !operation.parameters.is_empty() {
        set("parameters", Value::Array(operation.parameters));
    }
    if let Some((schema, required)) = operation.body {
        set(
            "requestBody",
            json!({"required": required, "content": {"application/json": {"schema": reference(schema)}}}),
        );
    }
    described
}

/// Statuses, what they are called, and which codes they come with.
const ERRORS: [(u16, &str, &str); 9] = [
    (
        400,
        "BadRequest",
        "The body, a field, a parameter or the cursor is wrong. Codes: MALFORMED_JSON, MISSING_FIELD, INVALID_FIELD, UNKNOWN_FIELD, \
         INVALID_EVENTS, INVALID_URL, INVALID_SECRET, INVALID_PARAMETER, TOO_MANY_WEBHOOKS; of events also UNKNOWN_EVENT, INVALID_ID, \
         INVALID_TIMESTAMP, INVALID_DATA, UNVERIFIABLE_NUMBER, TOO_LARGE.",
    ),
    (401, "Unauthorized", "There is no valid API key. Code: UNAUTHORIZED."),
    (
        403,
        "Forbidden",
        "The key belongs to another platform's API or lacks the scope. Codes: WRONG_PROFILE, MISSING_SCOPE.",
    ),
    (404, "NotFound", "The account has nothing with this id. Code: NOT_FOUND."),
    (409, "Conflict", "Another change was under way: try again. Code: CONFLICT."),
    (413, "BodyTooLarge", "The body is too large. Code: BODY_TOO_LARGE."),
    (415, "UnsupportedMediaType", "The body is not declared as JSON. Code: UNSUPPORTED_MEDIA_TYPE."),
    (429, "TooManyRequests", "Too many requests: wait and try again. API Gateway's own answer."),
    (503, "Unavailable", "Try again in a moment; an event with the same id or Idempotency-Key. Code: UNAVAILABLE."),
];

fn error_name(status: u16) -> &'static str {
    ERRORS.iter().find(|(listed, ..)| *listed == status).map_or("Unavailable", |(_, name, _)| name)
}

fn error_responses(content: &Value) -> Value {
    let responses = ERRORS.iter().map(|(status, name, description)| {
        let mut response = json!({"description": description, "content": content});
        if let Some(fields) = response.as_object_mut() {
            match status {
                401 => {
                    let header = json!({"description": "The scheme, Bearer.", "schema": {"type": "string"}});
                    fields.insert("headers".to_owned(), json!({"WWW-Authenticate": header}));
                }
                // The stage's throttling answers before any profile is known.
                429 => {
                    let schema = json!({"type": "object", "properties": {"message": {"type": "string"}}});
                    fields.insert("content".to_owned(), json!({"application/json": {"schema": schema}}));
                }
                _ => {}
            }
        }
        ((*name).to_owned(), response)
    });
    Value::Object(responses.collect())
}

#[cfg(test)]
mod tests;
