//! Recoveries: everything that a webhook missed, sent again.

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::recovery::{Include, MARGIN, Names, Plan, Recovery, RecoveryStatus},
        event::pattern::EventPattern,
        ids::{RecoveryId, WebhookId},
        operations::webhook::Trigger,
        time,
        webhook::Webhook,
    },
    store::{
        Written,
        busy::again_if_busy,
        idempotency::{IdempotencyKey, Remembered},
        recoveries::{RecoveryCreated, RecoveryPage, WebhookThere},
    },
};

use super::{
    estimate::{Estimate, WHOLE, estimate},
    event_log,
    notices::wake,
};
use crate::{
    Api,
    actor::Actor,
    audit::{Action, Object, audit},
    caller::Caller,
    error::ApiError,
};

const NOT_FOUND: ApiError = ApiError::NotFound { what: "recovery" };

/// How many times a change that met the recovery's own work is tried.
const ROUNDS: u32 = 10;

/// What a customer wants to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecovery {
    pub(crate) include: Vec<Include>,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) events: Option<Vec<EventPattern>>,
    pub(crate) rate: u32,
    /// Whether the customer only wants to know how much it would be.
    pub(crate) mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Send,
    DryRun,
}

/// What a request for a recovery made.
#[derive(Debug)]
pub enum Created {
    New(Recovery),
    /// A repetition under the same idempotency key: the recovery as it is now.
    Before(Recovery),
}

/// How much a recovery would send, as far as that is found out within seconds.
pub(crate) async fn dry_run(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    new: NewRecovery,
) -> Result<Estimate, ApiError> {
    let now = ambient::now();
    let plan = plan(api, caller, webhook, new, now).await?;
    Ok(estimate(api, webhook, &plan, WHOLE, now).await?)
}

/// Creates a recovery and has it begin.
pub(crate) async fn create(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    new: NewRecovery,
    key: Option<&IdempotencyKey>,
) -> Result<Created, ApiError> {
    let now = ambient::now();
    if let Some(key) = key
        && let Some(before) = repeated(api, webhook, api.store.remembered(&caller.account, key, now).await?).await?
    {
        return Ok(Created::Before(before));
    }
    let plan = plan(api, caller, webhook, new, now).await?;
    check_free(webhook)?;
    let estimated = estimate(api, webhook, &plan, WHOLE, now).await?.total();
    let names = Names {
        id: RecoveryId::new(now, ambient::random()),
        account: caller.account.clone(),
        profile: caller.profile.name.clone(),
        webhook: webhook.id.clone(),
    };
    let recovery = Recovery::new(names, plan, estimated, now);
    match again_if_busy(|| api.store.create_recovery(&recovery, key, now)).await? {
        RecoveryCreated::Yes => {
            let object = Object::recovery(webhook.id.as_str(), recovery.id.as_str());
            audit(&caller.actor, &caller.account, Action::RecoveryCreate, object, &[]);
            wake(api, &recovery).await;
            Ok(Created::New(recovery))
        }
        RecoveryCreated::Before(remembered) => {
            repeated(api, webhook, remembered).await?.map(Created::Before).ok_or(ApiError::Conflict)
        }
        RecoveryCreated::Refused => {
            let webhook = api.store.webhook(&caller.account, &webhook.id).await?;
            check_free(&webhook.ok_or(ApiError::NotFound { what: "webhook" })?)?;
            Err(ApiError::TooManyRecoveries)
        }
    }
}

/// What a repetition returns. `None` if the key is new.
async fn repeated(api: &Api, webhook: &Webhook, remembered: Remembered) -> Result<Option<Recovery>, ApiError> {
    match remembered {
        Remembered::New => Ok(None),
        Remembered::Same(made) => {
            let id = made.recovery.ok_or(ApiError::IdempotencyKeyReused)?;
            Ok(Some(get(api, &webhook.id, &id).await?))
        }
        Remembered::Reused => Err(ApiError::IdempotencyKeyReused),
    }
}

fn check_free(webhook: &Webhook) -> Result<(), ApiError> {
    match &webhook.standing.recovery {
        _ if !webhook.is_active() => Err(ApiError::WebhookDisabled),
        Some(recovery) => Err(ApiError::RecoveryRunning { recovery: recovery.to_string() }),
        None => Ok(()),
    }
}

/// The recovery that the customer asks for, with its window frozen.
pub(super) async fn plan(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    new: NewRecovery,
    now: Timestamp,
) -> Result<Plan, ApiError> {
    let NewRecovery { include, since, until, events, rate, .. } = new;
    let until = until.map_or(now, |until| until.min(now));
    check_window(since, until, now, api.retention)?;
    if include.contains(&Include::Missing) {
        event_log::check_log(api, Some(since)).await?;
    }
    Ok(Plan { include, since, until, events, rate, wants_since: caller.standing.wants_since(webhook, now) })
}

fn check_window(since: Timestamp, until: Timestamp, now: Timestamp, retention: Duration) -> Result<(), ApiError> {
    let oldest = time::before(now, retention.saturating_sub(MARGIN));
    if since < oldest {
        let oldest = time::whole_seconds(time::after(oldest, Duration::from_secs(1)));
        return Err(ApiError::InvalidWindow(format!(
            "'since' is too long ago for what is found to be sent again before it expires; send {oldest} or later"
        )));
    }
    if since >= until {
        return Err(ApiError::InvalidWindow(
            "'since' must be before 'until', and before the present; send an earlier 'since'".to_owned(),
        ));
    }
    Ok(())
}

/// At most `limit` recoveries of a webhook before `before`, newest first.
pub(crate) async fn list(
    api: &Api,
    webhook: &Webhook,
    before: Option<&RecoveryId>,
    limit: usize,
) -> Result<RecoveryPage, ApiError> {
    Ok(api.store.recoveries(&webhook.id, before, limit, ambient::now()).await?)
}

/// One recovery of a webhook that is the caller's.
pub(crate) async fn get(api: &Api, webhook: &WebhookId, id: &RecoveryId) -> Result<Recovery, ApiError> {
    api.store.recovery(webhook, id, ambient::now()).await?.ok_or(NOT_FOUND)
}

/// What a customer does to a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Pause,
    Resume,
    Cancel,
}

/// Pauses, resumes or cancels a recovery. An order that it obeys already changes nothing.
pub(crate) async fn order(
    api: &Api,
    actor: &Actor,
    webhook: &Webhook,
    id: &RecoveryId,
    order: Order,
) -> Result<Recovery, ApiError> {
    for _ in 0..ROUNDS {
        let recovery = get(api, &webhook.id, id).await?;
        let read = recovery.version;
        let Some(mut changed) = obey(recovery.clone(), webhook, order, ambient::now())? else { return Ok(recovery) };
        changed.version = read.saturating_add(1);
        changed.is_taken = false;
        changed.next_tick_at = ambient::now();
        let note = api.operations.recovery_finished(&changed, Some(webhook), Trigger::Manual);
        let written = if changed.status.is_over() {
            again_if_busy(|| api.store.end_recovery(&changed, read, WebhookThere::Yes, note.as_ref())).await?
        } else {
            api.store.save_recovery(&changed, read, &recovery.slices).await?
        };
        if written == Written::Yes {
            audit(actor, &webhook.account, action(order), Object::recovery(webhook.id.as_str(), id.as_str()), &[]);
            if changed.status.is_over() {
                api.queues.announce(note.as_slice(), ambient::now()).await;
            } else {
                wake(api, &changed).await;
            }
            return Ok(changed);
        }
    }
    Err(ApiError::Conflict)
}

fn action(order: Order) -> Action {
    match order {
        Order::Pause => Action::RecoveryPause,
        Order::Resume => Action::RecoveryResume,
        Order::Cancel => Action::RecoveryCancel,
    }
}

/// The recovery after an order; `None` if it obeys already.
fn obey(mut recovery: Recovery, webhook: &Webhook, order: Order, now: Timestamp) -> Result<Option<Recovery>, ApiError> {
    if recovery.status.is_over() {
        return Err(ApiError::RecoveryOver { status: recovery.status.as_str() });
    }
    let is_paused = recovery.status == RecoveryStatus::Paused;
    match order {
        Order::Pause if is_paused => return Ok(None),
        Order::Pause => recovery.pause(now),
        Order::Resume if !webhook.is_active() => return Err(ApiError::WebhookDisabled),
        Order::Resume if !is_paused => return Ok(None),
        Order::Resume => recovery.resume(),
        Order::Cancel => recovery.cancel("it was cancelled", now),
    }
    Ok(Some(recovery))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_early_enough_for_a_whole_schedule_and_before_it_ends() {
        let day = |days: i64| Timestamp::from_second(1_800_000_000 + days * 86_400).unwrap();
        let kept = Duration::from_hours(30 * 24);
        for (since, until, is_good) in
            [(-18, 0, true), (-19, 0, false), (-5, -6, false), (-5, -5, false), (1, 0, false), (-1, 0, true)]
        {
            let checked = check_window(day(since), day(until), day(0), kept);
            assert_eq!(checked.is_ok(), is_good, "{since} to {until}: {checked:?}");
        }
    }
}
