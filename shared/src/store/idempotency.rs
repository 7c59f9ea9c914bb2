//! Idempotency keys: what a client sent under a key, and what came of it.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use domain::{
    ids::{AccountId, RecoveryId, WebhookId},
    signing::secret::Secret,
    time,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    values::{number, to_item},
};

/// How long a key is remembered.
const REMEMBERED: Duration = Duration::from_hours(24);

/// How long a key is held for a form that is under way: longer than the function may run, which is 29 s. What was cut off can then be sent
/// again.
const HELD: Duration = Duration::from_secs(40);

/// What a key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Events,
    CreateWebhook,
    RotateSecret,
    CreateRecovery,
    /// A form of the portal whose action has no memory of its own.
    Portal,
}

impl Route {
    fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::CreateWebhook => "webhooks",
            Self::RotateSecret => "rotate-secret",
            Self::CreateRecovery => "recoveries",
            Self::Portal => "portal",
        }
    }
}

/// A client's key, and a hash of what it sent under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    route: Route,
    key_hash: String,
    content_hash: String,
}

impl IdempotencyKey {
    /// `content` is everything that makes a request another one. The key itself is not stored.
    pub fn new(route: Route, key: &str, content: &str) -> Self {
        let hash = |text: &str| hex::encode(Sha256::digest(text.as_bytes()));
        Self { route, key_hash: hash(key), content_hash: hash(content) }
    }
}

/// What is remembered of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// The key is new, or was forgotten.
    New,
    /// The same content: this came of it.
    Same(Made),
    /// Other content.
    Reused,
}

/// What a request made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    pub webhook: Option<WebhookId>,
    secret_hash: Option<String>,
    pub recovery: Option<RecoveryId>,
    /// Where a form of the portal led.
    pub location: Option<String>,
}

impl Made {
    pub fn webhook(id: &WebhookId, secret: &Secret) -> Self {
        Self { webhook: Some(id.clone()), secret_hash: Some(secret_hash(secret)), ..Self::default() }
    }

    pub fn recovery(webhook: &WebhookId, id: &RecoveryId) -> Self {
        Self { webhook: Some(webhook.clone()), recovery: Some(id.clone()), ..Self::default() }
    }

    /// Whether a secret is the one made then. The secret itself is not stored twice.
    pub fn is_secret(&self, secret: &Secret) -> bool {
        self.secret_hash.as_ref() == Some(&secret_hash(secret))
    }
}

fn secret_hash(secret: &Secret) -> String {
    hex::encode(Sha256::digest(secret.reveal().as_bytes()))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyItem {
    pk: String,
    sk: String,
    content_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recovery: Option<RecoveryId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    expires_at: i64,
}

/// The key is not remembered, or was to be forgotten by now.
const FREE: &str = "attribute_not_exists(pk) OR expiresAt <= :now";

impl Store {
    /// What is remembered of a key, read consistently.
    pub async fn remembered(
        &self,
        account: &AccountId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Remembered, StoreError> {
        let item: Option<KeyItem> = self.item(place(account, key)).await?;
        Ok(item.filter(|item| item.expires_at > now.as_second()).map_or(Remembered::New, |item| found(item, key)))
    }

    /// Remembers a key that makes nothing of its own, unless it is remembered already.
    pub async fn remember(
        &self,
        account: &AccountId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Remembered, StoreError> {
        self.claim(key_item(account, key, Made::default(), time::after(now, REMEMBERED)), key, now).await
    }

    /// Holds a key while its form is under way, unless it is held or remembered already. [`Store::remember_location`] makes it last.
    pub async fn hold(
        &self,
        account: &AccountId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Remembered, StoreError> {
        self.claim(key_item(account, key, Made::default(), time::after(now, HELD)), key, now).await
    }

    async fn claim(&self, item: KeyItem, key: &IdempotencyKey, now: Timestamp) -> Result<Remembered, StoreError> {
        let item = to_item(item)?;
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(FREE)
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(Remembered::New) };
        let old = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(lost)) => lost.item().cloned(),
            _ => None,
        };
        let Some(old) = old else { return Err(failed(error)) };
        Ok(found(serde_dynamo::from_item(old)?, key))
    }

    /// Adds to a remembered key where its form led.
    pub async fn remember_location(
        &self,
        account: &AccountId,
        key: &IdempotencyKey,
        location: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let made = Made { location: Some(location.to_owned()), ..Made::default() };
        let item = to_item(key_item(account, key, made, time::after(now, REMEMBERED)))?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await.map(drop).map_err(failed)
    }

    /// Forgets a key under which nothing was done.
    pub async fn forget(&self, account: &AccountId, key: &IdempotencyKey) -> Result<(), StoreError> {
        let place = place(account, key).into_item();
        self.client.delete_item().table_name(&self.table).set_key(Some(place)).send().await.map(drop).map_err(failed)
    }

    /// The write that remembers a key, for the transaction that makes what it names.
    pub(super) fn remembering(
        &self,
        account: &AccountId,
        key: &IdempotencyKey,
        made: Made,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_item(key_item(account, key, made, time::after(now, REMEMBERED)))?))
            .condition_expression(FREE)
            .expression_attribute_values(":now", number(now.as_second()))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn place(account: &AccountId, key: &IdempotencyKey) -> keys::Key {
    keys::idempotency(account, key.route.as_str(), &key.key_hash)
}

fn key_item(account: &AccountId, key: &IdempotencyKey, made: Made, until: Timestamp) -> KeyItem {
    let keys::Key { pk, sk } = place(account, key);
    KeyItem {
        pk,
        sk,
        content_hash: key.content_hash.clone(),
        webhook: made.webhook,
        secret_hash: made.secret_hash,
        recovery: made.recovery,
        location: made.location,
        expires_at: until.as_second(),
    }
}

fn found(item: KeyItem, key: &IdempotencyKey) -> Remembered {
    if item.content_hash != key.content_hash {
        return Remembered::Reused;
    }
    let KeyItem { webhook, secret_hash, recovery, location, .. } = item;
    Remembered::Same(Made { webhook, secret_hash, recovery, location })
}
