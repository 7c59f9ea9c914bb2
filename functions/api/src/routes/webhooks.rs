use std::sync::Arc;

use shared::store::idempotency::Route;

use crate::{
    Api,
    actions::{
        filter_check,
        throttling::{all_throttled_until, throttled_until},
        webhooks,
    },
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{self, Incoming, cursor::next_cursor},
    views::{DeletedView, FilterCheckView, WebhookView},
};

/// `POST /webhooks`
pub(crate) async fn create(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let new = request::webhook::creation(caller.profile, &api.targets, incoming.fields()?)?;
    let key = incoming.idempotency(Route::CreateWebhook, "")?;
    let shown = webhooks::create(&api, &caller, new, key.as_ref()).await?;
    let until = throttled_until(&api, shown.webhook()).await?;
    Answer::object(&WebhookView::shown(&shown, caller.profile, until))
}

/// `GET /webhooks`
pub(crate) async fn list(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let query = incoming.query()?.of_webhooks(&caller.account)?;
    let page = webhooks::list(&api, &caller, query.after.as_ref(), query.limit).await?;
    let last = page.webhooks.last().map(|webhook| webhook.id.as_str());
    let next = next_cursor(page.has_more, caller.account.as_str(), last);
    let until = all_throttled_until(&api, &page.webhooks).await?;
    let views = page.webhooks.iter().zip(until);
    Answer::list(views.map(|(webhook, until)| WebhookView::of(webhook, caller.profile, until)), next)
}

/// `GET /webhooks/:id`
pub(crate) async fn get(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let webhook = webhooks::get(&api, &caller, &incoming.webhook_id()?).await?;
    let until = throttled_until(&api, &webhook).await?;
    Answer::object(&WebhookView::of(&webhook, caller.profile, until))
}

/// `PATCH /webhooks/:id`
pub(crate) async fn change(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let (change, rest) = request::webhook::change(caller.profile, &api.targets, incoming.fields()?)?;
    let read = if rest.is_empty() { None } else { Some(webhooks::get(&api, &caller, &id).await?) };
    if let Some(read) = &read {
        request::webhook::check_repeated(caller.profile, rest, &WebhookView::of(read, caller.profile, None).to_json())?;
    }
    let webhook = webhooks::change(&api, &caller, &id, change, read.as_ref()).await?;
    let until = throttled_until(&api, &webhook).await?;
    Answer::object(&WebhookView::of(&webhook, caller.profile, until))
}

/// `DELETE /webhooks/:id`
pub(crate) async fn delete(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    webhooks::delete(&api, &caller, &id).await?;
    Answer::object(&DeletedView::of(&id))
}

/// `POST /webhooks/:id/filter-check`
pub(crate) async fn check_filter(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let asked = request::webhook::filter_check(incoming.fields()?)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    Answer::object(&FilterCheckView::of(filter_check::check(&api, &caller, &webhook, asked).await?))
}
