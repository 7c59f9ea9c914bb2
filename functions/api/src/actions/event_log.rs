//! What was published: an account's events, one event with what became of it, and a webhook's events for a receiver that catches up.

use jiff::Timestamp;
use shared::{
    ambient,
    config::EventLog,
    domain::{
        delivery::Delivery,
        event::{
            Event,
            content::Content,
            log::{LogPlace, LoggedEvent, SETTLED_AFTER},
            page::{MAX_ESCAPED_BYTES, fitting},
            pattern::EventType,
        },
        ids::{DeliveryId, EventId, WebhookId},
        time,
        webhook::{Webhook, route::Route},
    },
    store::event_log::{LogLimit, LogPage, LogWindow},
};

use crate::{Api, caller::Caller, error::ApiError};

/// The most bytes of payloads that are read for a page, unless its only event has more.
const MAX_PAGE_BYTES: usize = 4_000_000;

/// Which events of an account's log to list.
#[derive(Debug, PartialEq, Eq)]
pub struct EventQuery {
    pub(crate) after: Option<LogPlace>,
    pub(crate) window: LogWindow,
    /// Empty means all.
    pub(crate) events: Vec<EventType>,
    pub(crate) limit: usize,
}

/// From where on a receiver catches up.
#[derive(Debug, PartialEq, Eq)]
pub struct CatchUpQuery {
    pub(crate) after: Option<LogPlace>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) limit: usize,
}

/// A page of the account's events, newest first.
pub(crate) async fn list(api: &Api, caller: &Caller, query: &EventQuery) -> Result<LogPage, ApiError> {
    let EventQuery { after, window, events, limit } = query;
    check_log(api, window.since).await?;
    let wanted = |event: &LoggedEvent| events.is_empty() || events.contains(&event.event_type);
    let now = ambient::now();
    Ok(api.store.newest_events(&caller.account, *window, &wanted, after.as_ref(), *limit, now).await?)
}

/// An event, and its deliveries to the account's webhooks.
#[derive(Debug)]
pub struct EventWithDeliveries {
    pub(crate) event: Event,
    pub(crate) deliveries: Vec<Delivery>,
}

/// One event, if it is still stored.
pub(crate) async fn stored(api: &Api, caller: &Caller, id: &EventId) -> Result<Event, ApiError> {
    let event = api.store.event(&caller.account, id, ambient::now()).await?;
    event.ok_or(ApiError::NotFound { what: "event" })
}

/// One event with what became of it.
pub(crate) async fn get(api: &Api, caller: &Caller, id: &EventId) -> Result<EventWithDeliveries, ApiError> {
    let (event, now) = (stored(api, caller, id).await?, ambient::now());
    let account = api.store.account(&caller.account).await?;
    let routes = account.into_iter().flat_map(|account| account.routes);
    let places: Vec<(WebhookId, DeliveryId)> = routes
        .map(|Route { webhook, .. }| {
            let delivery = delivery_of(&event, &webhook);
            (webhook, delivery)
        })
        .collect();
    let found = api.store.these_deliveries(&places, now).await;
    let deliveries = found.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(EventWithDeliveries { event, deliveries })
}

/// An event, and the webhooks that have a delivery of it.
#[derive(Debug)]
pub struct EventWithReceivers {
    pub(crate) event: Event,
    pub(crate) receivers: Vec<(Webhook, Delivery)>,
}

/// The same with the webhooks themselves. One that was deleted in between is left out.
pub(crate) async fn with_receivers(api: &Api, caller: &Caller, id: &EventId) -> Result<EventWithReceivers, ApiError> {
    let EventWithDeliveries { event, deliveries } = get(api, caller, id).await?;
    let ids: Vec<_> = deliveries.iter().map(|found| (caller.account.clone(), found.webhook.clone())).collect();
    let found = api.store.webhooks_and_standings(&ids, &[]).await.webhooks;
    let webhooks = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    let receivers = webhooks.into_iter().zip(deliveries).filter_map(|(webhook, delivery)| Some((webhook?, delivery)));
    Ok(EventWithReceivers { event, receivers: receivers.collect() })
}

/// What a receiver gets that catches up, and from where it goes on.
#[derive(Debug)]
pub struct CaughtUp {
    pub(crate) events: Vec<Event>,
    pub(crate) next: LogPlace,
    pub(crate) done: bool,
}

/// Events that the webhook wants, oldest first, whatever became of their deliveries.
///
/// It stays behind the present by [`SETTLED_AFTER`], so that a reader that follows the places passes over nothing.
pub(crate) async fn catch_up(api: &Api, webhook: &Webhook, query: &CatchUpQuery) -> Result<CaughtUp, ApiError> {
    let CatchUpQuery { after, since, limit } = query;
    let from = after.as_ref().map(|after| after.entry.at()).or(*since);
    check_log(api, from).await?;
    let now = ambient::now();
    let settled = time::before(now, SETTLED_AFTER);
    let window = LogWindow { since: *since, until: Some(settled) };
    let wanted = |event: &LoggedEvent| webhook.wants(&event.event_type);
    let limit = LogLimit { events: *limit, bytes: MAX_PAGE_BYTES };
    let page = api.store.oldest_events(&webhook.account, window, &wanted, after.as_ref(), limit, now).await?;
    let ids: Vec<EventId> = page.events.iter().map(|listed| listed.event.id.clone()).collect();
    let stored = api.store.these_events(&webhook.account, &ids, now).await;
    // The log does not have the data that a filter needs, and an entry that a crash left behind may name another type.
    let wanted = |event: Option<Event>| event.filter(|event| webhook.wants_content(&Content::of(event)));
    let mut events = stored.into_iter().map(|event| event.map(wanted)).collect::<Result<Vec<_>, _>>()?;
    let fitting = fitting(&events, MAX_ESCAPED_BYTES);
    events.truncate(fitting);
    let next = page.events.get(fitting).map(|left| left.place.clone()).or(page.next);
    let done = next.is_none();
    let events = events.into_iter().flatten().collect();
    Ok(CaughtUp { events, next: next.unwrap_or_else(|| end(after.as_ref(), settled)), done })
}

/// From where a reader goes on that has had everything until `settled`. A clock that stepped back takes it back nowhere.
fn end(after: Option<&LogPlace>, settled: Timestamp) -> LogPlace {
    let end = LogPlace::first_at(settled);
    after.filter(|after| after.entry >= end.entry).cloned().unwrap_or(end)
}

/// The id of an event's delivery to a webhook.
pub(crate) fn delivery_of(event: &Event, webhook: &WebhookId) -> DeliveryId {
    DeliveryId::derive(event.accepted_at, &event.account, &event.id, webhook)
}

/// Whether the log lists everything from a time on. Without a time, whatever it lists will do.
pub(super) async fn check_log(api: &Api, from: Option<Timestamp>) -> Result<(), ApiError> {
    if api.event_log == EventLog::Off {
        return Err(ApiError::NoEventLog);
    }
    let Some(from) = from else { return Ok(()) };
    match api.store.log_off_until().await? {
        Some(until) if from < until => Err(ApiError::EventLogWasOff { until: time::milliseconds(until) }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_everything_goes_on_from_the_settled_time_and_never_back() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let place = |ms| LogPlace::first_at(at(ms));
        assert_eq!(end(None, at(100)), place(100));
        assert_eq!(end(Some(&place(50)), at(100)), place(100));
        assert_eq!(end(Some(&place(150)), at(100)), place(150));
    }
}
