//! Webhooks, each changed together with its route in the account's item: intake reads only that.
//!
//! [`settings`] holds the customer's changes, [`mod@standing`] the changes that attempts cause.

mod changed;
pub(super) mod item;
mod settings;
mod standing;
mod transaction;
mod update;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use domain::{
    account::standing::AccountStanding,
    ids::{AccountId, WebhookId},
    webhook::Webhook,
};

use self::item::WebhookItem;
pub use self::{
    changed::Changed,
    settings::{SecretRotated, WebhookCreated, WebhookDeleted},
};
use super::{
    Store, StoreError,
    error::failed,
    keys,
    standings::standing,
    values::{Item, text},
};

/// What sorts after the entries of deleted webhooks and before the id of every webhook: `GONE#…` and `wh_…`.
const BEFORE_ALL: &str = "GONE~";

/// A page of webhooks in the order of their creation.
#[derive(Debug, Clone, Default)]
pub struct WebhookPage {
    pub webhooks: Vec<Webhook>,
    pub has_more: bool,
}

/// What a batch of deliveries needs to know, each in the order of what was asked for.
#[derive(Debug)]
pub struct WebhooksAndStandings {
    pub webhooks: Vec<Result<Option<Webhook>, StoreError>>,
    pub standings: Vec<Result<Option<AccountStanding>, StoreError>>,
}

impl Store {
    /// These webhooks and the standings of their accounts, each once, read consistently in one request if possible. Without a standing
    /// there is no such account.
    pub async fn webhooks_and_standings(
        &self,
        webhooks: &[(AccountId, WebhookId)],
        accounts: &[AccountId],
    ) -> WebhooksAndStandings {
        let of_webhooks = webhooks.iter().map(|(account, id)| keys::webhook(account, id));
        let mut items = self.raw_items(of_webhooks.chain(accounts.iter().map(keys::standing)).collect()).await;
        let standings = items.split_off(webhooks.len().min(items.len()));
        let webhook = |item: Result<Option<Item>, StoreError>| {
            let item: Option<WebhookItem> = item?.map(serde_dynamo::from_item).transpose()?;
            Ok(item.map(Webhook::from))
        };
        let standing_of = |item: Result<Option<Item>, StoreError>| item?.map(standing).transpose();
        WebhooksAndStandings {
            webhooks: items.into_iter().map(webhook).collect(),
            standings: standings.into_iter().map(standing_of).collect(),
        }
    }

    /// One webhook, read consistently.
    pub async fn webhook(&self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
        let item: Option<WebhookItem> = self.item(keys::webhook(account, id)).await?;
        Ok(item.map(Webhook::from))
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
            // Entries of deleted webhooks sort before every id.
            .expression_attribute_values(":after", text(after.map_or(BEFORE_ALL, WebhookId::as_str)))
            .consistent_read(true)
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = request.send().await.map_err(failed)?;
        page_of(answer, limit)
    }

    /// An account's webhooks that were created before `before`, newest first, at most `limit`.
    pub async fn newest_webhooks(
        &self,
        account: &AccountId,
        before: Option<&WebhookId>,
        limit: usize,
    ) -> Result<WebhookPage, StoreError> {
        // BETWEEN includes its ends: the webhook before which the page begins is read once more, and left out.
        let most = before.map_or("~", WebhookId::as_str);
        let surplus = if before.is_some() { 2 } else { 1 };
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :least AND :most")
            .expression_attribute_values(":pk", text(keys::webhooks_of(account)))
            .expression_attribute_values(":least", text(BEFORE_ALL))
            .expression_attribute_values(":most", text(most))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit.saturating_add(surplus)).unwrap_or(i32::MAX));
        let mut answer = request.send().await.map_err(failed)?;
        if let Some(items) = &mut answer.items {
            items.retain(|item| item.get("sk").and_then(|id| id.as_s().ok()).map(String::as_str) != Some(most));
        }
        page_of(answer, limit)
    }
}

fn page_of(answer: QueryOutput, limit: usize) -> Result<WebhookPage, StoreError> {
    let items: Vec<WebhookItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
    let has_more = items.len() > limit || answer.last_evaluated_key.is_some();
    Ok(WebhookPage { webhooks: items.into_iter().take(limit).map(Webhook::from).collect(), has_more })
}
