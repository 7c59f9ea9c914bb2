//! Webhooks: create, list, get, change, delete.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        event::pattern::EventPattern,
        ids::{AccountId, WebhookId},
        signing::secret::Secret,
        target::TargetUrl,
        webhook::{
            Webhook,
            settings::Patch,
            standing::{Health, Streak},
        },
    },
    store::{
        busy::again_if_busy,
        webhooks::{Changed, WebhookCreated, WebhookDeleted, WebhookPage},
    },
};

use crate::{Api, caller::Caller, error::ApiError};

const NOT_FOUND: ApiError = ApiError::NotFound { what: "webhook" };

/// A webhook that a customer asks for, each setting checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    pub(crate) name: Option<String>,
    pub(crate) url: TargetUrl,
    pub(crate) events: Vec<EventPattern>,
    /// Generated if the customer chose none.
    pub(crate) secret: Option<Secret>,
}

pub(crate) async fn create(api: &Api, caller: &Caller, new: NewWebhook) -> Result<Webhook, ApiError> {
    let now = ambient::now();
    let id = WebhookId::new(now, ambient::random());
    let webhook = webhook_of(new, caller.account.clone(), id, ambient::random(), now);
    match again_if_busy(|| api.store.create_webhook(webhook.clone())).await? {
        WebhookCreated::Yes => Ok(webhook),
        WebhookCreated::TooMany => Err(ApiError::TooManyWebhooks),
    }
}

fn webhook_of(new: NewWebhook, account: AccountId, id: WebhookId, random: [u8; 32], now: Timestamp) -> Webhook {
    Webhook {
        id,
        account,
        name: new.name,
        url: new.url,
        events: new.events,
        secret: new.secret.unwrap_or_else(|| Secret::generate(random)),
        previous_secret: None,
        created_at: now,
        updated_at: now,
        enabled_at: now,
        disabled: None,
        streak: Streak::default(),
        health: Health::Ok,
    }
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

/// The caller's webhook with this id. A webhook of another account is not found.
pub(crate) async fn get(api: &Api, caller: &Caller, id: &WebhookId) -> Result<Webhook, ApiError> {
    api.store.webhook(&caller.account, id).await?.ok_or(NOT_FOUND)
}

pub(crate) async fn change(
    api: &Api,
    caller: &Caller,
    id: &WebhookId,
    patch: WebhookPatch,
) -> Result<Webhook, ApiError> {
    let now = ambient::now();
    match again_if_busy(|| api.store.patch_webhook(&caller.account, id, patch.clone(), now)).await? {
        WebhookChanged::Yes(webhook) => Ok(*webhook),
        WebhookChanged::NotFound => Err(NOT_FOUND),
    }
}

pub(crate) async fn delete(api: &Api, caller: &Caller, id: &WebhookId) -> Result<(), ApiError> {
    match again_if_busy(|| api.store.delete_webhook(&caller.account, id)).await? {
        WebhookDeleted::Yes => Ok(()),
        WebhookDeleted::NotFound => Err(NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::target::TargetPolicy;

    use super::*;

    fn made(secret: Option<Secret>) -> Webhook {
        let url = TargetPolicy::default().check("https://example.com/").unwrap();
        let new = NewWebhook { name: None, url, events: vec![EventPattern::Everything], secret };
        let (account, id) = (AccountId::parse("acme").unwrap(), WebhookId::parse("wh_1").unwrap());
        webhook_of(new, account, id, [7; 32], Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_new_webhook_is_active_and_has_failed_nothing() {
        let webhook = made(None);
        assert!(webhook.is_active());
        assert_eq!((webhook.streak, webhook.health), (Streak::default(), Health::Ok));
    }

    #[test]
    fn a_secret_is_generated_unless_the_customer_chose_one() {
        assert_eq!(made(None).secret, Secret::generate([7; 32]));
        let own = Secret::generate([1; 32]);
        assert_eq!(made(Some(own.clone())).secret, own);
    }
}
