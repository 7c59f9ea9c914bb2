use std::sync::Arc;

use axum::http::StatusCode;
use shared::store::idempotency::Route;

use crate::{
    Api,
    actions::{
        recoveries::{self, Created, Mode, Order},
        webhooks,
    },
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{Incoming, cursor::next_cursor, query::recoveries_of, recovery},
    views::{EstimateView, RecoveryView},
};

/// `POST /webhooks/:id/recoveries`
pub(crate) async fn create(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let new = recovery::creation(caller.profile, incoming.fields()?)?;
    let key = incoming.idempotency(Route::CreateRecovery, id.as_str())?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    if new.mode == Mode::DryRun {
        let estimate = recoveries::dry_run(&api, &caller, &webhook, new).await?;
        return Ok(Answer::object(&EstimateView::of(&estimate))?.chosen(StatusCode::OK));
    }
    match recoveries::create(&api, &caller, &webhook, new, key.as_ref()).await? {
        Created::New(recovery) => Answer::object(&RecoveryView::of(&recovery)),
        Created::Before(recovery) => Ok(Answer::object(&RecoveryView::of(&recovery))?.chosen(StatusCode::OK)),
    }
}

/// `GET /webhooks/:id/recoveries`
pub(crate) async fn list(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let (before, limit) = incoming.query()?.of_recoveries(&id)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let page = recoveries::list(&api, &webhook, before.as_ref(), limit).await?;
    let last = page.recoveries.last().map(|recovery| recovery.id.as_str());
    let next = next_cursor(page.has_more, &recoveries_of(&id), last);
    Answer::list(page.recoveries.iter().map(RecoveryView::of), next)
}

/// `GET /webhooks/:id/recoveries/:recoveryId`
pub(crate) async fn get(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let webhook = webhooks::get(&api, &caller, &incoming.webhook_id()?).await?;
    let recovery = recoveries::get(&api, &webhook.id, &incoming.recovery_id()?).await?;
    Answer::object(&RecoveryView::of(&recovery))
}

/// `POST /webhooks/:id/recoveries/:recoveryId/pause`
pub(crate) async fn pause(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    order(&api, &caller, &incoming, Order::Pause).await
}

/// `POST /webhooks/:id/recoveries/:recoveryId/resume`
pub(crate) async fn resume(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    order(&api, &caller, &incoming, Order::Resume).await
}

/// `POST /webhooks/:id/recoveries/:recoveryId/cancel`
pub(crate) async fn cancel(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    order(&api, &caller, &incoming, Order::Cancel).await
}

async fn order(api: &Api, caller: &Caller, incoming: &Incoming, order: Order) -> Result<Answer, ApiError> {
    incoming.optional_fields()?.finish_empty()?;
    let webhook = webhooks::get(api, caller, &incoming.webhook_id()?).await?;
    let recovery = recoveries::order(api, &caller.actor, &webhook, &incoming.recovery_id()?, order).await?;
    Answer::object(&RecoveryView::of(&recovery))
}
