use std::sync::Arc;

use crate::{
    Api,
    actions::{deliveries, resend, webhooks},
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{Incoming, cursor::next_cursor},
    views::{DeliveryView, DeliveryWithPayload},
};

/// `GET /webhooks/:id/deliveries`
pub(crate) async fn list(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let query = incoming.query()?.of_deliveries(&id, &caller.profile.events)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let page = deliveries::list(&api, &webhook, &query).await?;
    let next = page.next.as_ref().and_then(|next| next_cursor(true, id.as_str(), Some(next.as_str())));
    Answer::list(page.deliveries.iter().map(DeliveryView::of), next)
}

/// `GET /webhooks/:id/deliveries/:deliveryId`
pub(crate) async fn get(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let webhook = webhooks::get(&api, &caller, &incoming.webhook_id()?).await?;
    let delivery = deliveries::get(&api, &webhook, &incoming.delivery_id()?).await?;
    Answer::object(&DeliveryWithPayload::of(&delivery))
}

/// `POST /webhooks/:id/deliveries/:deliveryId/resend`
pub(crate) async fn resend(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    incoming.optional_fields()?.finish_empty()?;
    let webhook = webhooks::get(&api, &caller, &incoming.webhook_id()?).await?;
    let delivery = resend::resend(&api, &caller, &webhook, &incoming.delivery_id()?).await?;
    Answer::object(&DeliveryView::of(&delivery))
}
