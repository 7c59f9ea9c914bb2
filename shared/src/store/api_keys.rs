//! API keys: found by hash, listed by account.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::{
    account::key::{ApiKey, KeyHash, Scopes},
    ids::{AccountId, ProfileName},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    values::{ms, text, to_item},
};

/// An API key, stored under its hash and again under its account. The key itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiKeyItem {
    pk: String,
    sk: String,
    account: AccountId,
    profile: ProfileName,
    scopes: Scopes,
    hash: KeyHash,
    #[serde(with = "ms")]
    created_at: Timestamp,
}

impl From<ApiKeyItem> for ApiKey {
    fn from(item: ApiKeyItem) -> Self {
        let ApiKeyItem { account, profile, scopes, hash, created_at, .. } = item;
        Self { hash, account, profile, scopes, created_at }
    }
}

impl Store {
    /// The key with this hash, read consistently: a revoked key stops at once, a new one works at once.
    pub async fn api_key(&self, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        let item: Option<ApiKeyItem> = self.item(keys::api_key(hash)).await?;
        Ok(item.map(ApiKey::from))
    }

    /// Stores a key under its hash and under its account, both or neither.
    pub async fn put_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let places = [keys::api_key(&key.hash), keys::account_key(&key.account, &key.id())];
        let mut request = self.client.transact_write_items();
        for keys::Key { pk, sk } in places {
            let item = ApiKeyItem {
                pk,
                sk,
                account: key.account.clone(),
                profile: key.profile.clone(),
                scopes: key.scopes.clone(),
                hash: key.hash.clone(),
                created_at: key.created_at,
            };
            let put = Put::builder().table_name(&self.table).set_item(Some(to_item(item)?)).build()?;
            request = request.transact_items(TransactWriteItem::builder().put(put).build());
        }
        request.send().await.map(|_| ()).map_err(failed)
    }

    /// An account's keys.
    pub async fn api_keys(&self, account: &AccountId) -> Result<Vec<ApiKey>, StoreError> {
        let request = self.client.query().table_name(&self.table);
        let request = request.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        let request = request.expression_attribute_values(":pk", text(keys::account(account).pk));
        let request = request.expression_attribute_values(":prefix", text(keys::ACCOUNT_KEY));
        let pages = request.into_paginator().items().send().try_collect().await.map_err(failed)?;
        let items: Vec<ApiKeyItem> = serde_dynamo::from_items(pages)?;
        Ok(items.into_iter().map(ApiKey::from).collect())
    }

    /// Removes a key from both of its places.
    pub async fn delete_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let mut request = self.client.transact_write_items();
        for place in [keys::api_key(&key.hash), keys::account_key(&key.account, &key.id())] {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(place.into_item())).build()?;
            request = request.transact_items(TransactWriteItem::builder().delete(delete).build());
        }
        request.send().await.map(|_| ()).map_err(failed)
    }
}
