//! The warning about an endpoint that has not answered yet.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use shared::{
    domain::{
        ids::WebhookId,
        webhook::{
            Webhook,
            standing::{Health, Pulse, SLOW_AFTER},
        },
    },
    logging::chain,
    store::{busy::again_if_busy, webhooks::Changed},
};

use crate::Handler;

/// The webhooks of a batch about which a warning was given.
#[derive(Debug, Default)]
pub(crate) struct Warned(Mutex<HashSet<WebhookId>>);

impl Warned {
    /// Whether this is the batch's first warning about the webhook.
    fn is_first(&self, webhook: &WebhookId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook.clone())
    }
}

/// Marks a healthy webhook slow while an attempt is still without a response. Its next events then go to the slow lane at once, and
/// do not occupy the first lane for as long as this attempt does.
pub(crate) async fn warn(handler: &Handler, warned: &Warned, webhook: &Webhook) {
    if webhook.standing.pulse.health != Health::Ok || !warned.is_first(&webhook.id) {
        return;
    }
    match again_if_busy(|| handler.store.set_pulse(webhook, Pulse::of(Health::Slow))).await {
        Ok(Changed::Yes(_)) => {
            tracing::info!(webhook.id = %webhook.id, "no response within {} s: the webhook is slow", SLOW_AFTER.as_secs());
        }
        // Another message was first, or the webhook was deleted.
        Ok(Changed::Lost | Changed::Gone) => {}
        Err(error) => {
            tracing::warn!(webhook.id = %webhook.id, "the webhook could not be marked slow: {}", chain(&error));
        }
    }
}
