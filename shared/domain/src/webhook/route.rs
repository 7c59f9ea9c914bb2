//! What intake needs to know of a webhook: kept in the account's item, changed together with the webhook.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{
        event::{content::Content, filter::Filter, pattern::EventPattern},
        ids::WebhookId,
        time,
    },
    standing::Health,
};

/// The most bytes that the patterns and filters of an account's webhooks may have together: intake reads them for every batch.
pub const MAX_ROUTES_BYTES: usize = 32 * 1_024;

/// A webhook as intake sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub webhook: WebhookId,
    pub events: Vec<EventPattern>,
    pub filter: Option<Filter>,
    pub is_active: bool,
    pub health: Health,
    /// `None` while active.
    pub disabled_at: Option<Timestamp>,
}

/// How long after a webhook was disabled each event that it wants is recorded as skipped. Later ones are in the event log only: a
/// webhook that nobody enables again must not cost two writes an event.
pub const SKIPPED_FOR: Duration = Duration::from_hours(24);

impl Route {
    /// Whether an event that the disabled webhook wants is still recorded as skipped.
    pub fn records_skipped(&self, now: Timestamp) -> bool {
        self.disabled_at.is_none_or(|at| time::between(at, now) <= SKIPPED_FOR)
    }

    /// Whether the webhook gets the event, by its type and its content.
    pub fn wants_content(&self, content: &Content<'_>) -> bool {
        self.events.iter().any(|pattern| pattern.matches(content.event_type())) && content.passes(self.filter.as_ref())
    }
}

/// How many bytes an account's patterns and filters have, with the ids of their webhooks, if this one's are as given.
pub fn routes_bytes(routes: &[Route], webhook: &WebhookId, events: &[EventPattern], filter: Option<&Filter>) -> usize {
    let others = routes.iter().filter(|route| route.webhook != *webhook);
    let bytes_of = |route: &Route| route_bytes(&route.webhook, &route.events, route.filter.as_ref());
    others.map(bytes_of).fold(route_bytes(webhook, events, filter), usize::saturating_add)
}

fn route_bytes(webhook: &WebhookId, events: &[EventPattern], filter: Option<&Filter>) -> usize {
    let own = [webhook.as_str().len(), filter.map_or(0, |filter| filter.as_str().len())];
    events.iter().map(|event| event.to_string().len()).chain(own).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disabled_webhooks_events_are_recorded_for_a_day() {
        let at = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        let route = |disabled_at| Route {
            webhook: WebhookId::parse("wh_1").unwrap(),
            events: Vec::new(),
            filter: None,
            is_active: false,
            health: Health::Ok,
            disabled_at,
        };
        for (disabled_at, now, records) in
            [(Some(at(0)), at(24), true), (Some(at(0)), at(25), false), (None, at(25), true)]
        {
            assert_eq!(route(disabled_at).records_skipped(now), records, "{disabled_at:?} {now}");
        }
    }

    #[test]
    fn an_accounts_patterns_count_with_the_new_ones_in_place_of_the_old() {
        let pattern = |text: &str| EventPattern::parse(text).unwrap();
        let id = |text: &str| WebhookId::parse(text).unwrap();
        let route = |webhook: &str, events: &[&str]| Route {
            webhook: id(webhook),
            events: events.iter().map(|event| pattern(event)).collect(),
            filter: None,
            is_active: true,
            health: Health::Ok,
            disabled_at: None,
        };
        let filter = Filter::parse(r#"{"event": ["a"]}"#).unwrap();
        let filtered = Route { filter: Some(filter.clone()), ..route("wh_2", &["*"]) };
        let routes = [route("wh_1", &["a.*", "bcd"]), filtered];
        assert_eq!(routes_bytes(&routes, &id("wh_3"), &[pattern("xy")], None), 4 + 6 + 4 + 1 + 15 + 4 + 2);
        assert_eq!(routes_bytes(&routes, &id("wh_1"), &[pattern("xy")], Some(&filter)), 4 + 2 + 15 + 4 + 1 + 15);
        assert_eq!(routes_bytes(&routes, &id("wh_2"), &[pattern("xy")], None), 4 + 6 + 4 + 2);
    }
}
