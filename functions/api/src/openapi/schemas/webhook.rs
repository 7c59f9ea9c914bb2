//! Webhooks, as requests set them and as responses show them.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use shared::domain::{
    attempt::{custom, timing},
    event::filter::{MAX_FILTER_BYTES, MAX_FILTER_LEAVES, MAX_FILTER_LEVELS},
    profile::Profile,
    signing::secret::ClientSecret,
    target::MAX_URL,
    webhook::{
        metadata,
        pace::{REQUESTS, SECONDS},
        settings::{MAX_NAME, MAX_PATTERNS, NameRule},
    },
};

use super::{
    event::{event_type, pattern},
    parts::{closed, event_id, id, nullable, open, time},
};
use crate::actions::secrets::{DEFAULT_GRACE_SECONDS, MAX_GRACE_SECONDS};

fn name() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
        "description": "Not only spaces, and no control characters.",
    })
}

fn url() -> Value {
    json!({
        "type": "string",
        "format": "uri",
        "maxLength": MAX_URL,
        "description": "https, to a public address, port 443 or 1024 to 65535 unless this installation allows others. No user name, \
            no password, no fragment.",
    })
}

fn patterns(profile: &Profile) -> Value {
    json!({"type": "array", "minItems": 1, "maxItems": MAX_PATTERNS, "uniqueItems": true, "items": pattern(profile)})
}

fn filter() -> Value {
    json!({
        "type": ["object", "null"],
        "description": format!(
            "Which events the webhook gets, by their content: a pattern in the syntax of Amazon EventBridge over `{{\"event\",\"data\"}}`, \
             with at most {MAX_FILTER_BYTES} bytes, {MAX_FILTER_LEVELS} levels and {MAX_FILTER_LEAVES} matchers. Null: all that it subscribes to."
        ),
    })
}

fn rate_limit() -> Value {
    let part =
        |range: RangeInclusive<u32>| json!({"type": "integer", "minimum": range.start(), "maximum": range.end()});
    let limit = closed(&["requests", "seconds"], &[("requests", part(REQUESTS)), ("seconds", part(SECONDS))]);
    nullable(&limit, "The most requests in as many seconds. Null: no limit.")
}

/// `POST /webhooks/:id/filter-check`
pub(super) fn filter_check(profile: &Profile) -> Value {
    let data = json!({"description": "Any JSON value."});
    json!({"oneOf": [
        closed(&["event", "data"], &[("event", event_type(profile)), ("data", data)]),
        closed(&["eventId"], &[("eventId", event_id())]),
    ]})
}

/// A customer's own headers: as they are sent, where null removes one of a webhook that is changed, or as they are shown.
fn headers(value: &Value, description: &str) -> Value {
    json!({
        "type": "object",
        "maxProperties": custom::MAX_HEADERS,
        "propertyNames": {"pattern": format!("^[A-Za-z0-9!#$%&'*+.^_`|~-]{{1,{}}}$", custom::MAX_NAME)},
        "additionalProperties": value,
        "description": description,
    })
}

fn header_value() -> Value {
    json!({"type": "string", "maxLength": custom::MAX_VALUE, "pattern": "^[!-~]([ -~]*[!-~])?$"})
}

fn new_headers() -> Value {
    headers(
        &header_value(),
        "Sent with every request of the webhook. Names that belong to the request, to proxies or to Posthorn are rejected.",
    )
}

fn changed_headers() -> Value {
    let value = json!({"anyOf": [
        header_value(),
        {"type": "string", "pattern": "^\u{2022}{4}", "description": "As it is shown: it stays."},
        {"type": "null", "description": "The header is removed."},
    ]});
    let mut schema =
        headers(&value, "Merged with those that the webhook has. The webhook may have at most 10 afterwards.");
    // Those that are removed may be more.
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("maxProperties");
    }
    schema
}

fn metadata() -> Value {
    json!({
        "type": "object",
        "maxProperties": metadata::MAX_ENTRIES,
        "propertyNames": {"minLength": 1, "maxLength": metadata::MAX_KEY},
        "additionalProperties": {"type": "string", "maxLength": metadata::MAX_VALUE},
        "description": "Your own notes, returned as given. Replaced as a whole.",
    })
}

/// What customers choose where the profile lets them.
fn timing(profile: &Profile) -> Vec<(&'static str, Value)> {
    if !profile.attempts.timing.may_be_chosen() {
        return Vec::new();
    }
    let delay = json!({"type": "integer", "minimum": 1, "maximum": timing::MAX_DELAY_SECONDS});
    let delays = json!({"type": "array", "maxItems": timing::MAX_DELAYS, "items": delay});
    let timeout = json!({"type": "integer", "minimum": 1, "maximum": timing::MAX_TIMEOUT_SECONDS});
    let of_delays =
        "How long to wait after each failed attempt, at most 432000 s together. Null is the profile's schedule.";
    let of_timeout = "How long an attempt may take, to the last response header. Null is the profile's timeout.";
    vec![("retryDelaysSeconds", nullable(&delays, of_delays)), ("timeoutSeconds", nullable(&timeout, of_timeout))]
}

pub(super) fn creation(profile: &Profile) -> Value {
    let mut required = vec!["url", "events"];
    if profile.webhooks.name == NameRule::Required {
        required.push("name");
    }
    let mut properties = vec![("name", name()), ("url", url()), ("events", patterns(profile))];
    properties.extend([("filter", filter()), ("rateLimit", rate_limit())]);
    properties.extend([("headers", new_headers()), ("metadata", metadata())]);
    properties.extend(timing(profile));
    let description = "The signing secret; generated if left out.";
    match profile.webhooks.client_secret {
        ClientSecret::Refused => {}
        ClientSecret::Text => properties.push((
            "secret",
            json!({
                "type": "string", "minLength": 8, "maxLength": 256, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": format!(
                    "{description} No white space at its ends, none but plain spaces inside, and no invisible characters."
                ),
            }),
        )),
        ClientSecret::Standard => properties.push((
            "secret",
            json!({
                "type": "string", "pattern": "^whsec_[A-Za-z0-9+/]{32,86}={0,2}$",
                "description": format!("{description} `whsec_` and the base64 of 24 to 64 bytes."),
            }),
        )),
    }
    closed(&required, &properties)
}

pub(super) fn change(profile: &Profile) -> Value {
    let is_active =
        json!({"type": "boolean", "description": "True enables the webhook again and resets the failure count."});
    let name = match profile.webhooks.name {
        NameRule::Required => name(),
        NameRule::Optional => nullable(&name(), "Not only spaces, and no control characters. Null clears it."),
    };
    let mut properties = vec![("name", name), ("url", url()), ("events", patterns(profile)), ("isActive", is_active)];
    properties.extend([("filter", filter()), ("rateLimit", rate_limit())]);
    properties.extend([("headers", changed_headers()), ("metadata", metadata())]);
    properties.extend(timing(profile));
    closed(&[], &properties)
}

pub(super) fn webhook(profile: &Profile) -> Value {
    open(&properties(profile))
}

pub(super) fn webhook_with_secret(profile: &Profile) -> Value {
    let mut properties = properties(profile);
    let description = "Shown only this once. A repetition under the same `Idempotency-Key` shows it until another secret replaces it.";
    properties.push(("secret", json!({"type": "string", "description": description})));
    open(&properties)
}

fn properties(profile: &Profile) -> Vec<(&'static str, Value)> {
    let masked = "The values are masked: four dots, and the last four characters of a value of 12 or more.";
    let mut properties = vec![
        ("id", id()),
        ("name", nullable(&json!({"type": "string"}), "Null if it was given none.")),
        ("url", json!({"type": "string"})),
        ("events", json!({"type": "array", "items": pattern(profile)})),
        ("isActive", json!({"type": "boolean"})),
        ("createdAt", time()),
        ("updatedAt", time()),
        ("consecutiveFailures", json!({"type": "integer", "minimum": 0})),
        ("disabledAt", nullable(&time(), "Null unless disabled.")),
        ("disabledReason", nullable(&json!({"type": "string"}), "Null unless disabled.")),
        (
            "health",
            json!({
                "enum": ["ok", "slow", "failing"],
                "description": "slow: a success took over 3 s, and it has not been quick three times in a row since. failing: its last three attempts failed.",
            }),
        ),
        ("recovery", nullable(&id(), "The recovery that is under way. Null if there is none.")),
        ("headers", headers(&json!({"type": "string", "pattern": "^\u{2022}{4}[ -~]{0,4}$"}), masked)),
        ("metadata", metadata()),
        ("filter", filter()),
        ("rateLimit", rate_limit()),
        (
            "throttledUntil",
            nullable(&time(), "When the webhook will have caught up. Null unless its rate limit holds it back."),
        ),
    ];
    properties.extend(timing(profile));
    properties
}

pub(super) fn deleted() -> Value {
    open(&[("id", id()), ("deleted", json!({"const": true}))])
}

pub(super) fn rotation() -> Value {
    let grace = json!({
        "type": "integer", "minimum": 0, "maximum": MAX_GRACE_SECONDS, "default": DEFAULT_GRACE_SECONDS,
        "description": "How long the old secret signs next to the new one.",
    });
    closed(&[], &[("gracePeriodSeconds", grace)])
}
