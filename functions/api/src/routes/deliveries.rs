use std::sync::Arc;

use crate::{
    Api,
    actions::{deliveries, webhooks},
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{Incoming, cursor::next_cursor},
    views::{DeliveryView, DeliveryWithPayload},
};

/// `GET /webhooks/:id/deliveries`
pub(crate) async fn list(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let query = incoming.query()?.of_deliveries(&id)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let page = deliveries::list(&api, &webhook, &query).await?;
    let last = page.deliveries.last().map(|delivery| delivery.id.as_str());
    let next = next_cursor(page.has_more, id.as_str(), last);
    Answer::list(page.deliveries.iter().map(DeliveryView::of), next)
}

/// `GET /webhooks/:id/deliveries/:deliveryId`
pub(crate) async fn get(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let webhook = webhooks::get(&api, &caller, &incoming.webhook_id()?).await?;
    let delivery = deliveries::get(&api, &webhook, &incoming.delivery_id()?).await?;
    Answer::object(&DeliveryWithPayload::of(&delivery))
}
