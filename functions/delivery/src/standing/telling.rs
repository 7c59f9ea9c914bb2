//! What is told of a webhook's streak: that it is failing, that deliveries were given up, and that it is over.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        operations::{
            Note,
            told::{News, news_of},
            webhook::{Happening, Trigger},
        },
        profile::Profile,
        webhook::{
            Webhook,
            standing::{Standing, Tally},
        },
    },
    logging::chain,
    store::{StoreError, busy::again_if_busy, webhooks::Changed},
};

use crate::Handler;

/// Tells what is new after failures, and returns the webhook as it then is. What cannot be written now is told with the next failure.
pub(super) async fn tell(handler: &Handler, profile: &Profile, webhook: Webhook, tally: &Tally) -> Webhook {
    if tally.failures == 0 || !handler.operations.tell_about(&webhook.account) {
        return webhook;
    }
    let now = ambient::now();
    let Some((news, told)) = news_of(&profile.disable, webhook.standing.streak, tally, now) else { return webhook };
    let News { failing, exhausted } = news;
    let happenings = failing.map(Happening::Failing).into_iter().chain(exhausted.map(Happening::Exhausted));
    let notes: Vec<Note> = happenings.filter_map(|what| note(handler, profile, &webhook, what, tally, now)).collect();
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

/// What is told of a webhook that is disabled now. How near it came says nothing more.
pub(super) fn notes_of_disabling(
    handler: &Handler,
    profile: &Profile,
    webhook: &Webhook,
    reason: &str,
    tally: &Tally,
    now: Timestamp,
) -> Vec<Note> {
    let news = news_of(&profile.disable, webhook.standing.streak, tally, now);
    let exhausted = news.and_then(|(news, _)| news.exhausted).map(Happening::Exhausted);
    let disabled = Happening::Disabled { trigger: Trigger::Automatic, reason };
    let happenings = [Some(disabled), exhausted].into_iter().flatten();
    happenings.filter_map(|what| note(handler, profile, webhook, what, tally, now)).collect()
}

fn note(
    handler: &Handler,
    profile: &Profile,
    webhook: &Webhook,
    happening: Happening<'_>,
    tally: &Tally,
    now: Timestamp,
) -> Option<Note> {
    handler.operations.webhook(webhook, &profile.disable, happening, tally.last_failure.as_ref(), now)
}

/// How many times a streak that others tell of in the meantime is read and ended again.
const TRIES: u32 = 3;

/// Ends the streak of a webhook as it was read with its batch, and tells of it if the streak was told. `None` if the webhook is gone,
/// disabled, or was enabled again.
pub(super) async fn reset(
    handler: &Handler,
    profile: &Profile,
    before: &Webhook,
) -> Result<Option<Webhook>, StoreError> {
    let store = &handler.store;
    if !handler.operations.tell_about(&before.account) {
        return again_if_busy(|| store.reset_failures(before)).await;
    }
    for _ in 0..TRIES {
        let Some(webhook) = store.webhook(&before.account, &before.id).await? else { return Ok(None) };
        // What the attempts say counts only for the webhook that they were made for.
        let before = Webhook {
            standing: Standing { streak: webhook.standing.streak, ..before.standing.clone() },
            ..before.clone()
        };
        let ended = match webhook.standing.streak.told.level {
            0 => again_if_busy(|| store.reset_failures(&before)).await?,
            _ => reset_told(handler, profile, &webhook).await?,
        };
        if ended.is_some() || !webhook.is_active() {
            return Ok(ended);
        }
    }
    Ok(None)
}

async fn reset_told(handler: &Handler, profile: &Profile, webhook: &Webhook) -> Result<Option<Webhook>, StoreError> {
    let now = ambient::now();
    let note = handler.operations.webhook(webhook, &profile.disable, Happening::Recovered, None, now);
    let Some(note) = note else { return Ok(None) };
    Ok(match again_if_busy(|| handler.store.reset_told(webhook, note.clone())).await? {
        Changed::Yes(after) => {
            handler.queues.announce(&[note], now).await;
            Some(*after)
        }
        // Another batch told more of it, or ended it.
        Changed::Lost | Changed::Gone => None,
    })
}
