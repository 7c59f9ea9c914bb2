//! The delivery log: for the person who has to find out why an event did not arrive.

use axum::{
    extract::{Path, rejection::PathRejection},
    http::StatusCode,
};
use shared::{
    ambient,
    domain::{api_key::Scope, id::DeliveryId},
    store::deliveries::DeliveryQuery,
};

use super::{WebhookPath, webhook};
use crate::{
    answer::Answer,
    context::Context,
    cursor::next_cursor,
    error::ApiError,
    views::{DeliveryView, DeliveryWithPayload},
};

/// `GET /webhooks/:id/deliveries`
pub async fn list(context: Context, path: WebhookPath) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Read).await?;
    let id = path.id()?;
    let mut parameters = context.parameters()?;
    let query = DeliveryQuery {
        limit: parameters.limit()?,
        before: parameters.cursor(id.as_str(), |id| DeliveryId::parse(id).ok())?,
        statuses: parameters.statuses()?,
    };
    parameters.finish("limit, cursor and status")?;
    webhook(&context, &account, &id).await?;
    let page = context.api.store.deliveries(&id, &query, ambient::now()).await?;
    let next = next_cursor(page.has_more, id.as_str(), page.deliveries.last().map(|delivery| delivery.id.as_str()));
    Answer::list(&page.deliveries.iter().map(DeliveryView::of).collect::<Vec<_>>(), next)
}

/// `GET /webhooks/:id/deliveries/:deliveryId`
pub async fn get(
    context: Context,
    path: WebhookPath,
    segments: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Read).await?;
    context.parameters()?.finish("none")?;
    let id = path.id()?;
    webhook(&context, &account, &id).await?;
    let not_found = ApiError::NotFound { what: "delivery" };
    let Path((_, delivery)) = segments.map_err(|_| not_found.clone())?;
    let delivery = DeliveryId::parse(&delivery).map_err(|_| not_found.clone())?;
    let now = ambient::now();
    let delivery = context.api.store.delivery(&id, &delivery, now).await?.ok_or(not_found)?;
    let event = match &delivery.payload {
        Some(_) => None,
        None => context.api.store.event(&account, &delivery.event_id, now).await?,
    };
    let payload = delivery.payload.as_deref().or(event.as_ref().map(|event| event.body.as_str()));
    Answer::object(StatusCode::OK, &DeliveryWithPayload { delivery: DeliveryView::of(&delivery), payload })
}
