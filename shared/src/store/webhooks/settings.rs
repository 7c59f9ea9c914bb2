//! What a customer does with a webhook: create, change, rotate the secret, delete.

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, Delete, Put, ReturnValue, TransactWriteItem},
};
use domain::{
    ids::{AccountId, WebhookId},
    signing::Secrets,
    webhook::{
        Webhook,
        settings::{MAX_PER_ACCOUNT, Patch},
    },
};
use jiff::Timestamp;

use super::{
    super::{
        Store, StoreError,
        error::{failed, is_busy},
        keys, to_item,
        values::{number, text, time},
    },
    Changed,
    item::{PreviousSecretItem, RouteItem, WebhookItem},
    transaction::Transacted,
    update::{Changes, Update},
};

/// What creating a webhook found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookCreated {
    Yes,
    /// The account has [`MAX_PER_ACCOUNT`] already.
    TooMany,
}

/// What deleting a webhook found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookDeleted {
    Yes,
    Gone,
}

impl Store {
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

    /// Changes a webhook field by field, so that this change and a simultaneous disabling lose nothing of each other.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn patch_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        patch: Patch,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        self.change_webhook(account, id, Update::of(patch, now), "attribute_exists(pk)").await
    }

    /// Puts new secrets in force, on condition that the current secret is still `old`'s.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the webhook was under way.
    pub async fn rotate_secret(&self, old: &Webhook, new: Secrets, now: Timestamp) -> Result<Changed, StoreError> {
        let previous: Vec<PreviousSecretItem> = new.previous.into_iter().map(PreviousSecretItem::from).collect();
        let mut changes = Changes::default()
            .set("secret", text(new.current.reveal()))
            .set("previousSecrets", serde_dynamo::to_attribute_value::<_, AttributeValue>(previous)?)
            .set("updatedAt", time(now))
            .with_value(":old", text(old.secrets.current.reveal()));
        if let Some(rotated_at) = new.rotated_at {
            changes = changes.set("rotatedAt", time(rotated_at));
        }
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::webhook(&old.account, &old.id).into_item()))
            .update_expression(changes.expression())
            .set_expression_attribute_names(Some(changes.names()))
            .set_expression_attribute_values(Some(changes.values()))
            .condition_expression("#secret = :old")
            .return_values(ReturnValue::AllNew);
        let error = match request.send().await {
            Ok(answer) => {
                let item: WebhookItem = serde_dynamo::from_item(answer.attributes.unwrap_or_default())?;
                return Ok(Changed::Yes(Box::new(item.into())));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => {
                Ok(match self.webhook(&old.account, &old.id).await? {
                    // This very write, whose first response was lost: only this caller knows the new secret.
                    Some(webhook) if webhook.secrets.current == new.current => Changed::Yes(Box::new(webhook)),
                    Some(_) => Changed::Lost,
                    None => Changed::Gone,
                })
            }
            Some(busy) if is_busy(busy) => Err(StoreError::Busy),
            _ => Err(failed(error)),
        }
    }

    /// Deletes a webhook and its route, both or neither.
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
            Transacted::ConditionFailed => WebhookDeleted::Gone,
        })
    }
}
