use serde::Serialize;
use shared::domain::{event::pattern::EventPattern, ids::WebhookId, time, webhook::Webhook};

/// A webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookView<'a> {
    id: &'a WebhookId,
    name: Option<&'a str>,
    url: &'a str,
    events: &'a [EventPattern],
    /// Only at creation and rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    is_active: bool,
    created_at: String,
    updated_at: String,
    consecutive_failures: u32,
    disabled_at: Option<String>,
    disabled_reason: Option<&'a str>,
}

impl<'a> WebhookView<'a> {
    /// Without its secret.
    pub(crate) fn of(webhook: &'a Webhook) -> Self {
        let disabled = webhook.disabled.as_ref();
        Self {
            id: &webhook.id,
            name: webhook.name.as_deref(),
            url: webhook.url.as_str(),
            events: &webhook.events,
            secret: None,
            is_active: webhook.is_active(),
            created_at: time::whole_seconds(webhook.created_at),
            updated_at: time::whole_seconds(webhook.updated_at),
            consecutive_failures: webhook.streak.failures,
            disabled_at: disabled.map(|disabled| time::whole_seconds(disabled.at)),
            disabled_reason: disabled.map(|disabled| disabled.reason.as_str()),
        }
    }

    /// With its secret, for the one time that it is shown.
    pub(crate) fn with_secret(webhook: &'a Webhook) -> Self {
        Self { secret: Some(webhook.secret.reveal()), ..Self::of(webhook) }
    }
}

/// What is left of a webhook after its deletion.
#[derive(Debug, Serialize)]
pub(crate) struct DeletedView<'a> {
    id: &'a WebhookId,
    deleted: bool,
}

impl<'a> DeletedView<'a> {
    pub(crate) fn of(id: &'a WebhookId) -> Self {
        Self { id, deleted: true }
    }
}
