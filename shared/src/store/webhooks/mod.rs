//! Webhooks, each changed together with its route in the account's item: intake reads only that.
//!
//! [`settings`] holds the customer's changes, [`standing`] the changes that attempts cause.

mod changed;
pub(super) mod item;
mod settings;
mod standing;
mod transaction;
mod update;

use domain::{
    ids::{AccountId, WebhookId},
    webhook::Webhook,
};

use self::item::WebhookItem;
pub(super) use self::transaction::Transacted;
pub use self::{
    changed::Changed,
    settings::{SecretRotated, WebhookCreated, WebhookDeleted},
};
use super::{Store, StoreError, error::failed, keys, values::text};

/// A page of webhooks in the order of their creation.
#[derive(Debug, Clone, Default)]
pub struct WebhookPage {
    pub webhooks: Vec<Webhook>,
    pub has_more: bool,
}

impl Store {
    /// One webhook, read consistently.
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
}
