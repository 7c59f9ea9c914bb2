//! What the tests of several rooms build on: an account's one webhook, and a delivery to it.

use jiff::Timestamp;

use crate::{
    attempt::{Attempt, Reason, kept::KeptHeaders},
    delivery::{Delivery, Status, job::Job, round::Rounds},
    event::pattern::{EventPattern, EventType},
    ids::{AccountId, DeliveryId, EventId, ProfileName, WebhookId},
    signing::{Secrets, secret::Secret},
    target::TargetPolicy,
    webhook::{Webhook, settings::Settings, standing::Standing},
};

/// An active webhook of `acme` that subscribes to `events`, with every other setting at its default.
pub(crate) fn webhook(events: &str, created_at: Timestamp) -> Webhook {
    let url = TargetPolicy::default().check("https://example.com/hooks?token=secret").unwrap();
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        settings: Settings::new(url, vec![EventPattern::parse(events).unwrap()]),
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing: Standing::new(created_at),
    }
}

/// The first message about a `click` for that webhook.
pub(crate) fn job(accepted_at: Timestamp) -> Job {
    Job {
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("go2").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("e1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        delivery: DeliveryId::parse("dlv_1").unwrap(),
        accepted_at,
        reason: Reason::Event,
        again: false,
        round: None,
        waited: false,
        at: None,
    }
}

/// The record of that delivery, which no message owns and no round has touched.
pub(crate) fn delivery(status: Status, attempts: Vec<Attempt>, created_at: Timestamp) -> Delivery {
    Delivery {
        id: DeliveryId::parse("dlv_1").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
        event_id: EventId::parse("e1").unwrap(),
        event_type: EventType::parse("click").unwrap(),
        reason: Reason::Event,
        status,
        status_reason: None,
        created_at,
        next_attempt_at: None,
        attempts,
        owner: None,
        rounds: Rounds::default(),
        payload: None,
    }
}

/// An attempt that the endpoint answered at once, with nothing but this status.
pub(crate) fn attempt(number: u32, at: Timestamp, status_code: u16) -> Attempt {
    Attempt {
        number,
        reason: Reason::Event,
        at,
        status_code: Some(status_code),
        response_time_ms: 1,
        error: None,
        error_class: None,
        response: None,
        response_headers: KeptHeaders::default(),
    }
}
