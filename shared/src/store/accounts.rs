//! Accounts: which profile one has, and where its events go.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{error::SdkError, operation::put_item::PutItemError};
use jiff::Timestamp;

use super::{
    Store, StoreError, failed,
    items::{AccountItem, RouteItem},
    keys, to_item,
};
use crate::domain::{id::AccountId, subscription::Route};

/// An account as intake sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub profile: String,
    pub routes: Vec<Route>,
}

/// What creating an account found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountCreated {
    Yes,
    /// It was there before, with this profile.
    Exists {
        profile: String,
    },
}

impl AccountItem {
    fn into_account(self, id: AccountId) -> Account {
        let routes = self.routes.into_iter().map(|(id, route): (_, RouteItem)| route.into_route(id)).collect();
        Account { id, profile: self.profile, routes }
    }
}

impl Store {
    /// The account with its routes, read consistently: events are dropped and refused by what this says.
    ///
    /// # Errors
    /// There was no answer.
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
    ///
    /// # Errors
    /// There was no answer.
    pub async fn create_account(
        &self,
        account: &AccountId,
        profile: &str,
        now: Timestamp,
    ) -> Result<AccountCreated, StoreError> {
        let keys::Key { pk, sk } = keys::account(account);
        let item = AccountItem { pk, sk, profile: profile.to_owned(), created_at: now, routes: BTreeMap::new() };
        let request = self.client.put_item().table_name(&self.table).set_item(Some(to_item(item)?));
        match request.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(AccountCreated::Yes),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                let profile = self.account(account).await?.map(|account| account.profile).unwrap_or_default();
                Ok(AccountCreated::Exists { profile })
            }
            Err(error) => Err(failed(error)),
        }
    }
}
