//! What a client may want to know of the API itself.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{json, value::RawValue};
use shared::domain::{api_key::Scope, profile::CatalogueEntry};

use crate::{answer::Answer, context::Context, error::ApiError, openapi};

/// An event type as the platform documents it.
#[derive(Debug, Serialize)]
struct EventTypeView<'a> {
    name: &'a str,
    description: &'a str,
    /// Example `data`.
    sample: Option<&'a RawValue>,
}

impl<'a> EventTypeView<'a> {
    fn of(entry: &'a CatalogueEntry) -> Self {
        Self { name: entry.name.as_str(), description: &entry.description, sample: entry.sample_json() }
    }
}

/// `GET /event-types`
pub async fn event_types(context: Context) -> Result<Answer, ApiError> {
    context.authorise_any(&[Scope::Read, Scope::Publish]).await?;
    context.parameters()?.finish("none")?;
    let entries = context.profile()?.catalogue().iter().map(EventTypeView::of);
    Answer::list(&entries.collect::<Vec<_>>(), None)
}

/// `GET /openapi.json`
pub async fn openapi(context: Context) -> Result<Answer, ApiError> {
    Answer::document(&openapi::document(context.profile()?))
}

/// `GET /health`
pub async fn health() -> Result<Answer, ApiError> {
    Answer::object(StatusCode::OK, &json!({"status": "ok"}))
}
