//! A delivery as intake makes it, for stories that begin in a lane.

use serde_json::Value;
use shared::{
    ambient,
    domain::{
        attempt::Reason,
        delivery::job::Job,
        event::pattern::EventType,
        ids::{AccountId, DeliveryId, EventId, ProfileName, WebhookId},
    },
};

use super::customer::Customer;

pub fn job(customer: &Customer, profile: &str, webhook: &Value, event: &str, number: usize) -> Job {
    let (account, event_id) =
        (AccountId::parse(&customer.account).unwrap(), EventId::parse(&format!("e-{number}")).unwrap());
    let (accepted_at, id) = (ambient::now(), WebhookId::parse(webhook["id"].as_str().unwrap()).unwrap());
    Job {
        delivery: DeliveryId::derive(accepted_at, &account, &event_id, &id),
        account,
        profile: ProfileName::parse(profile).unwrap(),
        webhook: id,
        event_id,
        event_type: EventType::parse(event).unwrap(),
        accepted_at,
        reason: Reason::Event,
        again: false,
        round: None,
        waited: false,
        at: None,
    }
}
