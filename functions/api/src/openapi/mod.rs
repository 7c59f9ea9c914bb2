//! The API's own description, `OpenAPI` 3.1: one document for each profile, made from the profile's data.
//!
//! [`operations`] describes the rows of [`crate::endpoints`], [`schemas`] what requests and responses hold, [`envelope`] how the
//! profile wraps responses, [`errors`] what may go wrong. The documents are also checked in under `docs/reference/openapi/`; after a change, write
//! them again with `UPDATE_OPENAPI=1 cargo test --profile local --package api openapi`.

mod envelope;
mod errors;
mod operations;
mod parameters;
mod schemas;

use serde_json::{Map, Value, json};
use shared::domain::profile::Profile;

use crate::endpoints::{ENDPOINTS, words::Tag};

/// The whole document.
pub fn document(profile: &Profile) -> Value {
    let style = profile.answers;
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        methods[endpoint.method.as_str()] = operations::describe(style, endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": info(profile),
        "servers": [{"url": profile.base_path}],
        "security": [{"apiKey": []}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key of the account."}},
            "schemas": schemas::all(profile),
            "responses": errors::responses(style),
        },
    })
}

fn tags() -> Value {
    let about = |tag: Tag, description: &str| json!({"name": tag.as_str(), "description": description});
    json!([
        about(Tag::Webhooks, "Where events are sent."),
        about(Tag::Deliveries, "What was sent, and what came back."),
        about(Tag::Recoveries, "Sending again everything that was missed."),
        about(Tag::Events, "Publishing, and which event types there are."),
        about(Tag::Api, "The API itself."),
    ])
}

fn info(profile: &Profile) -> Value {
    json!({
        "title": format!("Posthorn webhooks, profile {}", profile.name),
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Every error has a stable code and a sentence that says what to change. An unknown path gets 404, another method 405 \
            with `Allow`. Unknown fields and parameters, and fields given twice, are errors. Times are RFC 3339 in UTC.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    })
}

#[cfg(test)]
mod tests;
