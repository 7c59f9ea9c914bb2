//! Sessions of the portal.

use serde_json::{Value, json};
use shared::domain::account::{
    portal_path::MAX_PATH,
    session::{DEFAULT_SESSION_SECONDS, MAX_USER, SESSION_SECONDS},
};

use super::parts::{closed, nullable, open, time};

/// The paths that [`PortalPath`](shared::domain::account::portal_path::PortalPath) accepts.
const PAGE: &str = r"^/portal/((webhooks/(new|[A-Za-z0-9_-]{1,64}(/(deliveries(/[A-Za-z0-9_-]{1,64})?|test|recover|recoveries/[A-Za-z0-9_-]{1,64}|settings))?)|events|event-types)?(\?[!$-;=?-\[\]-~]*)?|event\?id=[!$-;=?-\[\]-~]+)$";

fn id() -> Value {
    json!({"type": "string", "pattern": "^pts_[0-9a-f]{28}$"})
}

fn user() -> Value {
    json!({"type": "string", "maxLength": MAX_USER, "description": "Who it is for: the audit trail names it."})
}

pub(super) fn creation() -> Value {
    let seconds = json!({
        "type": "integer",
        "minimum": SESSION_SECONDS.start(),
        "maximum": SESSION_SECONDS.end(),
        "default": DEFAULT_SESSION_SECONDS,
        "description": "How long the session lasts. The link itself works for five minutes, once.",
    });
    let read_only = json!({"type": "boolean", "default": false, "description": "Whether it may only look."});
    let path = json!({
        "type": "string",
        "pattern": PAGE,
        "maxLength": MAX_PATH,
        "default": "/portal/",
        "description": "The page of the portal that the link leads to.",
    });
    closed(&[], &[("expiresInSeconds", seconds), ("readOnly", read_only), ("user", user()), ("path", path)])
}

pub(super) fn created() -> Value {
    let url =
        json!({"type": "string", "format": "uri", "description": "The link. It works once, within five minutes."});
    open(&[("id", id()), ("url", url), ("expiresAt", time()), ("readOnly", json!({"type": "boolean"}))])
}

pub(super) fn session() -> Value {
    open(&[
        ("id", id()),
        ("user", nullable(&user(), "Null: nobody was named.")),
        ("readOnly", json!({"type": "boolean"})),
        ("createdAt", time()),
        ("expiresAt", time()),
    ])
}

pub(super) fn deleted() -> Value {
    open(&[("id", id()), ("deleted", json!({"const": true}))])
}
