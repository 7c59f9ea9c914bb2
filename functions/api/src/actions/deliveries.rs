//! The delivery log: for the person who has to find out why an event did not arrive.
//!
//! Deliveries are found by their webhook, which these actions take as a value: only [`super::webhooks::get`] makes one, for its owner.

use shared::{
    ambient,
    domain::{delivery::Delivery, ids::DeliveryId, webhook::Webhook},
    store::deliveries::{merge::DeliveryPage, pages::DeliveryQuery},
};

use crate::{Api, error::ApiError};

/// A page of the webhook's deliveries, newest first.
pub(crate) async fn list(api: &Api, webhook: &Webhook, query: &DeliveryQuery) -> Result<DeliveryPage, ApiError> {
    Ok(api.store.deliveries(&webhook.id, query, ambient::now()).await?)
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
