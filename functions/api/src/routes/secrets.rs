use std::sync::Arc;

use shared::store::idempotency::Route;

use crate::{
    Api,
    actions::{secrets, throttling::throttled_until, webhooks},
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
    let key = incoming.idempotency(Route::RotateSecret, id.as_str())?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let shown = secrets::rotate(&api, &caller.actor, webhook, grace, key.as_ref()).await?;
    let until = throttled_until(&api, shown.webhook()).await?;
    Answer::object(&WebhookView::shown(&shown, caller.profile, until))
}
