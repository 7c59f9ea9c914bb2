use std::sync::Arc;

use crate::{
    Api,
    actions::{secrets, webhooks},
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{self, Incoming},
    views::WebhookView,
};

/// `POST /webhooks/:id/rotate-secret`
pub(crate) async fn rotate(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let grace = request::webhook::rotation(incoming.optional_fields()?)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let webhook = secrets::rotate(&api, &webhook, grace).await?;
    Answer::object(&WebhookView::with_secret(&webhook))
}
