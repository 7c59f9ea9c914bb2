//! What a client may want to know about the API itself.

use std::sync::Arc;

use serde_json::json;

use crate::{Api, answer::Answer, caller::Caller, error::ApiError, request::Incoming, views::EventTypeView};

/// `GET /event-types`
pub(crate) async fn event_types(_: Arc<Api>, caller: Caller, _: Incoming) -> Result<Answer, ApiError> {
    Answer::list(caller.profile.catalogue.iter().map(EventTypeView::of), None)
}

/// `GET /health`
pub(crate) fn health() -> Result<Answer, ApiError> {
    Answer::object(&json!({"status": "ok"}))
}
