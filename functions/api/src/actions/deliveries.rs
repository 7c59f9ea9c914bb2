//! The delivery log: for the person who has to find out why an event did not arrive.
//!
//! Deliveries are found by their webhook, which these actions take as a value: only [`super::webhooks::get`] makes one, for its owner.

use shared::{
    ambient,
    domain::{delivery::Delivery, event::Event, ids::DeliveryId, webhook::Webhook},
    store::deliveries::pages::{DeliveryPage, DeliveryQuery},
};

use super::event_log::delivery_of;
use crate::{Api, error::ApiError};

/// A page of the webhook's deliveries, newest first.
pub(crate) async fn list(api: &Api, webhook: &Webhook, query: &DeliveryQuery) -> Result<DeliveryPage, ApiError> {
    let now = ambient::now();
    if let Some(event_id) = &query.filter.event_id
        && let Some(event) = api.store.event(&webhook.account, event_id, now).await?
    {
        return of_event(api, webhook, &event, query).await;
    }
    Ok(api.store.deliveries(&webhook.id, query, now).await?)
}

/// A stored event's only delivery, found by its id. Deliveries without a stored event, such as tests, are searched for.
async fn of_event(
    api: &Api,
    webhook: &Webhook,
    event: &Event,
    query: &DeliveryQuery,
) -> Result<DeliveryPage, ApiError> {
    let id = delivery_of(event, &webhook.id);
    let found = api.store.delivery(&webhook.id, &id, ambient::now()).await?;
    let is_shown = |delivery: &Delivery| {
        query.before.as_ref().is_none_or(|before| delivery.id < *before) && query.filter.shows(delivery)
    };
    Ok(DeliveryPage { deliveries: found.into_iter().filter(is_shown).collect(), next: None })
}

/// One delivery with its payload, which is absent only if the event is not stored any more.
pub(crate) async fn get(api: &Api, webhook: &Webhook, id: &DeliveryId) -> Result<Delivery, ApiError> {
    let now = ambient::now();
    let delivery = api.store.delivery(&webhook.id, id, now).await?;
    let mut delivery = delivery.ok_or(ApiError::NotFound { what: "delivery" })?;
    // A test's payload is in its own record; every other payload is its event's.
    if delivery.payload.is_none() {
        let event = api.store.event(&webhook.account, &delivery.event_id, now).await?;
        delivery.payload = event.map(|event| event.body());
    }
    Ok(delivery)
}
