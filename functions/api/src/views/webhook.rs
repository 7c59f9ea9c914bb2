use serde::Serialize;
use serde_json::Value;
use shared::domain::{
    event::pattern::EventPattern,
    ids::{RecoveryId, WebhookId},
    time,
    webhook::{Webhook, standing::Health},
};

use crate::actions::repeated::Shown;

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
    health: Health,
    /// The one that is under way.
    recovery: Option<&'a RecoveryId>,
}

impl<'a> WebhookView<'a> {
    /// Without its secret.
    pub(crate) fn of(webhook: &'a Webhook) -> Self {
        let Webhook { settings, standing, .. } = webhook;
        let disabled = standing.disabled.as_ref();
        Self {
            id: &webhook.id,
            name: settings.name.as_deref(),
            url: settings.url.as_str(),
            events: &settings.events,
            secret: None,
            is_active: webhook.is_active(),
            created_at: time::whole_seconds(standing.created_at),
            updated_at: time::whole_seconds(standing.updated_at),
            consecutive_failures: standing.streak.failures,
            disabled_at: disabled.map(|disabled| time::whole_seconds(disabled.at)),
            disabled_reason: disabled.map(|disabled| disabled.reason.as_str()),
            health: standing.pulse.health,
            recovery: standing.recovery.as_ref(),
        }
    }

    /// A webhook that was made or rotated: with its secret, which is shown at no other time.
    pub(crate) fn shown(shown: &'a Shown) -> Self {
        match shown {
            Shown::WithSecret(webhook) => Self { secret: Some(webhook.secrets.current.reveal()), ..Self::of(webhook) },
            Shown::WithoutSecret(webhook) => Self::of(webhook),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::json!(self)
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
