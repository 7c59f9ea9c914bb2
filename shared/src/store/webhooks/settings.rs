//! What a customer does with a webhook: create, change, rotate the secret, delete.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use domain::{
    ids::{AccountId, WebhookId},
    operations::Note,
    signing::Secrets,
    webhook::{Webhook, settings::Patch},
};
use jiff::Timestamp;

use super::{
    super::{
        Store, StoreError,
        idempotency::{IdempotencyKey, Made, Remembered},
        keys,
        transact::Transacted,
        values::{number, text, time, to_item},
    },
    changed::Changed,
    item::{PreviousSecretItem, RouteItem, WebhookItem},
    update::{Changes, Update},
};

/// What creating a webhook found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookCreated {
    Yes,
    /// The idempotency key is remembered.
    Before(Remembered),
    /// The account has as many as it may have.
    TooMany,
}

/// What rotating a secret found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRotated {
    Yes(Box<Webhook>),
    /// The idempotency key is remembered; this is the webhook as it now is.
    Before(Remembered, Box<Webhook>),
    /// Another rotation was first.
    Lost,
    Gone,
}

/// What deleting a webhook found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookDeleted {
    Yes,
    Gone,
}

impl Store {
    /// Creates a webhook and its route, both or neither, unless the account has `most` already. With an idempotency key, the key is
    /// remembered in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the account was under way.
    pub async fn create_webhook(
        &self,
        webhook: Webhook,
        most: u32,
        key: Option<&IdempotencyKey>,
        note: Option<&Note>,
        now: Timestamp,
    ) -> Result<WebhookCreated, StoreError> {
        let account = webhook.account.clone();
        let made = Made::webhook(&webhook.id, &webhook.secrets.current);
        let remembering = key.map(|key| self.remembering(&account, key, made, now)).transpose()?;
        let route = serde_dynamo::to_attribute_value(RouteItem::of(webhook.route()))?;
        let update = self
            .route_update(&webhook.account, &webhook.id)
            .update_expression("SET routes.#id = :route")
            .condition_expression("attribute_exists(pk) AND size(routes) < :max")
            .expression_attribute_values(":route", route)
            .expression_attribute_values(":max", number(most))
            .build()?;
        let item = to_item(WebhookItem::from(webhook))?;
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build()?;
        let items =
            [TransactWriteItem::builder().update(update).build(), TransactWriteItem::builder().put(put).build()];
        let note = note.map(|note| self.note_put(note)).transpose()?;
        if self.transact(items.into_iter().chain(remembering).chain(note)).await? == Transacted::Yes {
            return Ok(WebhookCreated::Yes);
        }
        Ok(match key {
            Some(key) => match self.remembered(&account, key, now).await? {
                Remembered::New => WebhookCreated::TooMany,
                before => WebhookCreated::Before(before),
            },
            None => WebhookCreated::TooMany,
        })
    }

    /// Changes a webhook field by field, so that this change and a simultaneous disabling lose nothing of each other. `read` is the
    /// webhook that the change depends on: then nothing else may have changed since.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn patch_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        patch: Patch,
        read: Option<&Webhook>,
        notes: Vec<Note>,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let mut update = Update { notes, ..Update::of(patch, now) };
        let Some(read) = read else {
            return self.change_webhook(account, id, update, "attribute_exists(pk)").await;
        };
        update.webhook = update.webhook.with_value(":read", time(read.standing.updated_at));
        self.change_webhook(account, id, update, "#updatedAt = :read").await
    }

    /// Puts new secrets in force, on condition that the current secret is still `old`'s. With an idempotency key, the key is
    /// remembered in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn rotate_secret(
        &self,
        old: &Webhook,
        new: Secrets,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<SecretRotated, StoreError> {
        let (account, id) = (&old.account, &old.id);
        let made = Made::webhook(id, &new.current);
        let mut items = vec![self.webhook_update(account, id, &rotation(old, &new, now)?, "#secret = :old")?];
        items.extend(key.map(|key| self.remembering(account, key, made, now)).transpose()?);
        let transacted = self.transact(items).await?;
        let Some(webhook) = self.webhook(account, id).await? else { return Ok(SecretRotated::Gone) };
        // If the response to this very write was lost, only this caller knows the new secret.
        if transacted == Transacted::Yes || webhook.secrets.current == new.current {
            return Ok(SecretRotated::Yes(Box::new(webhook)));
        }
        Ok(match key {
            Some(key) => match self.remembered(account, key, now).await? {
                Remembered::New => SecretRotated::Lost,
                before => SecretRotated::Before(before, Box::new(webhook)),
            },
            None => SecretRotated::Lost,
        })
    }

    /// Deletes a webhook and its route, both or neither, and remembers its id.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn delete_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        note: Option<&Note>,
    ) -> Result<WebhookDeleted, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(account, id).into_item()))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        let route = self
            .route_update(account, id)
            .update_expression("REMOVE routes.#id DELETE recovering :webhook")
            .expression_attribute_values(":webhook", AttributeValue::Ss(vec![id.to_string()]))
            .build()?;
        // Its deliveries and recoveries stay until they expire. Who erases the account finds them by this, which has no end of its own:
        // how long they are kept may be changed.
        let gone = keys::gone_webhook(account, id).into_item();
        let gone = Put::builder().table_name(&self.table).set_item(Some(gone)).build()?;
        let items = [
            TransactWriteItem::builder().delete(delete).build(),
            TransactWriteItem::builder().update(route).build(),
            TransactWriteItem::builder().put(gone).build(),
        ];
        let note = note.map(|note| self.note_put(note)).transpose()?;
        Ok(match self.transact(items.into_iter().chain(note)).await? {
            Transacted::Yes => WebhookDeleted::Yes,
            Transacted::ConditionFailed => WebhookDeleted::Gone,
        })
    }
}

/// What a rotation writes. What has ended is removed from the table.
fn rotation(old: &Webhook, new: &Secrets, now: Timestamp) -> Result<Changes, StoreError> {
    let previous: Vec<PreviousSecretItem> = new.previous.iter().cloned().map(PreviousSecretItem::from).collect();
    let changes = Changes::default()
        .set("secret", text(new.current.reveal()))
        .set("previousSecrets", serde_dynamo::to_attribute_value::<_, AttributeValue>(previous)?)
        .set("updatedAt", time(now))
        .with_value(":old", text(old.secrets.current.reveal()));
    Ok(match new.rotated_at {
        Some(rotated_at) => changes.set("rotatedAt", time(rotated_at)),
        None => changes.remove(&["rotatedAt"]),
    })
}
