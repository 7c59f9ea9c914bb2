//! What requests and responses hold. Tests compare the responses' schemas with what [`crate::views`] really write.

mod delivery;
mod event;
mod parts;
mod recovery;
mod webhook;

use serde_json::{Value, json};
use shared::domain::profile::Profile;

use super::envelope;
pub(super) use parts::id;

/// Every named schema.
pub(super) fn all(profile: &Profile) -> Value {
    json!({
        "Error": envelope::error(profile.answers),
        "WebhookCreation": webhook::creation(profile),
        "WebhookChange": webhook::change(profile),
        "Webhook": webhook::webhook(profile),
        "WebhookWithSecret": webhook::webhook_with_secret(profile),
        "Deleted": webhook::deleted(),
        "TestRequest": parts::closed(&[], &[("event", event::event_type(profile))]),
        "TestResult": delivery::test_result(),
        "RotationRequest": webhook::rotation(),
        "Attempt": delivery::attempt(),
        "Delivery": delivery::delivery(),
        "DeliveryWithPayload": delivery::delivery_with_payload(),
        "Event": event::event(profile),
        "Publication": event::publication(),
        "Published": event::published(),
        "Empty": parts::closed(&[], &[]),
        "RecoveryCreation": recovery::creation(profile),
        "Recovery": recovery::recovery(),
        "RecoveryOrEstimate": json!({"anyOf": [envelope::reference("Recovery"), recovery::estimate()]}),
        "LoggedEvent": event::logged(),
        "EventWithDeliveries": event::with_deliveries(),
        "CatchUpEvent": event::catch_up(),
        "EventType": event::documented_type(),
        "Health": parts::open(&[("status", json!({"const": "ok"}))]),
    })
}
