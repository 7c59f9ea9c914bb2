//! What the pages of one webhook have in common: its name, and where its pages are.

use shared::domain::{account::portal_path::PORTAL, ids::WebhookId, webhook::Webhook};

use crate::portal::words::names;

/// The head of a page of one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebhookHead {
    pub(crate) name: String,
    /// The overview. The webhook's other pages are below it.
    pub(crate) path: String,
}

impl WebhookHead {
    pub(crate) fn of(webhook: &Webhook) -> Self {
        Self { name: names::webhook(webhook), path: webhook_path(&webhook.id) }
    }
}

/// The overview of a webhook.
pub(crate) fn webhook_path(id: &WebhookId) -> String {
    format!("{PORTAL}/webhooks/{id}")
}
