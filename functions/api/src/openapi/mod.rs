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
use shared::domain::profile::{AnswerStyle, Profile, registry::Profiles};

use self::operations::Holder;
use crate::endpoints::{
    ENDPOINTS,
    operator::{OPERATOR_BASE, OPERATOR_ENDPOINTS},
    row::Endpoint,
    words::Tag,
};

/// The whole document.
pub fn document(profile: &Profile) -> Value {
    let style = profile.answers;
    json!({
        "openapi": "3.1.0",
        "info": info(profile),
        "servers": [{"url": profile.base_path}],
        "security": [{"apiKey": []}],
        "tags": tags(),
        "paths": paths(style, Holder::Account, ENDPOINTS),
        "components": {
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key of the account."}},
            "schemas": schemas::all(profile),
            "responses": errors::responses(style),
        },
    })
}

/// The document of the operators' API, which is the same for all profiles.
pub fn operator_document(profiles: &Profiles) -> Value {
    let style = AnswerStyle::Problem;
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Posthorn operators",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "For the platform's own backend. With the header `posthorn-account`, an operator's key may also call every path \
                of the profiles' APIs for that account. Every error has a stable code and a sentence that says what to change.",
            "license": license(),
        },
        "servers": [{"url": OPERATOR_BASE}],
        "security": [{"operatorKey": []}],
        "tags": [
            about(Tag::Accounts, "The platform's customers."),
            about(Tag::Keys, "With what customers call their APIs."),
            about(Tag::Portal, "Links for people to the pages about their webhooks."),
            about(Tag::Api, "The API itself."),
        ],
        "paths": paths(style, Holder::Operator, OPERATOR_ENDPOINTS),
        "components": {
            "securitySchemes": {"operatorKey": {"type": "http", "scheme": "bearer", "description": "A key from `posthorn operator-keys create`."}},
            "schemas": schemas::of_operators(profiles),
            "responses": errors::responses(style),
        },
    })
}

fn paths(style: AnswerStyle, holder: Holder, endpoints: &[Endpoint]) -> Map<String, Value> {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        methods[endpoint.method.as_str()] = operations::describe(style, holder, endpoint);
    }
    paths
}

fn about(tag: Tag, description: &str) -> Value {
    json!({"name": tag.as_str(), "description": description})
}

fn tags() -> Value {
    json!([
        about(Tag::Webhooks, "Where events are sent."),
        about(Tag::Deliveries, "What was sent, and what came back."),
        about(Tag::Recoveries, "Sending again everything that was missed."),
        about(Tag::Events, "Publishing, and which event types there are."),
        about(Tag::Portal, "Links for people to the pages about their webhooks."),
        about(Tag::Api, "The API itself."),
    ])
}

fn license() -> Value {
    json!({"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"})
}

fn info(profile: &Profile) -> Value {
    json!({
        "title": format!("Posthorn webhooks, profile {}", profile.name),
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Every error has a stable code and a sentence that says what to change. An unknown path gets 404, another method 405 \
            with `Allow`. Unknown fields and parameters, and fields given twice, are errors. Times are RFC 3339 in UTC.",
        "license": license(),
    })
}

#[cfg(test)]
mod tests;
