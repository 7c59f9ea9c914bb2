//! What intake needs to know of a webhook: kept in the account's item, changed together with the webhook.

use super::{
    super::{
        event::pattern::{EventPattern, EventType},
        ids::WebhookId,
    },
    standing::Health,
};

/// A webhook as intake sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub webhook: WebhookId,
    pub events: Vec<EventPattern>,
    pub is_active: bool,
    pub health: Health,
}

impl Route {
    pub fn wants(&self, event: &EventType) -> bool {
        self.events.iter().any(|pattern| pattern.matches(event))
    }
}
