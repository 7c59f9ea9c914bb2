use std::sync::Arc;

use crate::{
    Api,
    actions::{test, webhooks},
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{self, Incoming},
    views::TestView,
};

/// `POST /webhooks/:id/test`
pub(crate) async fn send(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.webhook_id()?;
    let named = request::webhook::test(incoming.optional_fields()?)?;
    let webhook = webhooks::get(&api, &caller, &id).await?;
    let sent = test::send_in_turn(&api, &caller, &webhook, named.as_deref()).await?;
    Answer::object(&TestView::of(&sent))
}
