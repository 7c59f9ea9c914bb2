//! The handlers, one file for each resource. Each reads as sentences: who is calling, what was sent, do it, answer.

pub mod deliveries;
pub mod events;
pub mod meta;
pub mod secrets;
pub mod test;
pub mod webhooks;

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use shared::domain::{
    id::{AccountId, WebhookId},
    webhook::Webhook,
};

use crate::{context::Context, error::ApiError};

/// The webhook of the path, if it is this account's; another account's is not found.
async fn webhook(context: &Context, account: &AccountId, id: &WebhookId) -> Result<Webhook, ApiError> {
    context.api.store.webhook(account, id).await?.ok_or(ApiError::NotFound { what: "webhook" })
}

/// The `{id}` of a webhook's path, judged only when asked for: who has no key learns only that.
#[derive(Debug)]
pub struct WebhookPath(Option<WebhookId>);

impl WebhookPath {
    /// What cannot be an id is not found.
    fn id(self) -> Result<WebhookId, ApiError> {
        self.0.ok_or(ApiError::NotFound { what: "webhook" })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for WebhookPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // What is not UTF-8 once decoded is no id either.
        let segments = Path::<Vec<String>>::from_request_parts(parts, state).await;
        let id = segments.ok().and_then(|Path(segments)| WebhookId::parse(segments.first()?).ok());
        Ok(Self(id))
    }
}
