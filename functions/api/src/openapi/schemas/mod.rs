//! What requests and responses hold. Tests compare the responses' schemas with what [`crate::views`] really write.

mod account;
mod delivery;
mod event;
mod parts;
mod recovery;
mod session;
mod webhook;

use serde_json::{Value, json};
use shared::domain::profile::{AnswerStyle, Profile, registry::Profiles};

pub(super) use self::{account::account_id, parts::id};
use super::envelope;

/// Every named schema.
pub(super) fn all(profile: &Profile) -> Value {
    json!({
        "Error": envelope::error(profile.answers),
        "WebhookCreation": webhook::creation(profile),
        "WebhookChange": webhook::change(profile),
        "Webhook": webhook::webhook(profile),
        "WebhookWithSecret": webhook::webhook_with_secret(profile),
        "Deleted": webhook::deleted(),
        "FilterCheck": webhook::filter_check(profile),
        "FilterChecked": parts::open(&[("matches", json!({"type": "boolean"}))]),
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
        "PortalSessionCreation": session::creation(),
        "PortalSessionCreated": session::created(),
        "PortalSession": session::session(),
        "PortalSessionDeleted": session::deleted(),
        "Health": parts::open(&[("status", json!({"const": "ok"}))]),
    })
}

/// Every named schema of the operators' API.
pub(super) fn of_operators(profiles: &Profiles) -> Value {
    json!({
        "Error": envelope::error(AnswerStyle::Problem),
        "AccountPut": account::put(profiles),
        "AccountChange": account::change(),
        "Account": account::account(profiles),
        "AccountDeleting": account::deleting(),
        "KeyCreation": account::key_creation(),
        "Key": account::key(),
        "KeyWithSecret": account::key_with_secret(),
        "Deleted": account::deleted_key(),
        "PortalSessionCreation": session::creation(),
        "PortalSessionCreated": session::created(),
        "PortalSession": session::session(),
        "PortalSessionDeleted": session::deleted(),
    })
}
