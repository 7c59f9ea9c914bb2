//! What operators do with the keys of an account.

use std::time::Duration;

use shared::{
    ambient,
    domain::{
        account::key::{ApiKey, ApiKeySecret, Scopes},
        ids::AccountId,
        time,
    },
    store::{api_keys::KeyStored, busy::again_if_busy},
};

use super::accounts;
use crate::{
    Api,
    actor::Actor,
    audit::{Action, Object, audit},
    error::ApiError,
};

/// A key that an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub(crate) scopes: Scopes,
    pub(crate) name: Option<String>,
    /// `None`: until it is revoked.
    pub(crate) lasts: Option<Duration>,
}

/// A new key, which is shown once.
#[derive(Debug)]
pub struct CreatedKey {
    pub(crate) key: ApiKey,
    pub(crate) secret: ApiKeySecret,
}

pub(crate) async fn create(api: &Api, actor: &Actor, account: &AccountId, new: NewKey) -> Result<CreatedKey, ApiError> {
    let record = accounts::in_use(api, account).await?;
    let (now, secret) = (ambient::now(), ApiKeySecret::generate(ambient::random()));
    let key = ApiKey {
        hash: secret.hash(),
        account: account.clone(),
        profile: record.account.profile,
        scopes: new.scopes,
        name: new.name,
        created_at: now,
        expires_at: new.lasts.map(|lasts| time::after(now, lasts)),
    };
    match again_if_busy(|| api.store.put_api_key(&key)).await? {
        KeyStored::Yes => {
            audit(actor, account, Action::KeyCreate, Object::key(&key.id()), &[]);
            Ok(CreatedKey { key, secret })
        }
        KeyStored::NoAccount => Err(ApiError::AccountDeleting),
    }
}

/// At most `limit` of an account's keys after the one with the id `after`, by id, and whether there are more.
pub(crate) async fn list(
    api: &Api,
    account: &AccountId,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<ApiKey>, bool), ApiError> {
    accounts::in_use(api, account).await?;
    Ok(api.store.api_keys(account, after, limit).await?)
}

/// Ends a key from the next request on.
pub(crate) async fn revoke(api: &Api, actor: &Actor, account: &AccountId, id: &str) -> Result<(), ApiError> {
    accounts::in_use(api, account).await?;
    let key = api.store.account_key(account, id).await?.ok_or(ApiError::NotFound { what: "key" })?;
    again_if_busy(|| api.store.delete_api_key(&key)).await?;
    audit(actor, account, Action::KeyRevoke, Object::key(id), &[]);
    Ok(())
}
