//! What attempts change of a webhook's standing.

use std::sync::Arc;

use shared::{
    ambient,
    domain::{
        profile::Profile,
        webhook::{
            Webhook,
            standing::{Disabling, Health, Pulse, Streak, StreakChange, Tally, disabling, pulse_after, streak_change},
        },
    },
    logging::chain,
    metrics,
    store::{StoreError, busy::again_if_busy, webhooks::Changed},
};

use super::telling::{notes_of_disabling, reset, tell};
use crate::Handler;

/// What is to be counted of one webhook.
pub(super) struct Tallied {
    /// As it was last read or written.
    pub webhook: Arc<Webhook>,
    pub profile: &'static Profile,
    /// Not counted yet.
    pub waiting: Tally,
    /// The whole batch's so far.
    pub whole: Tally,
    pub moment: Moment,
}

/// When something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// While attempts of the batch are under way: what they come to may make the health worse again, so it does not improve yet.
    During,
    AtTheEnd,
}

/// What an update left.
pub(super) enum Updated {
    Is(Arc<Webhook>),
    /// The table did not answer.
    Unknown,
    /// The webhook is gone, disabled, enabled again or moved: these attempts no longer count.
    Over,
}

impl Tallied {
    /// Whether the usual case is met, which costs no request: successes of a healthy webhook.
    pub(super) fn changes_nothing(&self) -> bool {
        let Webhook { standing, secrets, .. } = &*self.webhook;
        streak_change(standing.streak, &self.waiting) == StreakChange::Keep
            && disabling(&self.profile.disable, standing.streak, &self.waiting).is_none()
            && self.pulse(&self.webhook) == standing.pulse
            && !secrets.have_ended(ambient::now())
    }

    fn pulse(&self, webhook: &Webhook) -> Pulse {
        let before = webhook.standing.pulse;
        let after = pulse_after(before, self.whole.beat(webhook.standing.streak));
        let is_worse = after.health != before.health && after.health != Health::Ok;
        if self.moment == Moment::AtTheEnd || is_worse { after } else { before }
    }
}

/// Writes what the attempts change.
pub(super) async fn update(handler: &Handler, count: &Tallied) -> Updated {
    match try_update(handler, count).await {
        Ok(updated) => updated,
        Err(error) => {
            let id = &count.webhook.id;
            tracing::error!(webhook.id = %id, "a webhook's failures could not be counted: {}", chain(&error));
            Updated::Unknown
        }
    }
}

async fn try_update(handler: &Handler, count: &Tallied) -> Result<Updated, StoreError> {
    let webhook = without_ended_secrets(handler, &count.webhook).await;
    let Some(after) = change_streak(handler, count.profile, &webhook, &count.waiting).await? else {
        return Ok(Updated::Over);
    };
    let after = match disabling(&count.profile.disable, after.standing.streak, &count.waiting) {
        Some(disabling) => disable(handler, count.profile, after, disabling, &count.waiting).await?,
        None => Some(tell(handler, count.profile, after, &count.waiting).await),
    };
    let Some(after) = after else { return Ok(Updated::Over) };
    let pulse = count.pulse(&after);
    if pulse == after.standing.pulse {
        return Ok(Updated::Is(Arc::new(after)));
    }
    if pulse.health != after.standing.pulse.health {
        tracing::info!(webhook.id = %after.id, "the webhook's health is now {:?}", pulse.health);
    }
    // The streak is written already, whatever becomes of the health.
    Ok(match again_if_busy(|| handler.store.set_pulse(&after, pulse)).await {
        Ok(Changed::Yes(webhook)) => Updated::Is(Arc::from(webhook)),
        Ok(Changed::Lost) => Updated::Is(Arc::new(after)),
        Ok(Changed::Gone) => Updated::Over,
        Err(error) => {
            tracing::error!(webhook.id = %after.id, "a webhook's health could not be written: {}", chain(&error));
            Updated::Is(Arc::new(after))
        }
    })
}

/// The webhook without the secrets that no longer sign. They must not stay in the table, so they are removed there too.
async fn without_ended_secrets(handler: &Handler, webhook: &Webhook) -> Webhook {
    let now = ambient::now();
    let mut without = webhook.clone();
    if webhook.secrets.have_ended(now) {
        without.secrets = webhook.secrets.without_ended(now);
        if let Err(error) = handler.store.remove_ended_secrets(webhook, now).await {
            tracing::warn!(webhook.id = %webhook.id, "ended secrets were not removed yet: {}", chain(&error));
        }
    }
    without
}

async fn change_streak(
    handler: &Handler,
    profile: &Profile,
    before: &Webhook,
    tally: &Tally,
) -> Result<Option<Webhook>, StoreError> {
    let store = &handler.store;
    match streak_change(before.standing.streak, tally) {
        StreakChange::Keep => Ok(Some(before.clone())),
        StreakChange::Reset => reset(handler, profile, before).await,
        StreakChange::ResetIfAny => match store.webhook(&before.account, &before.id).await? {
            Some(now) if now.standing.streak != Streak::default() => reset(handler, profile, before).await,
            unchanged => Ok(unchanged),
        },
        StreakChange::Add(added) => again_if_busy(|| store.add_failures(before, added)).await,
    }
}

/// Disables the webhook, unless a success came after the streak began: then only this batch's failures are one. `None` once it is
/// disabled.
async fn disable(
    handler: &Handler,
    profile: &Profile,
    webhook: Webhook,
    disabling: Disabling,
    tally: &Tally,
) -> Result<Option<Webhook>, StoreError> {
    let store = &handler.store;
    let now = ambient::now();
    if let Some(since) = disabling.unless_success_since
        && store.has_success_since(&webhook.id, since, now).await?
    {
        reset(handler, profile, &webhook).await?;
        return again_if_busy(|| store.add_failures(&webhook, tally.streak())).await;
    }
    let reason = &disabling.reason;
    let notes = notes_of_disabling(handler, profile, &webhook, reason, tally, now);
    match again_if_busy(|| store.disable_webhook(&webhook, reason, notes.clone(), now)).await? {
        Changed::Yes(_) => {
            handler.queues.announce(&notes, now).await;
            handler.metrics.count(metrics::Count::Disables);
            tracing::warn!(webhook.id = %webhook.id, account.id = %webhook.account, "the webhook was disabled: {reason}");
        }
        Changed::Lost | Changed::Gone => {}
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
