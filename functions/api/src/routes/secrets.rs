//! Rotating a webhook's secret: old and new both sign until the grace ends.

use std::time::Duration;

use axum::http::StatusCode;
use shared::{
    ambient,
    domain::{api_key::Scope, secret::Secret, time},
    store::webhooks::WebhookChanged,
};

use super::{WebhookPath, webhook};
use crate::{
    answer::Answer,
    context::Context,
    error::ApiError,
    fields::{JsonBody, invalid},
    views::WebhookView,
};

pub(crate) const DEFAULT_GRACE: u64 = 86_400;
pub(crate) const MAX_GRACE: u64 = 604_800;

/// `POST /webhooks/:id/rotate-secret`
pub async fn rotate(context: Context, path: WebhookPath, body: JsonBody) -> Result<Answer, ApiError> {
    let account = context.authorise(Scope::Manage).await?;
    context.parameters()?.finish("none")?;
    let id = path.id()?;
    let mut fields = body.optional_fields()?;
    let expected = "must be a whole number of seconds from 0 to 604800";
    let grace = fields.optional::<u64>("gracePeriodSeconds", expected)?.unwrap_or(DEFAULT_GRACE);
    fields.finish("gracePeriodSeconds")?;
    if grace > MAX_GRACE {
        return Err(invalid("gracePeriodSeconds", expected));
    }
    let old = webhook(&context, &account, &id).await?;
    let now = ambient::now();
    let until = time::after(now, Duration::from_secs(grace));
    let new = Secret::generate(ambient::random());
    match context.api.store.rotate_secret(&old, &new, until, now).await? {
        WebhookChanged::Yes(webhook) => Answer::object(StatusCode::OK, &WebhookView::with_secret(&webhook)),
        WebhookChanged::NotFound => Err(ApiError::NotFound { what: "webhook" }),
    }
}
