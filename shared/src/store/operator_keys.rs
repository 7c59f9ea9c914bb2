//! Operators' keys: found by hash, listed together.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::account::key::{KeyHash, OperatorKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    api_keys::removed_from,
    error::failed,
    keys,
    values::{ms, optional_ms, text, to_item},
};

/// An operator's key, stored under its hash and again in the list. The key itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperatorKeyItem {
    pk: String,
    sk: String,
    hash: KeyHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(with = "ms")]
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    valid_until: Option<Timestamp>,
    /// When `DynamoDB` may remove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl From<OperatorKeyItem> for OperatorKey {
    fn from(item: OperatorKeyItem) -> Self {
        let OperatorKeyItem { hash, name, created_at, valid_until, .. } = item;
        Self { hash, name, created_at, expires_at: valid_until }
    }
}

impl Store {
    /// The operator's key with this hash, read consistently.
    pub async fn operator_key(&self, hash: &KeyHash) -> Result<Option<OperatorKey>, StoreError> {
        let item: Option<OperatorKeyItem> = self.item(keys::operator_key(hash)).await?;
        Ok(item.map(OperatorKey::from))
    }

    /// Stores a key under its hash and in the list, both or neither.
    pub async fn put_operator_key(&self, key: &OperatorKey) -> Result<(), StoreError> {
        let mut request = self.client.transact_write_items();
        for keys::Key { pk, sk } in places(key) {
            let item = OperatorKeyItem {
                pk,
                sk,
                hash: key.hash.clone(),
                name: key.name.clone(),
                created_at: key.created_at,
                valid_until: key.expires_at,
                expires_at: key.expires_at.map(removed_from),
            };
            let put = Put::builder().table_name(&self.table).set_item(Some(to_item(item)?)).build()?;
            request = request.transact_items(TransactWriteItem::builder().put(put).build());
        }
        request.send().await.map(|_| ()).map_err(failed)
    }

    /// All operators' keys.
    pub async fn operator_keys(&self) -> Result<Vec<OperatorKey>, StoreError> {
        let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let request = request.expression_attribute_values(":pk", text(keys::OPERATORS)).consistent_read(true);
        let pages = request.into_paginator().items().send().try_collect().await.map_err(failed)?;
        let items: Vec<OperatorKeyItem> = serde_dynamo::from_items(pages)?;
        Ok(items.into_iter().map(OperatorKey::from).collect())
    }

    /// Removes a key from both of its places.
    pub async fn delete_operator_key(&self, key: &OperatorKey) -> Result<(), StoreError> {
        let mut request = self.client.transact_write_items();
        for place in places(key) {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(place.into_item())).build()?;
            request = request.transact_items(TransactWriteItem::builder().delete(delete).build());
        }
        request.send().await.map(|_| ()).map_err(failed)
    }
}

fn places(key: &OperatorKey) -> [keys::Key; 2] {
    [keys::operator_key(&key.hash), keys::listed_operator_key(&key.id())]
}
