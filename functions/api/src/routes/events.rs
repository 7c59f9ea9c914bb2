use std::sync::Arc;

use crate::{
    Api,
    actions::events,
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{Incoming, publication},
    views::PublishedView,
};

/// `POST /events`
pub(crate) async fn publish(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let key = publication::idempotency_key(incoming.headers())?;
    let events = publication::events(incoming.fields()?)?;
    let ids = events::publish(&api, &caller, key.as_deref(), events).await?;
    Answer::object(&PublishedView::of(&ids))
}
