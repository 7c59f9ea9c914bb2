//! Webhooks, each changed together with its route in the account's item: intake reads only that.

mod changes;

use aws_sdk_dynamodb::{
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        transact_write_items::TransactWriteItemsError,
        update_item::{UpdateItemError, UpdateItemOutput},
    },
    types::{AttributeValue, Delete, Put, ReturnValue, TransactWriteItem, Update},
};
use jiff::Timestamp;

use self::changes::{Changes, patch_changes};
use super::{
    Store, StoreError, failed,
    items::{RouteItem, WebhookItem},
    keys, number, text, to_item,
};
use crate::domain::{
    id::{AccountId, WebhookId},
    secret::Secret,
    subscription::{EventPattern, Health},
    target::TargetUrl,
    webhook::{MAX_PER_ACCOUNT, PreviousSecret, Streak, Webhook},
};

/// What attempts mean counts only for the webhook they were made for: active, not enabled again since, at the same URL.
const UNCHANGED: &str = "isActive = :active AND enabledAt = :enabled AND #url = :url";

/// What creating a webhook found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookCreated {
    Yes,
    /// The account has [`MAX_PER_ACCOUNT`] already.
    TooMany,
}

/// What changing a webhook found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookChanged {
    Yes(Box<Webhook>),
    NotFound,
}

/// What a customer changes; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct WebhookPatch {
    pub name: Option<String>,
    pub url: Option<TargetUrl>,
    pub events: Option<Vec<EventPattern>>,
    pub activity: Option<Activity>,
}

/// What `isActive` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// Enabled now: the streak begins anew, and failures of attempts begun earlier do not count.
    Enabled,
    Disabled {
        reason: String,
    },
}

/// A page of webhooks in the order of their creation.
#[derive(Debug, Clone, Default)]
pub struct WebhookPage {
    pub webhooks: Vec<Webhook>,
    pub has_more: bool,
}

impl Store {
    /// One webhook, read consistently.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn webhook(&self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
        let item: Option<WebhookItem> = self.item(keys::webhook(account, id)).await?;
        Ok(item.map(Webhook::from))
    }

    /// These webhooks, in this order, each once, read consistently.
    pub async fn these_webhooks(&self, wanted: &[(AccountId, WebhookId)]) -> Vec<Result<Option<Webhook>, StoreError>> {
        let keys = wanted.iter().map(|(account, id)| keys::webhook(account, id)).collect();
        let items: Vec<Result<Option<WebhookItem>, StoreError>> = self.items(keys).await;
        items.into_iter().map(|item| Ok(item?.map(Webhook::from))).collect()
    }

    /// An account's webhooks after `after`, at most `limit`.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn webhooks(
        &self,
        account: &AccountId,
        after: Option<&WebhookId>,
        limit: usize,
    ) -> Result<WebhookPage, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk > :after")
            .expression_attribute_values(":pk", text(keys::webhooks_of(account)))
            // A space sorts before every character of an id.
            .expression_attribute_values(":after", text(after.map_or(" ", WebhookId::as_str)))
            .consistent_read(true)
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = request.send().await.map_err(failed)?;
        let items: Vec<WebhookItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
        let has_more = items.len() > limit || answer.last_evaluated_key.is_some();
        Ok(WebhookPage { webhooks: items.into_iter().take(limit).map(Webhook::from).collect(), has_more })
    }

    /// Creates a webhook and its route, both or neither, unless the account has too many.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the account was under way.
    pub async fn create_webhook(&self, webhook: Webhook) -> Result<WebhookCreated, StoreError> {
        let route = serde_dynamo::to_attribute_value(RouteItem::of(webhook.route()))?;
        let update = self
            .route_update(&webhook.account, &webhook.id)
            .update_expression("SET routes.#id = :route")
            .condition_expression("attribute_exists(pk) AND size(routes) < :max")
            .expression_attribute_values(":route", route)
            .expression_attribute_values(":max", number(MAX_PER_ACCOUNT))
            .build()?;
        let item = to_item(WebhookItem::from(webhook))?;
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build()?;
        let items =
            [TransactWriteItem::builder().update(update).build(), TransactWriteItem::builder().put(put).build()];
        Ok(match self.transact(items).await? {
            Transacted::Yes => WebhookCreated::Yes,
            Transacted::ConditionFailed => WebhookCreated::TooMany,
        })
    }

    /// Changes a webhook field by field, so that it and a simultaneous disabling lose nothing of each other.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn patch_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        patch: WebhookPatch,
        now: Timestamp,
    ) -> Result<WebhookChanged, StoreError> {
        let (webhook, route) = patch_changes(patch, now);
        let mut items = vec![self.webhook_update(account, id, &webhook, "attribute_exists(pk)")?];
        if !route.is_empty() {
            items.push(self.route_change(account, id, route)?);
        }
        self.change(account, id, items).await
    }

    /// Puts a new secret in force; the old one signs beside it until the grace ends.
    ///
    /// The condition is that the secret is still `old`'s: of two simultaneous rotations one is told that it was late.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if somebody else rotated it in between.
    pub async fn rotate_secret(
        &self,
        old: &Webhook,
        new: &Secret,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<WebhookChanged, StoreError> {
        let previous = PreviousSecret { secret: old.secret.clone(), until };
        let changes = Changes::default()
            .set("secret", text(new.reveal()))
            .set("previousSecret", text(previous.secret.reveal()))
            .set("previousSecretUntil", ms(previous.until))
            .set("updatedAt", ms(now));
        let request = self.client.update_item().table_name(&self.table);
        let request = request.set_key(Some(keys::webhook(&old.account, &old.id).into_item()));
        let request = request
            .update_expression(changes.expression())
            .set_expression_attribute_names(Some(changes.names()))
            .set_expression_attribute_values(Some(changes.values()))
            .expression_attribute_values(":old", text(old.secret.reveal()))
            .condition_expression("#secret = :old")
            .return_values(ReturnValue::AllNew);
        match request.send().await {
            Ok(answer) => {
                let item: WebhookItem = serde_dynamo::from_item(answer.attributes.unwrap_or_default())?;
                Ok(WebhookChanged::Yes(Box::new(item.into())))
            }
            Err(error) if is_lost(&error) => match self.webhook(&old.account, &old.id).await? {
                // This very write, whose first answer was lost: nobody else can know the new secret.
                Some(webhook) if webhook.secret == *new => Ok(WebhookChanged::Yes(Box::new(webhook))),
                Some(_) => Err(StoreError::Busy),
                None => Ok(WebhookChanged::NotFound),
            },
            Err(error) if is_busy(&error) => Err(StoreError::Busy),
            Err(error) => Err(failed(error)),
        }
    }

    /// Deletes a webhook and its route, both or neither. Returns whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn delete_webhook(&self, account: &AccountId, id: &WebhookId) -> Result<WebhookDeleted, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(account, id).into_item()))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        let route = self.route_update(account, id).update_expression("REMOVE routes.#id").build()?;
        let items =
            [TransactWriteItem::builder().delete(delete).build(), TransactWriteItem::builder().update(route).build()];
        Ok(match self.transact(items).await? {
            Transacted::Yes => WebhookDeleted::Yes,
            Transacted::ConditionFailed => WebhookDeleted::NotFound,
        })
    }

    /// Adds failures to the streak and returns the webhook as it then is; `None` if it is gone, disabled, or was enabled again
    /// after `enabled_at`, in which case the failures do not count.
    ///
    /// The SDK does not repeat this call: if an answer is lost, the failures may have been added already, and must not be twice.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn add_failures(&self, webhook: &Webhook, added: Streak) -> Result<Option<Webhook>, StoreError> {
        let since = added.since.unwrap_or(webhook.enabled_at);
        let request = self
            .streak_update(webhook)
            .update_expression(
                "ADD failures :failures, failedDeliveries :deliveries SET failingSince = if_not_exists(failingSince, :since)",
            )
            .expression_attribute_values(":failures", number(added.failures))
            .expression_attribute_values(":deliveries", number(added.failed_deliveries))
            .expression_attribute_values(":since", ms(since));
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        streak_changed(request.customize().config_override(once).send().await)
    }

    /// Ends the streak. Nothing happens if the webhook is gone, disabled or was enabled again.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn reset_failures(&self, webhook: &Webhook) -> Result<Option<Webhook>, StoreError> {
        let request = self
            .streak_update(webhook)
            .update_expression("SET failures = :zero, failedDeliveries = :zero REMOVE failingSince")
            .expression_attribute_values(":zero", number(0));
        streak_changed(request.send().await)
    }

    /// Writes a changed health to the webhook and its route, on condition that it is still the one `webhook` was read with.
    /// `NotFound` means somebody else changed it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn set_health(&self, webhook: &Webhook, health: Health) -> Result<WebhookChanged, StoreError> {
        let value = serde_dynamo::to_attribute_value::<_, AttributeValue>(health)?;
        let before = serde_dynamo::to_attribute_value(webhook.health)?;
        let changes = Changes::default().set("health", value.clone()).with_value(":before", before);
        let items = vec![
            self.webhook_update(&webhook.account, &webhook.id, &changes, "#health = :before")?,
            self.route_change(&webhook.account, &webhook.id, vec![("h", value)])?,
        ];
        self.change(&webhook.account, &webhook.id, items).await
    }

    /// Disables a webhook for its failures, exactly once: on condition that it is active and was neither enabled again nor given
    /// another URL since it was read. `NotFound` means somebody else was first.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn disable_webhook(
        &self,
        webhook: &Webhook,
        reason: &str,
        now: Timestamp,
    ) -> Result<WebhookChanged, StoreError> {
        let patch = WebhookPatch {
            activity: Some(Activity::Disabled { reason: reason.to_owned() }),
            ..WebhookPatch::default()
        };
        let (changes, route) = patch_changes(patch, now);
        let changes = changes
            .with_value(":enabled", ms(webhook.enabled_at))
            .with_value(":active", AttributeValue::Bool(true))
            .compared("url", text(webhook.url.as_str()));
        let items = vec![
            self.webhook_update(&webhook.account, &webhook.id, &changes, UNCHANGED)?,
            self.route_change(&webhook.account, &webhook.id, route)?,
        ];
        self.change(&webhook.account, &webhook.id, items).await
    }

    fn streak_update(
        &self,
        webhook: &Webhook,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(&webhook.account, &webhook.id).into_item()))
            .condition_expression(UNCHANGED)
            .expression_attribute_names("#url", "url")
            .expression_attribute_values(":url", text(webhook.url.as_str()))
            .expression_attribute_values(":active", AttributeValue::Bool(true))
            .expression_attribute_values(":enabled", ms(webhook.enabled_at))
            .return_values(ReturnValue::AllNew)
    }

    fn webhook_update(
        &self,
        account: &AccountId,
        id: &WebhookId,
        changes: &Changes,
        condition: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(account, id).into_item()))
            .update_expression(changes.expression())
            .condition_expression(condition)
            .set_expression_attribute_names(Some(changes.names()))
            .set_expression_attribute_values(Some(changes.values()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn route_update(&self, account: &AccountId, id: &WebhookId) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::account(account).into_item()))
            .expression_attribute_names("#id", id.as_str())
    }

    fn route_change(
        &self,
        account: &AccountId,
        id: &WebhookId,
        fields: Vec<(&'static str, AttributeValue)>,
    ) -> Result<TransactWriteItem, StoreError> {
        let sets: Vec<String> = fields.iter().map(|(field, _)| format!("routes.#id.{field} = :{field}")).collect();
        let mut update = self
            .route_update(account, id)
            .update_expression(format!("SET {}", sets.join(", ")))
            .condition_expression("attribute_exists(routes.#id)");
        for (field, value) in fields {
            update = update.expression_attribute_values(format!(":{field}"), value);
        }
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    async fn change(
        &self,
        account: &AccountId,
        id: &WebhookId,
        items: Vec<TransactWriteItem>,
    ) -> Result<WebhookChanged, StoreError> {
        if self.transact(items).await? == Transacted::ConditionFailed {
            return Ok(WebhookChanged::NotFound);
        }
        let webhook = self.webhook(account, id).await?;
        Ok(webhook.map_or(WebhookChanged::NotFound, |webhook| WebhookChanged::Yes(Box::new(webhook))))
    }

    async fn transact(&self, items: impl IntoIterator<Item = TransactWriteItem>) -> Result<Transacted, StoreError> {
        let items = items.into_iter().collect();
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        let Err(error) = request.send().await else { return Ok(Transacted::Yes) };
        let cancelled_by = |code: &str| match &error {
            SdkError::ServiceError(service) => match service.err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some(code))
                }
                _ => false,
            },
            _ => false,
        };
        if cancelled_by("ConditionalCheckFailed") {
            return Ok(Transacted::ConditionFailed);
        }
        if cancelled_by("TransactionConflict") { Err(StoreError::Busy) } else { Err(failed(error)) }
    }
}

/// Whether there was something to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookDeleted {
    Yes,
    NotFound,
}

#[derive(Debug, PartialEq, Eq)]
enum Transacted {
    Yes,
    ConditionFailed,
}

fn streak_changed(
    answered: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<Option<Webhook>, StoreError> {
    match answered {
        Ok(answer) => {
            let item: WebhookItem = serde_dynamo::from_item(answer.attributes.unwrap_or_default())?;
            Ok(Some(item.into()))
        }
        Err(error) if is_lost(&error) => Ok(None),
        Err(error) if is_busy(&error) => Err(StoreError::Busy),
        Err(error) => Err(failed(error)),
    }
}

fn is_lost(error: &SdkError<UpdateItemError>) -> bool {
    matches!(error, SdkError::ServiceError(service)
        if matches!(service.err(), UpdateItemError::ConditionalCheckFailedException(_)))
}

/// A plain update that met a transaction, or was throttled, and has certainly changed nothing.
fn is_busy(error: &SdkError<UpdateItemError>) -> bool {
    matches!(error, SdkError::ServiceError(service)
    if matches!(service.err().code(), Some(
        "TransactionConflictException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
    )))
}

fn ms(time: Timestamp) -> AttributeValue {
    number(time.as_millisecond())
}
