use std::sync::Arc;

use shared::domain::account::bucket::Bucket;

use crate::{
    Api,
    actions::{event_log, events, webhooks},
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{Incoming, cursor::next_cursor, publication, query::log_of},
    views::{CatchUpView, EventWithDeliveriesView, LoggedEventView, PublishedView},
};

/// `POST /events`
pub(crate) async fn publish(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let key = publication::idempotency_key(incoming.headers());
    let events = key.and_then(|key| Ok((key, publication::events(incoming.fields()?)?)));
    let admitted = events.and_then(|(key, events)| Ok((events::admit_all(&caller, key.as_deref(), events)?, key)));
    // What is wrong uses up the limit as one event does.
    let units = admitted.as_ref().map_or(1, |(events, _)| events.len());
    caller.draw(&api, Bucket::Events, u32::try_from(units).unwrap_or(u32::MAX)).await?;
    let (events, key) = admitted?;
    let ids = events::publish(&api, &caller, key.as_deref(), events).await?;
    Answer::object(&PublishedView::of(&ids))
}

/// `GET /events`
pub(crate) async fn list(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let query = incoming.query()?.of_events(&caller.account, &caller.profile.events)?;
    let page = event_log::list(&api, &caller, &query).await?;
    let end = page.next.map(|next| next.to_text());
    let next = next_cursor(true, &log_of(caller.account.as_str()), end.as_deref());
    Answer::list(page.events.into_iter().map(|stored| LoggedEventView::of(stored.event)), next)
}

/// `GET /event?id=…`
pub(crate) async fn get(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let found = event_log::get(&api, &caller, &incoming.query()?.of_event()?).await?;
    Answer::object(&EventWithDeliveriesView::of(&found))
}

/// `GET /webhooks/:id/events`
pub(crate) async fn catch_up(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let query = incoming.query()?.of_catch_up(&id)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let page = event_log::catch_up(&api, &webhook, &query).await?;
    let next = next_cursor(true, &log_of(id.as_str()), Some(&page.next.to_text())).unwrap_or_default();
    Answer::feed(page.events.iter().map(|event| CatchUpView::of(event, &id)), next, page.done)
}
