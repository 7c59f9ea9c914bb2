//! One operation for each row of the table of endpoints.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use shared::domain::{account::key::Scope, profile::AnswerStyle};

use super::{
    envelope::{self, reference},
    errors, parameters,
};
use crate::endpoints::{
    row::{Access, Endpoint},
    words::{Body, Shape, Success},
};

/// Whose keys a table of endpoints is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Account,
    Operator,
}

/// The endpoint whose response has links to what can be done with a new webhook.
const CREATION: &str = "createWebhook";

pub(super) fn describe(style: AnswerStyle, holder: Holder, endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.operation_id,
        "tags": [endpoint.tag.as_str()],
        "summary": endpoint.summary,
        "responses": responses(style, endpoint),
    });
    match endpoint.access {
        // Below the operators' base path, everything needs a key.
        Access::Document if holder == Holder::Operator => {}
        Access::Open(_) | Access::Document => operation["security"] = json!([]),
        Access::Operators(_) if endpoint.description.is_empty() => {}
        Access::Operators(_) => operation["description"] = json!(endpoint.description),
        Access::Keyed { scopes, .. } => {
            let description = format!("{} Scope: {}.", endpoint.description, any_of(scopes));
            operation["description"] = json!(description.trim_start());
        }
    }
    let parameters = parameters::of(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(Body { schema, required, .. }) = endpoint.body {
        let content = json!({"application/json": {"schema": reference(schema)}});
        operation["requestBody"] = json!({"required": required, "content": content});
    }
    operation
}

fn any_of(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" or ")
}

fn responses(style: AnswerStyle, endpoint: &Endpoint) -> Map<String, Value> {
    let key = |status: StatusCode| status.as_str().to_owned();
    let errors = endpoint.error_statuses().into_iter().map(|status| (key(status), errors::reference(status)));
    let mut responses: Map<String, Value> = errors.collect();
    for success in std::iter::once(endpoint.success).chain(endpoint.also) {
        responses.insert(key(success.status), described(style, endpoint, success));
    }
    responses
}

fn described(style: AnswerStyle, endpoint: &Endpoint, success: Success) -> Value {
    let schema = match success.shape {
        Shape::Object(name) => envelope::object(style, reference(name)),
        Shape::List(name) => envelope::list(style, &reference(name)),
        Shape::Feed(name) => envelope::feed(style, &reference(name)),
        Shape::Document => json!({"type": "object"}),
    };
    let content = json!({"application/json": {"schema": schema}});
    let mut response = json!({"description": success.description, "content": content});
    if endpoint.operation_id == CREATION {
        response["links"] = links(style);
    }
    response
}

/// What can be done with the id of a new webhook.
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
