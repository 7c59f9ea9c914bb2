//! API keys: found by hash, listed by account.

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem};
use domain::{
    account::{
        key::{ApiKey, KeyHash, Scopes},
        standing::AccountStanding,
    },
    ids::{AccountId, ProfileName},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    error::failed,
    keys,
    standings::standing,
    transact::Transacted,
    values::{ms, optional_ms, text, to_item},
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

/// When `DynamoDB` may remove a key that ends at a time, in unix seconds: not before.
pub(super) fn removed_from(ends_at: Timestamp) -> i64 {
    ends_at.as_second().saturating_add(1)
}

/// What storing a key found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStored {
    Yes,
    /// The account is not there, or is being deleted.
    NoAccount,
}

/// A key that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    pub key: ApiKey,
    /// What an operator says of its account, if that was read with the key.
    pub standing: Option<AccountStanding>,
}

impl From<ApiKeyItem> for ApiKey {
    fn from(item: ApiKeyItem) -> Self {
        let ApiKeyItem { account, profile, scopes, hash, name, created_at, valid_until, .. } = item;
        Self { hash, account, profile, scopes, name, created_at, expires_at: valid_until }
    }
}

impl Store {
    /// The key with this hash, read consistently: a revoked key stops at once, a new one works at once.
    ///
    /// One request reads it together with the standing of the account that it is expected to belong to. Both are read consistently, but
    /// are no snapshot: one may be older than the other, as if it had been read first.
    pub async fn api_key(&self, hash: &KeyHash, expected: Option<&AccountId>) -> Result<Option<FoundKey>, StoreError> {
        let places = [keys::api_key(hash)].into_iter().chain(expected.map(keys::standing)).collect();
        let mut items = self.raw_items(places).await.into_iter();
        let mut next = || items.next().transpose().map(Option::flatten);
        let Some(item) = next()? else { return Ok(None) };
        let item: ApiKeyItem = serde_dynamo::from_item(item)?;
        let key = ApiKey::from(item);
        let standing = match expected {
            Some(account) if *account == key.account => next()?.map(standing).transpose()?,
            _ => None,
        };
        Ok(Some(FoundKey { key, standing }))
    }

    /// Stores a key under its hash and under its account, both or neither, unless the account is being deleted.
    pub async fn put_api_key(&self, key: &ApiKey) -> Result<KeyStored, StoreError> {
        let places = [keys::api_key(&key.hash), keys::account_key(&key.account, &key.id())];
        let in_use = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(keys::standing(&key.account).into_item()))
            .condition_expression("attribute_exists(pk) AND #status <> :deleting")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":deleting", text("deleting"))
            .build()?;
        let mut items = vec![TransactWriteItem::builder().condition_check(in_use).build()];
        for keys::Key { pk, sk } in places {
            let item = ApiKeyItem {
                pk,
                sk,
                account: key.account.clone(),
                profile: key.profile.clone(),
                scopes: key.scopes.clone(),
                hash: key.hash.clone(),
                name: key.name.clone(),
                created_at: key.created_at,
                valid_until: key.expires_at,
                expires_at: key.expires_at.map(removed_from),
            };
            let put = Put::builder().table_name(&self.table).set_item(Some(to_item(item)?)).build()?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        Ok(match self.transact(items).await? {
            Transacted::Yes => KeyStored::Yes,
            Transacted::ConditionFailed => KeyStored::NoAccount,
        })
    }

    /// One key of an account by its id, read consistently.
    pub async fn account_key(&self, account: &AccountId, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let item: Option<ApiKeyItem> = self.item(keys::account_key(account, id)).await?;
        Ok(item.map(ApiKey::from))
    }

    /// At most `limit` of an account's keys after the one with the id `after`, by id, and whether there are more.
    pub async fn api_keys(
        &self,
        account: &AccountId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<ApiKey>, bool), StoreError> {
        let request = self.client.query().table_name(&self.table);
        let request = request.key_condition_expression("pk = :pk AND sk BETWEEN :after AND :last");
        let request = request.expression_attribute_values(":pk", text(keys::account(account).pk));
        // '~' sorts after every character of an id, so that an id with it is the first one that cannot be.
        let after =
            after.map_or_else(|| keys::ACCOUNT_KEY.to_owned(), |id| keys::account_key(account, &format!("{id}~")).sk);
        let request = request
            .expression_attribute_values(":after", text(after))
            .expression_attribute_values(":last", text(format!("{}~", keys::ACCOUNT_KEY)))
            .consistent_read(true)
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = request.send().await.map_err(failed)?;
        let items: Vec<ApiKeyItem> = serde_dynamo::from_items(answer.items.unwrap_or_default())?;
        let has_more = items.len() > limit || answer.last_evaluated_key.is_some();
        Ok((items.into_iter().take(limit).map(ApiKey::from).collect(), has_more))
    }

    /// Removes a key from both of its places.
    pub async fn delete_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let delete = |place: keys::Key| {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(place.into_item())).build()?;
            Ok::<_, StoreError>(TransactWriteItem::builder().delete(delete).build())
        };
        let places = [keys::api_key(&key.hash), keys::account_key(&key.account, &key.id())];
        // Without a condition, none can fail.
        self.transact(places.into_iter().map(delete).collect::<Result<Vec<_>, _>>()?).await.map(|_| ())
    }
}
