//! What is told of a webhook's streak: that it is failing, that deliveries were given up, and that it is over.

use shared::{
    ambient,
    domain::{
        operations::{
            Note,
            told::{News, news_of},
            webhook::Happening,
        },
        profile::Profile,
        webhook::{Webhook, standing::Tally},
    },
    logging::chain,
    store::{StoreError, busy::again_if_busy, webhooks::Changed},
};

use crate::Handler;

/// Whether the level of a streak is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Levels {
    Told,
    Untold,
}

/// Tells what is new after failures, and returns the webhook as it then is. What cannot be written now is told with the next failure.
pub(super) async fn tell(
    handler: &Handler,
    profile: &Profile,
    webhook: Webhook,
    tally: &Tally,
    levels: Levels,
) -> Webhook {
    if tally.failures == 0 || !handler.operations.tell_about(&webhook.account) {
        return webhook;
    }
    let now = ambient::now();
    let Some((mut news, told)) = news_of(&profile.disable, webhook.standing.streak, tally, now) else { return webhook };
    if levels == Levels::Untold {
        news.failing = None;
    }
    let note =
        |happening| handler.operations.webhook(&webhook, &profile.disable, happening, tally.last_failure.as_ref(), now);
    let News { failing, exhausted } = news;
    let happenings = failing.map(Happening::Failing).into_iter().chain(exhausted.map(Happening::Exhausted));
    let notes: Vec<Note> = happenings.filter_map(note).collect();
    if notes.is_empty() {
        return webhook;
    }
    match again_if_busy(|| handler.store.tell_streak(&webhook, told, notes.clone())).await {
        Ok(Changed::Yes(after)) => {
            handler.queues.announce(&notes, now).await;
            *after
        }
        // Another batch told it, or the streak is over.
        Ok(Changed::Lost | Changed::Gone) => webhook,
        Err(error) => {
            tracing::warn!(webhook.id = %webhook.id, "a failing webhook is reported late: {}", chain(&error));
            webhook
        }
    }
}

/// Ends the streak of a webhook as it was read with its batch, and tells of it if the streak was told. `None` if the webhook is gone,
/// disabled, or was enabled again.
pub(super) async fn reset(
    handler: &Handler,
    profile: &Profile,
    before: &Webhook,
) -> Result<Option<Webhook>, StoreError> {
    let store = &handler.store;
    if handler.operations.tell_about(&before.account)
        && let Some(webhook) = store.webhook(&before.account, &before.id).await?
        && webhook.standing.streak.told.level > 0
    {
        let now = ambient::now();
        let note = handler.operations.webhook(&webhook, &profile.disable, Happening::Recovered, None, now);
        if let Some(note) = note
            && let Changed::Yes(after) = again_if_busy(|| store.reset_told(&webhook, note.clone())).await?
        {
            handler.queues.announce(&[note], now).await;
            return Ok(Some(*after));
        }
    }
    again_if_busy(|| store.reset_failures(before)).await
}
