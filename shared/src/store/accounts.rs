//! Accounts: which profile one has, and where its events go.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::{
    account::Account,
    ids::{AccountId, ProfileName, WebhookId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    values::{ms, to_item},
    webhooks::item::RouteItem,
};

/// An account: its profile, and the routes of all its webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountItem {
    pk: String,
    sk: String,
    profile: ProfileName,
    #[serde(with = "ms")]
    created_at: Timestamp,
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

impl AccountItem {
    fn into_account(self, id: AccountId) -> Account {
        let routes = self.routes.into_iter().map(|(id, route)| route.into_route(id)).collect();
        Account { id, profile: self.profile, routes }
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

    /// Creates an account without webhooks, once: the condition is that there is none.
    pub async fn create_account(
        &self,
        account: &AccountId,
        profile: &ProfileName,
        now: Timestamp,
    ) -> Result<AccountCreated, StoreError> {
        let keys::Key { pk, sk } = keys::account(account);
        let item = AccountItem { pk, sk, profile: profile.clone(), created_at: now, routes: BTreeMap::new() };
        let request = self.client.put_item().table_name(&self.table).set_item(Some(to_item(item)?));
        let Err(error) = request.condition_expression("attribute_not_exists(pk)").send().await else {
            return Ok(AccountCreated::Yes);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => match self.account(account).await? {
                Some(account) => Ok(AccountCreated::Exists { profile: account.profile }),
                None => Err(StoreError::Busy),
            },
            _ => Err(failed(error)),
        }
    }
}
