//! What attempts change of a webhook's standing.

use std::collections::HashMap;

use futures::future::join_all;
use shared::{
    ambient,
    domain::{
        ids::{ProfileName, WebhookId},
        profile::Profile,
        webhook::{
            Webhook,
            standing::{
                Disabling, Outcome, Rotation, Streak, StreakChange, Tally, disabling, health_after, streak_change,
            },
        },
    },
    logging::chain,
    metrics::Count,
    store::{StoreError, busy::again_if_busy, webhooks::Changed},
};

use crate::{Handler, lane::settled::Counted};

/// Writes what changed, and returns the webhooks that were changed as they now are. The webhooks are updated concurrently: one that
/// takes long costs no other its count.
pub(super) async fn update_all(
    handler: &Handler,
    webhooks: &HashMap<WebhookId, Webhook>,
    counted: Vec<Counted>,
) -> Vec<Webhook> {
    let tallies = tallies(webhooks, &counted);
    let updates = tallies.into_iter().map(async |(id, (profile, tally))| {
        let (webhook, profile) = (webhooks.get(id)?, handler.profiles.get(profile)?);
        let updated = update(handler, profile, webhook, &tally).await;
        updated.unwrap_or_else(|error| {
            tracing::error!(webhook.id = %id, "a webhook's failures could not be counted: {}", chain(&error));
            None
        })
    });
    join_all(updates).await.into_iter().flatten().collect()
}

/// What the attempts come to, for each webhook.
fn tallies<'c>(
    webhooks: &HashMap<WebhookId, Webhook>,
    counted: &'c [Counted],
) -> HashMap<&'c WebhookId, (&'c ProfileName, Tally)> {
    let mut tallies: HashMap<&WebhookId, (&ProfileName, Tally)> = HashMap::new();
    for Counted { webhook: id, profile, reason, attempt, verdict, gave_up } in counted {
        let Some(webhook) = webhooks.get(id) else { continue };
        let is_explained = webhook.secrets.explain_rejections(attempt.at);
        let rotation = if is_explained { Rotation::UnderWay } else { Rotation::None };
        let outcome = Outcome { reason: *reason, attempt, verdict, gave_up: *gave_up };
        let (_, tally) = tallies.entry(id).or_insert_with(|| (profile, Tally::default()));
        tally.add(&outcome, webhook.standing.enabled_at, rotation);
    }
    tallies
}

/// Writes what a tally changes. `None` if the webhook is gone, disabled or enabled again: then these attempts no longer count.
async fn update(
    handler: &Handler,
    profile: &Profile,
    before: &Webhook,
    tally: &Tally,
) -> Result<Option<Webhook>, StoreError> {
    let Some(after) = change_streak(handler, before, tally).await? else { return Ok(None) };
    let after = match disabling(&profile.disable, after.standing.streak, tally) {
        Some(disabling) => disable(handler, after, disabling, tally).await?,
        None => Some(after),
    };
    let Some(after) = after else { return Ok(None) };
    let health = health_after(after.standing.health, after.standing.streak, tally);
    if health == after.standing.health {
        return Ok(Some(after));
    }
    tracing::info!(webhook.id = %after.id, "the webhook's health is now {health:?}");
    Ok(match again_if_busy(|| handler.store.set_health(&after, health)).await? {
        Changed::Yes(webhook) => Some(*webhook),
        Changed::Lost | Changed::Gone => None,
    })
}

async fn change_streak(handler: &Handler, before: &Webhook, tally: &Tally) -> Result<Option<Webhook>, StoreError> {
    let store = &handler.store;
    match streak_change(before.standing.streak, tally) {
        StreakChange::Keep => Ok(Some(before.clone())),
        StreakChange::Reset => again_if_busy(|| store.reset_failures(before)).await,
        StreakChange::ResetIfAny => match store.webhook(&before.account, &before.id).await? {
            Some(now) if now.standing.streak != Streak::default() => {
                again_if_busy(|| store.reset_failures(before)).await
            }
            unchanged => Ok(unchanged),
        },
        StreakChange::Add(added) => again_if_busy(|| store.add_failures(before, added)).await,
    }
}

/// Disables the webhook, unless a success came after the streak began: then only this batch's failures are one. `None` once it is
/// disabled.
async fn disable(
    handler: &Handler,
    webhook: Webhook,
    disabling: Disabling,
    tally: &Tally,
) -> Result<Option<Webhook>, StoreError> {
    let store = &handler.store;
    let now = ambient::now();
    if let Some(since) = disabling.unless_success_since
        && store.has_success_since(&webhook.id, since, now).await?
    {
        again_if_busy(|| store.reset_failures(&webhook)).await?;
        return again_if_busy(|| store.add_failures(&webhook, tally.streak())).await;
    }
    let reason = &disabling.reason;
    match again_if_busy(|| store.disable_webhook(&webhook, reason, now)).await? {
        Changed::Yes(_) => {
            handler.metrics.count(Count::Disables);
            tracing::warn!(webhook.id = %webhook.id, account.id = %webhook.account, "the webhook was disabled: {reason}");
            Ok(None)
        }
        Changed::Lost | Changed::Gone => Ok(None),
    }
}
