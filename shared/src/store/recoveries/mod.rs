//! Recoveries: one item each, and an entry for each that is under way.

pub mod candidates;
mod item;
mod news;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, Delete, Put, TransactWriteItem, Update},
};
use domain::{
    delivery::recovery::{KEPT, MAX_UNDER_WAY, Recovery, Slice},
    ids::{AccountId, RecoveryId, WebhookId},
    operations::Note,
    time,
};
use jiff::Timestamp;
use serde::Deserialize;

use self::item::{OPTIONAL, RecoveryItem, recovery, slice_counters};
use super::{
    Store, StoreError, Written,
    error::failed,
    idempotency::{IdempotencyKey, Made, Remembered},
    keys,
    transact::Transacted,
    values::{Item, number, text, to_item},
};

/// What creating a recovery found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryCreated {
    Yes,
    /// The idempotency key is remembered.
    Before(Remembered),
    /// The webhook has one under way, is disabled or gone, or the account has [`MAX_UNDER_WAY`]: read, and say which.
    Refused,
}

/// A recovery that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UnderWay {
    #[serde(rename = "sk")]
    pub recovery: RecoveryId,
    pub account: AccountId,
    pub webhook: WebhookId,
}

/// A page of a webhook's recoveries, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecoveryPage {
    pub recoveries: Vec<Recovery>,
    pub has_more: bool,
}

impl Store {
    /// Creates a recovery, if its webhook is active and has none under way, and its account has fewer than [`MAX_UNDER_WAY`]: all or
    /// nothing. With an idempotency key, the key is remembered in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook or the account was under way.
    pub async fn create_recovery(
        &self,
        recovery: &Recovery,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<RecoveryCreated, StoreError> {
        let Recovery { id, account, webhook, .. } = recovery;
        let put = |item: Item| {
            let put = Put::builder().table_name(&self.table).set_item(Some(item)).build()?;
            Ok::<_, StoreError>(TransactWriteItem::builder().put(put).build())
        };
        let mut entry = keys::recovering(id).into_item();
        entry.extend([("account".to_owned(), text(account.as_str())), ("webhook".to_owned(), text(webhook.as_str()))]);
        let of_webhook = self
            .update(keys::webhook(account, webhook))
            .update_expression("SET recovery = :id")
            .condition_expression("isActive = :active AND attribute_not_exists(recovery)")
            .expression_attribute_values(":id", text(id.as_str()))
            .expression_attribute_values(":active", AttributeValue::Bool(true));
        let of_account = self
            .update(keys::account(account))
            .update_expression("ADD recovering :webhook")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(recovering) OR size(recovering) < :most)",
            )
            .expression_attribute_values(":webhook", AttributeValue::Ss(vec![webhook.to_string()]))
            .expression_attribute_values(":most", number(MAX_UNDER_WAY));
        let mut items = vec![put(recovery_item(recovery)?)?, put(entry)?];
        for update in [of_webhook, of_account] {
            items.push(TransactWriteItem::builder().update(update.build()?).build());
        }
        let made = Made::recovery(webhook, id);
        items.extend(key.map(|key| self.remembering(account, key, made, now)).transpose()?);
        if self.transact(items).await? == Transacted::Yes {
            return Ok(RecoveryCreated::Yes);
        }
        Ok(match key {
            Some(key) => match self.remembered(account, key, now).await? {
                Remembered::New => RecoveryCreated::Refused,
                before => RecoveryCreated::Before(before),
            },
            None => RecoveryCreated::Refused,
        })
    }

    fn update(&self, key: keys::Key) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder().table_name(&self.table).set_key(Some(key.into_item()))
    }

    /// One recovery, read consistently, if it has not expired.
    pub async fn recovery(
        &self,
        webhook: &WebhookId,
        id: &RecoveryId,
        now: Timestamp,
    ) -> Result<Option<Recovery>, StoreError> {
        let item = self.raw_item(keys::recovery(webhook, id)).await?;
        item.filter(|item| is_alive(item, now)).map(|item| recovery(&item)).transpose()
    }

    /// These recoveries, in this order, each once, read consistently.
    pub async fn these_recoveries(
        &self,
        wanted: &[(WebhookId, RecoveryId)],
    ) -> Vec<Result<Option<Recovery>, StoreError>> {
        let keys = wanted.iter().map(|(webhook, id)| keys::recovery(webhook, id)).collect();
        let items = self.raw_items(keys).await;
        items.into_iter().map(|item| item?.map(|item| recovery(&item)).transpose()).collect()
    }

    /// A webhook's recoveries, newest first, at most `limit` that are older than `before`.
    pub async fn recoveries(
        &self,
        webhook: &WebhookId,
        before: Option<&RecoveryId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<RecoveryPage, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", text(keys::recoveries_of(webhook)))
            // '~' sorts after every character of an id.
            .expression_attribute_values(":before", text(before.map_or("~", RecoveryId::as_str)))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = request.send().await.map_err(failed)?;
        let items = answer.items.unwrap_or_default();
        let has_more = items.len() > limit || answer.last_evaluated_key.is_some();
        let alive = items.iter().take(limit).filter(|item| is_alive(item, now));
        Ok(RecoveryPage { recoveries: alive.map(recovery).collect::<Result<_, _>>()?, has_more })
    }

    /// All recoveries that are under way.
    pub async fn recoveries_under_way(&self) -> Result<Vec<UnderWay>, StoreError> {
        let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let request = request.expression_attribute_values(":pk", text(keys::RECOVERING));
        let items = request.into_paginator().items().send().try_collect().await.map_err(failed)?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// Writes what the runner or the customer changed, onto the version that was read. `removed` are slices whose counters are no
    /// longer needed. The counters that are added to stay as they are.
    pub async fn save_recovery(
        &self,
        recovery: &Recovery,
        read_version: u32,
        removed: &[Slice],
    ) -> Result<Written, StoreError> {
        let update = save(recovery, removed)?;
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::recovery(&recovery.webhook, &recovery.id).into_item()))
            .update_expression(update.expression)
            .condition_expression(VERSION_READ)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .expression_attribute_values(":read", number(read_version));
        let Err(error) = request.send().await else { return Ok(Written::Yes) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
            _ => Err(failed(error)),
        }
    }

    /// Writes that a recovery is over, onto the version that was read. Its webhook and its account are then free for another.
    /// `webhook` says whether there still is one.
    pub async fn end_recovery(
        &self,
        ended: &Recovery,
        read_version: u32,
        webhook: WebhookThere,
        note: Option<&Note>,
    ) -> Result<Written, StoreError> {
        let Recovery { id, account, webhook: webhook_id, slices, .. } = ended;
        let save = save(ended, slices)?;
        let of_recovery = self
            .update(keys::recovery(webhook_id, id))
            .update_expression(save.expression)
            .condition_expression(VERSION_READ)
            .set_expression_attribute_names(Some(save.names))
            .set_expression_attribute_values(Some(save.values))
            .expression_attribute_values(":read", number(read_version));
        let of_account = self
            .update(keys::account(account))
            .update_expression("DELETE recovering :webhook")
            .expression_attribute_values(":webhook", AttributeValue::Ss(vec![webhook_id.to_string()]));
        let of_webhook = self
            .update(keys::webhook(account, webhook_id))
            .update_expression("REMOVE recovery")
            .condition_expression("recovery = :id")
            .expression_attribute_values(":id", text(id.as_str()));
        let entry =
            Delete::builder().table_name(&self.table).set_key(Some(keys::recovering(id).into_item())).build()?;
        let mut items = vec![TransactWriteItem::builder().delete(entry).build()];
        let updates = [Some(of_recovery), (webhook == WebhookThere::Yes).then_some(of_webhook), Some(of_account)];
        for update in updates.into_iter().flatten() {
            items.push(TransactWriteItem::builder().update(update.build()?).build());
        }
        items.extend(note.map(|note| self.note_put(note)).transpose()?);
        Ok(match self.transact(items).await? {
            Transacted::Yes => Written::Yes,
            Transacted::ConditionFailed => Written::Lost,
        })
    }

    /// Removes the entry of a recovery that is over, or gone.
    pub async fn forget_recovery(&self, id: &RecoveryId) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.table);
        request.set_key(Some(keys::recovering(id).into_item())).send().await.map(|_| ()).map_err(failed)
    }
}

/// The update that writes all of a recovery's own attributes.
fn save(recovery: &Recovery, without: &[Slice]) -> Result<Save, StoreError> {
    let mut item = recovery_item(recovery)?;
    item.remove("pk");
    item.remove("sk");
    let absent = OPTIONAL.into_iter().filter(|name| !item.contains_key(*name)).map(str::to_owned);
    let counters = without.iter().flat_map(|slice| slice_counters(slice.number, slice.outcomes).into_keys());
    let gone: Vec<String> = absent.chain(counters).collect();
    let names = item.keys().chain(&gone).map(|name| (format!("#{name}"), name.clone())).collect();
    let sets: Vec<String> = item.keys().map(|name| format!("#{name} = :{name}")).collect();
    let removes: Vec<String> = gone.iter().map(|name| format!("#{name}")).collect();
    let remove = if removes.is_empty() { String::new() } else { format!(" REMOVE {}", removes.join(", ")) };
    let values = item.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
    Ok(Save { expression: format!("SET {}{remove}", sets.join(", ")), names, values })
}

fn recovery_item(recovery: &Recovery) -> Result<Item, StoreError> {
    to_item(RecoveryItem::of(recovery, time::after(recovery.created_at, KEPT).as_second()))
}

const VERSION_READ: &str = "#version = :read";

struct Save {
    expression: String,
    names: std::collections::HashMap<String, String>,
    values: Item,
}

/// Whether a recovery's webhook still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookThere {
    Yes,
    No,
}

fn is_alive(item: &Item, now: Timestamp) -> bool {
    let expires = item.get("expiresAt").and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
    expires.is_some_and(|expires| expires > now.as_second())
}
