//! Accounts: which profile one has, where its events go, and the list of all.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{
    account::{Account, standing::AccountStanding},
    ids::{AccountId, ProfileName, WebhookId},
};
use futures::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    standings::{StatusItem, standing, standing_item},
    transact::Transacted,
    values::{Item, ms, text, to_item},
    webhooks::item::RouteItem,
};

/// An account: its profile, whether it is in use, and the routes of all its webhooks. Intake reads it for every batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountItem {
    pk: String,
    sk: String,
    profile: ProfileName,
    #[serde(with = "ms")]
    created_at: Timestamp,
    #[serde(flatten)]
    status: StatusItem,
    routes: BTreeMap<WebhookId, RouteItem>,
}

/// What creating an account found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountCreated {
    Yes,
    /// It was there before, with this profile.
    Exists {
        profile: ProfileName,
    },
}

/// An account with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    pub account: Account,
    pub created_at: Timestamp,
    pub standing: AccountStanding,
}

/// A page of accounts in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
    pub accounts: Vec<AccountRecord>,
    /// The last account that was looked at, if there are more.
    pub next: Option<AccountId>,
}

impl AccountItem {
    fn into_account(self, id: AccountId) -> Account {
        let routes = self.routes.into_iter().map(|(id, route)| route.into_route(id)).collect();
        Account { id, profile: self.profile, status: self.status.into_status(), routes }
    }
}

impl Store {
    /// The account with its routes, read consistently: events are dropped and rejected by what this says.
    pub async fn account(&self, account: &AccountId) -> Result<Option<Account>, StoreError> {
        let item: Option<AccountItem> = self.item(keys::account(account)).await?;
        Ok(item.map(|item| item.into_account(account.clone())))
    }

    /// These accounts, in this order, each once, read consistently.
    pub async fn these_accounts(&self, wanted: &[AccountId]) -> Vec<Result<Option<Account>, StoreError>> {
        let items: Vec<Result<Option<AccountItem>, StoreError>> =
            self.items(wanted.iter().map(keys::account).collect()).await;
        let accounts = items.into_iter().zip(wanted);
        accounts.map(|(item, id)| Ok(item?.map(|item| item.into_account(id.clone())))).collect()
    }

    /// Everything that is known of an account, read consistently.
    pub async fn account_record(&self, account: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        let mut items = self.raw_items(vec![keys::account(account), keys::standing(account)]).await.into_iter();
        match (items.next().transpose()?.flatten(), items.next().transpose()?.flatten()) {
            (Some(item), Some(standing)) => record(account.clone(), item, standing).map(Some),
            _ => Ok(None),
        }
    }

    /// At most `limit` accounts after `after`.
    pub async fn accounts(&self, after: Option<&AccountId>, limit: usize) -> Result<AccountPage, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk > :after")
            .expression_attribute_values(":pk", text(keys::ACCOUNTS))
            // A space sorts before every character of an id.
            .expression_attribute_values(":after", text(after.map_or(" ", AccountId::as_str)))
            .projection_expression("sk")
            .consistent_read(true)
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = request.send().await.map_err(failed)?;
        let listed: Vec<ListedItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
        let has_more = listed.len() > limit || answer.last_evaluated_key.is_some();
        let ids: Vec<AccountId> = listed.into_iter().take(limit).map(|listed| listed.sk).collect();
        let records = join_all(ids.chunks(RECORDS_AT_ONCE).map(|ids| self.account_records(ids))).await;
        let accounts = records.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        Ok(AccountPage { accounts, next: ids.last().filter(|_| has_more).cloned() })
    }

    /// Those of these accounts that are there.
    async fn account_records(&self, ids: &[AccountId]) -> Result<Vec<AccountRecord>, StoreError> {
        let keys = ids.iter().flat_map(|id| [keys::account(id), keys::standing(id)]).collect();
        let mut items = self.raw_items(keys).await.into_iter();
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            let (item, standing) = (items.next().transpose()?.flatten(), items.next().transpose()?.flatten());
            if let Some((item, standing)) = item.zip(standing) {
                records.push(record(id.clone(), item, standing)?);
            }
        }
        Ok(records)
    }

    /// Creates an account without webhooks, once: the condition is that there is none.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another change to the account was under way.
    pub async fn create_account(
        &self,
        account: &AccountId,
        profile: &ProfileName,
        standing: AccountStanding,
        now: Timestamp,
    ) -> Result<AccountCreated, StoreError> {
        let keys::Key { pk, sk } = keys::account(account);
        let (profile, status) = (profile.clone(), StatusItem::default());
        let item = to_item(AccountItem { pk, sk, profile, created_at: now, status, routes: BTreeMap::new() })?;
        let items = [item, standing_item(account, standing)?, keys::listed_account(account).into_item()];
        let put = |item: Item| {
            let put = Put::builder().table_name(&self.table).set_item(Some(item));
            let put = put.condition_expression("attribute_not_exists(pk)").build()?;
            Ok::<_, StoreError>(TransactWriteItem::builder().put(put).build())
        };
        if self.transact(items.into_iter().map(put).collect::<Result<Vec<_>, _>>()?).await? == Transacted::Yes {
            return Ok(AccountCreated::Yes);
        }
        match self.account(account).await? {
            Some(account) => Ok(AccountCreated::Exists { profile: account.profile }),
            None => Err(StoreError::Busy),
        }
    }
}

/// How many accounts are read with one request: each has two items, and a request reads a hundred.
const RECORDS_AT_ONCE: usize = 50;

#[derive(Debug, Deserialize)]
struct ListedItem {
    sk: AccountId,
}

fn record(id: AccountId, account: Item, standing_item: Item) -> Result<AccountRecord, StoreError> {
    let item: AccountItem = serde_dynamo::from_item(account)?;
    let (created_at, standing) = (item.created_at, standing(standing_item)?);
    Ok(AccountRecord { account: item.into_account(id), created_at, standing })
}
