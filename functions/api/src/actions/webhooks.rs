//! Webhooks: create, list, get, change, delete.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::{Account, limits::Limit},
        attempt::custom::{CustomHeaders, HeaderChanges},
        event::{filter::Filter, pattern::EventPattern},
        ids::{AccountId, WebhookId},
        operations::{Note, webhook::Happening},
        signing::{Secrets, secret::Secret},
        webhook::{
            Webhook,
            route::{MAX_ROUTES_BYTES, routes_bytes},
            settings::{Activity, Change, Patch, Settings},
            standing::Standing,
        },
    },
    store::{
        busy::again_if_busy,
        idempotency::{IdempotencyKey, Remembered},
        webhooks::{Changed, WebhookCreated, WebhookDeleted, WebhookPage},
    },
};

use super::{
    notices,
    repeated::{Shown, repeated_with},
    telling,
};
use crate::{
    Api,
    audit::{Action, Object, audit},
    caller::Caller,
    error::ApiError,
};

const NOT_FOUND: ApiError = ApiError::NotFound { what: "webhook" };

/// A webhook that a customer asks for, each setting checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    pub(crate) settings: Settings,
    /// Generated if the customer chose none.
    pub(crate) secret: Option<Secret>,
}

/// What a customer changes about a webhook, each setting checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookChange {
    pub(crate) patch: Patch,
    /// To be merged with the headers that the webhook has.
    pub(crate) headers: HeaderChanges,
}

/// Creates a webhook. A repetition under the same key creates nothing and returns the same webhook.
pub(crate) async fn create(
    api: &Api,
    caller: &Caller,
    new: NewWebhook,
    key: Option<&IdempotencyKey>,
) -> Result<Shown, ApiError> {
    let now = ambient::now();
    if let Some(key) = key
        && let Some(shown) = repeated(api, caller, api.store.remembered(&caller.account, key, now).await?).await?
    {
        return Ok(shown);
    }
    let id = WebhookId::new(now, ambient::random());
    let NewWebhook { settings: Settings { events, filter, .. }, .. } = &new;
    check_room(&account(api, caller).await?, &id, events, filter.as_ref())?;
    let webhook = webhook_of(new, caller.account.clone(), id, ambient::random(), now);
    let most = caller.standing.limits.get(Limit::Webhooks);
    let note = telling::note(api, caller.profile, &webhook, Happening::Created, now);
    match again_if_busy(|| api.store.create_webhook(webhook.clone(), most, key, note.as_ref(), now)).await? {
        WebhookCreated::Yes => {
            api.queues.announce(note.as_slice(), now).await;
            audit(&caller.actor, &caller.account, Action::WebhookCreate, Object::webhook(webhook.id.as_str()), &[]);
            Ok(Shown::WithSecret(webhook))
        }
        WebhookCreated::Before(remembered) => repeated(api, caller, remembered).await?.ok_or(ApiError::Conflict),
        WebhookCreated::TooMany => Err(ApiError::TooManyWebhooks { most }),
    }
}

/// What a repetition returns. `None` if the key is new.
async fn repeated(api: &Api, caller: &Caller, remembered: Remembered) -> Result<Option<Shown>, ApiError> {
    let id = match &remembered {
        Remembered::New => return Ok(None),
        Remembered::Same(made) => made.webhook.clone().ok_or(ApiError::IdempotencyKeyReused)?,
        Remembered::Reused => return Err(ApiError::IdempotencyKeyReused),
    };
    let webhook = api.store.webhook(&caller.account, &id).await?.ok_or(ApiError::CreatedAndDeleted)?;
    repeated_with(remembered, &webhook)
}

async fn account(api: &Api, caller: &Caller) -> Result<Account, ApiError> {
    api.store.account(&caller.account).await?.ok_or(ApiError::NotFound { what: "account" })
}

/// Intake reads the patterns and filters of all webhooks of an account for each batch, so they have a limit together.
fn check_room(
    account: &Account,
    id: &WebhookId,
    events: &[EventPattern],
    filter: Option<&Filter>,
) -> Result<(), ApiError> {
    let bytes = routes_bytes(&account.routes, id, events, filter);
    if bytes > MAX_ROUTES_BYTES { Err(ApiError::TooManyPatterns) } else { Ok(()) }
}

/// The same for a webhook that is changed. What the change leaves is in the webhook's own route.
fn check_room_for(patch: &Patch, account: &Account, id: &WebhookId) -> Result<(), ApiError> {
    let own = account.routes.iter().find(|route| route.webhook == *id);
    let events = patch.events.as_ref().or(own.map(|route| &route.events));
    let filter = patch.filter.applied_to(own.and_then(|route| route.filter.as_ref()));
    check_room(account, id, events.map_or(&[], Vec::as_slice), filter)
}

fn webhook_of(new: NewWebhook, account: AccountId, id: WebhookId, random: [u8; 32], now: Timestamp) -> Webhook {
    let secret = new.secret.unwrap_or_else(|| Secret::generate(random));
    Webhook { id, account, settings: new.settings, secrets: Secrets::only(secret), standing: Standing::new(now) }
}

/// At most `limit` webhooks after `after`, oldest first.
pub(crate) async fn list(
    api: &Api,
    caller: &Caller,
    after: Option<&WebhookId>,
    limit: usize,
) -> Result<WebhookPage, ApiError> {
    Ok(api.store.webhooks(&caller.account, after, limit).await?)
}

/// At most `limit` webhooks that were created before `before`, newest first.
pub(crate) async fn newest(
    api: &Api,
    caller: &Caller,
    before: Option<&WebhookId>,
    limit: usize,
) -> Result<WebhookPage, ApiError> {
    Ok(api.store.newest_webhooks(&caller.account, before, limit).await?)
}

/// The caller's webhook with this id. A webhook of another account is not found.
pub(crate) async fn get(api: &Api, caller: &Caller, id: &WebhookId) -> Result<Webhook, ApiError> {
    api.store.webhook(&caller.account, id).await?.ok_or(NOT_FOUND)
}

/// Changes a webhook. `read` is the webhook that the change depends on: if it changes in the meantime, that is a conflict.
pub(crate) async fn change(
    api: &Api,
    caller: &Caller,
    id: &WebhookId,
    WebhookChange { mut patch, headers }: WebhookChange,
    read: Option<&Webhook>,
) -> Result<Webhook, ApiError> {
    let mut merged_with = None;
    if patch.events.is_some() || patch.filter != Change::Keep {
        check_room_for(&patch, &account(api, caller).await?, id)?;
    }
    if patch.is_relative() || !headers.is_empty() {
        let webhook = get(api, caller, id).await?;
        patch = patch.against(&webhook.settings, webhook.is_active());
        patch.headers = merged(&webhook.settings, &headers)?;
        merged_with = patch.headers.is_some().then_some(webhook);
    }
    // Headers are written as a whole: those of a change at the same time must not be lost.
    let (read, now) = (read.or(merged_with.as_ref()), ambient::now());
    let notes = notes_of_change(api, caller, id, &patch, now).await?;
    let change = || api.store.patch_webhook(&caller.account, id, patch.clone(), read, notes.clone(), now);
    match again_if_busy(change).await? {
        Changed::Yes(webhook) => {
            api.queues.announce(&notes, now).await;
            audit(&caller.actor, &caller.account, action(&patch), Object::webhook(id.as_str()), &names(&patch));
            notices::notice(api, &webhook).await;
            Ok(*webhook)
        }
        Changed::Lost => Err(ApiError::Conflict),
        Changed::Gone => Err(NOT_FOUND),
    }
}

/// What is told of a change. Only where somebody is told does it cost a read.
async fn notes_of_change(
    api: &Api,
    caller: &Caller,
    id: &WebhookId,
    patch: &Patch,
    now: Timestamp,
) -> Result<Vec<Note>, ApiError> {
    if !api.operations.tell_about(&caller.account) {
        return Ok(Vec::new());
    }
    let before = get(api, caller, id).await?;
    Ok(telling::notes_of(api, caller.profile, &before, patch, &names(patch), now))
}

/// The headers that the webhook then has. `None` if they are those that it has.
fn merged(settings: &Settings, changes: &HeaderChanges) -> Result<Option<CustomHeaders>, ApiError> {
    let merged = settings.headers.merged(changes).map_err(|error| ApiError::InvalidHeaders { error })?;
    Ok(Some(merged).filter(|merged| *merged != settings.headers))
}

fn action(patch: &Patch) -> Action {
    match patch.activity {
        Some(Activity::Enabled | Activity::StartedAgain) => Action::WebhookEnable,
        Some(Activity::Disabled { .. }) => Action::WebhookDisable,
        None => Action::WebhookUpdate,
    }
}

/// The names of the fields that a patch names.
fn names(patch: &Patch) -> Vec<&'static str> {
    let Patch { name, url, events, filter, headers, rate_limit, retry_delays, timeout, metadata, activity } = patch;
    let named = [
        ("name", *name != Change::Keep),
        ("url", url.is_some()),
        ("events", events.is_some()),
        ("filter", *filter != Change::Keep),
        ("headers", headers.is_some()),
        ("rateLimit", *rate_limit != Change::Keep),
        ("retryDelaysSeconds", *retry_delays != Change::Keep),
        ("timeoutSeconds", *timeout != Change::Keep),
        ("metadata", metadata.is_some()),
        ("isActive", activity.is_some()),
    ];
    named.into_iter().filter(|(_, is_named)| *is_named).map(|(field, _)| field).collect()
}

pub(crate) async fn delete(api: &Api, caller: &Caller, id: &WebhookId) -> Result<(), ApiError> {
    let webhook = get(api, caller, id).await?;
    let now = ambient::now();
    let note = telling::note(api, caller.profile, &webhook, Happening::Deleted, now);
    match again_if_busy(|| api.store.delete_webhook(&caller.account, id, note.as_ref())).await? {
        WebhookDeleted::Yes => {
            api.queues.announce(note.as_slice(), now).await;
            audit(&caller.actor, &caller.account, Action::WebhookDelete, Object::webhook(id.as_str()), &[]);
            notices::notice(api, &webhook).await;
            Ok(())
        }
        WebhookDeleted::Gone => Err(NOT_FOUND),
    }
}

#[cfg(test)]
mod tests;
