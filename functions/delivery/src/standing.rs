//! What a batch's attempts mean for their webhooks: the streak, the health, and disabling. Deliveries are settled by then; an
//! error here costs a count, not a delivery.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        id::WebhookId,
        profile::Profile,
        subscription::Health,
        webhook::{SLOW_AFTER, Streak, StreakChange, Tally, Webhook, disable_reason, health_after, streak_change},
    },
    logging::chain,
    metrics::Count,
    store::{StoreError, again_if_busy, webhooks::WebhookChanged},
};

use tokio::time::timeout;

use crate::{Delivery, batch::Webhooks, deliver::Counted};

/// What is left of the function's time after its records.
const DEADLINE: Duration = Duration::from_secs(6);

/// The webhooks of a batch of which the others have been warned.
#[derive(Debug, Default)]
pub(crate) struct Warned(Mutex<HashSet<WebhookId>>);

impl Warned {
    /// Whether this is the batch's first warning about the webhook.
    fn is_first(&self, webhook: &WebhookId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook.clone())
    }
}

/// Marks a healthy webhook slow while an attempt is still without an answer: its next events go to the retry lane already, and
/// do not take the first one's slots for as long as this attempt does.
pub(crate) async fn warn(delivery: &Delivery, warned: &Warned, webhook: &Webhook) {
    if webhook.health != Health::Ok || !warned.is_first(&webhook.id) {
        return;
    }
    match again_if_busy(|| delivery.store.set_health(webhook, Health::Slow)).await {
        // Not found: somebody else was first.
        Ok(_) => {
            tracing::info!(webhook.id = %webhook.id, "no answer within {} s: the webhook is slow", SLOW_AFTER.as_secs());
        }
        Err(error) => {
            tracing::warn!(webhook.id = %webhook.id, "the webhook could not be marked slow: {}", chain(&error));
        }
    }
}

/// Writes what changed, webhook by webhook, as long as there is time: the deliveries must be acknowledged all the same.
pub(crate) async fn update(delivery: &Delivery, webhooks: &Webhooks, counted: Vec<Counted>) {
    if timeout(DEADLINE, update_all(delivery, webhooks, counted)).await.is_err() {
        tracing::error!("some webhooks' failures were not counted within {} s", DEADLINE.as_secs());
    }
}

async fn update_all(delivery: &Delivery, webhooks: &Webhooks, counted: Vec<Counted>) {
    let mut tallies: HashMap<WebhookId, (String, Tally)> = HashMap::new();
    for count in counted {
        let (_, tally) =
            tallies.entry(count.webhook.id.clone()).or_insert_with(|| (count.profile.clone(), Tally::default()));
        tally.add(&count.webhook, count.reason, &count.attempt, &count.verdict, count.gave_up);
    }
    let read = webhooks.values().filter_map(|read| read.as_ref().ok()?.as_ref());
    // Side by side: one that takes long costs no other its count.
    let settled = read.map(async |webhook| {
        let (profile, tally) = tallies.get(&webhook.id)?;
        let profile = delivery.profiles.by_name(profile)?;
        if let Err(error) = settle(delivery, profile, webhook, tally).await {
            tracing::error!(webhook.id = %webhook.id, "a webhook's failures could not be counted: {}", chain(&error));
        }
        Some(())
    });
    join_all(settled).await;
}

async fn settle(delivery: &Delivery, profile: &Profile, before: &Webhook, tally: &Tally) -> Result<(), StoreError> {
    let after = match streak_change(before.streak, tally) {
        StreakChange::Keep => Some(before.clone()),
        StreakChange::Reset => again_if_busy(|| delivery.store.reset_failures(before)).await?,
        StreakChange::ResetIfAny => match delivery.store.webhook(&before.account, &before.id).await? {
            Some(now) if now.streak != Streak::default() => {
                again_if_busy(|| delivery.store.reset_failures(before)).await?
            }
            unchanged => unchanged,
        },
        StreakChange::Add(added) => again_if_busy(|| delivery.store.add_failures(before, added)).await?,
    };
    // Gone, disabled or enabled again meanwhile: these attempts no longer count.
    let Some(after) = after else { return Ok(()) };
    let now = ambient::now();
    let disabled = match disable_reason(profile.disable_rule(), delivery.scale, after.streak, tally) {
        Some(reason) => disable(delivery, &after, &reason, now).await,
        None => Ok(()),
    };
    let health = health_after(after.health, after.streak, tally);
    if health != after.health {
        tracing::info!(webhook.id = %after.id, "the webhook's health is now {health:?}");
        again_if_busy(|| delivery.store.set_health(&after, health)).await?;
    }
    disabled
}

async fn disable(delivery: &Delivery, webhook: &Webhook, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let changed = again_if_busy(|| delivery.store.disable_webhook(webhook, reason, now)).await?;
    if let WebhookChanged::Yes(_) = changed {
        delivery.metrics.count(Count::Disables);
        tracing::warn!(webhook.id = %webhook.id, account.id = %webhook.account, "the webhook was disabled: {reason}");
    }
    Ok(())
}
