//! What intake needs to know of a webhook: kept in the account's item, changed together with the webhook.

use super::{
    super::{
        event::pattern::{EventPattern, EventType},
        ids::WebhookId,
    },
    standing::Health,
};

/// The most bytes that the patterns of an account's webhooks may have together: intake reads them for every batch.
pub const MAX_ROUTES_BYTES: usize = 32 * 1_024;

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

/// How many bytes an account's patterns have, with the ids of their webhooks, if this one's are as given.
pub fn routes_bytes(routes: &[Route], webhook: &WebhookId, events: &[EventPattern]) -> usize {
    let bytes = |id: &WebhookId, events: &[EventPattern]| {
        events.iter().map(|event| event.to_string().len()).fold(id.as_str().len(), usize::saturating_add)
    };
    let others = routes.iter().filter(|route| route.webhook != *webhook);
    others.map(|route| bytes(&route.webhook, &route.events)).fold(bytes(webhook, events), usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accounts_patterns_count_with_the_new_ones_in_place_of_the_old() {
        let pattern = |text: &str| EventPattern::parse(text).unwrap();
        let id = |text: &str| WebhookId::parse(text).unwrap();
        let route = |webhook: &str, events: &[&str]| Route {
            webhook: id(webhook),
            events: events.iter().map(|event| pattern(event)).collect(),
            is_active: true,
            health: Health::Ok,
        };
        let routes = [route("wh_1", &["a.*", "bcd"]), route("wh_2", &["*"])];
        assert_eq!(routes_bytes(&routes, &id("wh_3"), &[pattern("xy")]), 4 + 6 + 4 + 1 + 4 + 2);
        assert_eq!(routes_bytes(&routes, &id("wh_1"), &[pattern("xy")]), 4 + 2 + 4 + 1);
    }
}
