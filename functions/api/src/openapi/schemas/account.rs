//! Accounts and their keys, as operators see them.

use serde_json::{Value, json};
use shared::domain::{
    account::{key::Scope, limits::Limit},
    profile::registry::Profiles,
    webhook::settings::MAX_NAME,
};

use super::parts::{closed, nullable, open, time};
use crate::request::account::MAX_KEY_SECONDS;

fn name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME})
}

/// An account's id.
pub(crate) fn account_id() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"})
}

fn key_id() -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{16}$"})
}

fn profile(profiles: &Profiles) -> Value {
    json!({"enum": profiles.all().iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>()})
}

/// Limits that are chosen; null puts one back to its default.
fn chosen_limits() -> Value {
    let chosen = Limit::ALL.map(|limit| {
        let schema = json!({
            "type": ["integer", "null"], "minimum": 1, "maximum": limit.max(), "default": limit.default_value(),
        });
        (limit.as_str(), schema)
    });
    closed(&[], &chosen)
}

pub(super) fn put(profiles: &Profiles) -> Value {
    let name = nullable(&name(), "For people. Null removes it.");
    closed(&["profile"], &[("profile", profile(profiles)), ("name", name), ("limits", chosen_limits())])
}

pub(super) fn change() -> Value {
    let name = nullable(&name(), "For people. Null removes it.");
    let status = json!({"enum": ["active", "suspended"]});
    closed(&[], &[("name", name), ("status", status), ("limits", chosen_limits())])
}

pub(super) fn account(profiles: &Profiles) -> Value {
    let limits =
        Limit::ALL.map(|limit| (limit.as_str(), json!({"type": "integer", "minimum": 1, "maximum": limit.max()})));
    open(&[
        ("account", account_id()),
        ("profile", profile(profiles)),
        ("name", nullable(&name(), "For people.")),
        ("status", json!({"enum": ["active", "suspended", "deleting"]})),
        ("limits", open(&limits)),
        ("webhooks", json!({"type": "integer", "minimum": 0, "description": "How many it has."})),
        ("createdAt", time()),
    ])
}

pub(super) fn deleting() -> Value {
    open(&[("account", account_id()), ("status", json!({"const": "deleting"}))])
}

fn scopes() -> Value {
    json!({"type": "array", "items": {"enum": Scope::ALL.map(Scope::as_str)}, "minItems": 1})
}

pub(super) fn key_creation() -> Value {
    let seconds = json!({
        "type": "integer", "minimum": 1, "maximum": MAX_KEY_SECONDS, "description": "How long it is valid. Without it, until it is revoked.",
    });
    closed(&["scopes"], &[("scopes", scopes()), ("name", name()), ("expiresInSeconds", seconds)])
}

pub(super) fn key() -> Value {
    open(&key_fields())
}

pub(super) fn key_with_secret() -> Value {
    let secret = json!({"type": "string", "pattern": "^phk_[0-9a-f]{64}$", "description": "Shown only here."});
    open(&[key_fields().as_slice(), &[("key", secret)]].concat())
}

fn key_fields() -> Vec<(&'static str, Value)> {
    vec![
        ("id", key_id()),
        ("name", nullable(&name(), "For people.")),
        ("scopes", scopes()),
        ("createdAt", time()),
        ("expiresAt", nullable(&time(), "Null: it is valid until it is revoked.")),
    ]
}

pub(super) fn deleted_key() -> Value {
    open(&[("id", key_id()), ("deleted", json!({"const": true}))])
}
