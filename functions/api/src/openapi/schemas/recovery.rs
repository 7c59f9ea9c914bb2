//! Recoveries.

use serde_json::{Value, json};
use shared::domain::{
    delivery::recovery::{DEFAULT_RATE, Include, MAX_RATE, RecoveryStatus},
    profile::Profile,
};

use super::{
    event,
    parts::{closed, id, nullable, open, time},
};

fn includes() -> Value {
    json!({"type": "array", "items": {"enum": Include::ALL.map(Include::as_str)}, "minItems": 1})
}

pub(super) fn creation(profile: &Profile) -> Value {
    let mut include = includes();
    include["default"] = json!([Include::Failed.as_str(), Include::Skipped.as_str()]);
    include["description"] = json!(
        "`missing`: events that were stored before the webhook came to want them, and that it has no delivery of."
    );
    let mut since = time();
    since["description"] = json!(
        "Deliveries created at this time or later; of `missing`, events stored then or later. At most as many days ago as events are \
         kept, less 12."
    );
    let mut until = time();
    until["description"] = json!("Only before this time. By default, and at most, now.");
    closed(
        &["since"],
        &[
            ("include", include),
            ("since", since),
            ("until", until),
            ("events", json!({"type": "array", "items": event::pattern(profile), "minItems": 1})),
            ("rate", rate()),
            ("dryRun", json!({"type": "boolean", "default": false, "description": "Only say how much it would be."})),
        ],
    )
}

fn rate() -> Value {
    json!({
        "type": "integer", "minimum": 1, "maximum": MAX_RATE, "default": DEFAULT_RATE, "description": "Deliveries a second, at most.",
    })
}

pub(super) fn recovery() -> Value {
    let count = || json!({"type": "integer", "minimum": 0});
    let counts = open(&[
        ("estimated", count()),
        ("queued", count()),
        ("delivered", count()),
        ("failed", count()),
        ("retrying", count()),
        (
            "passedOver",
            json!({"type": "integer", "minimum": 0, "description": "Not sent: another attempt was faster."}),
        ),
    ]);
    let events = json!({"type": "array", "items": {"type": "string"}});
    open(&[
        ("id", id()),
        ("status", json!({"enum": RecoveryStatus::ALL.map(RecoveryStatus::as_str)})),
        ("statusReason", nullable(&json!({"type": "string"}), "Why it does not go on, or why it ended.")),
        ("include", includes()),
        ("since", time()),
        ("until", time()),
        ("events", nullable(&events, "Null: all that the webhook wants.")),
        ("rate", rate()),
        ("counts", counts),
        ("reachedAt", nullable(&time(), "The time of the event that it has got to.")),
        ("progress", json!({"type": "number", "minimum": 0, "maximum": 1})),
        ("createdAt", time()),
        ("startedAt", nullable(&time(), "Null until it began.")),
        ("finishedAt", nullable(&time(), "Null until it is over.")),
    ])
}

/// What a dry run found.
pub(super) fn estimate() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    let missing = open(&[("atMost", count.clone())]);
    let counts = json!({"type": "object", "additionalProperties": {"anyOf": [count, missing]}});
    open(&[
        ("counts", counts),
        ("complete", json!({"type": "boolean", "description": "Whether everything was counted; else there is more."})),
    ])
}
