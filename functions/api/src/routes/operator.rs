use std::sync::Arc;

use axum::http::StatusCode;
use shared::domain::account::key::ApiKey;

use crate::{
    Api,
    actions::{
        accounts::{self, Put},
        keys,
    },
    actor::Actor,
    answer::Answer,
    error::ApiError,
    request::{
        Incoming, account,
        cursor::next_cursor,
        query::{ACCOUNTS, keys_of},
    },
    views::{AccountView, DeletedKeyView, DeletingView, KeyView},
};

/// `GET /accounts`
pub(crate) async fn list(api: Arc<Api>, _actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let (after, limit) = incoming.query()?.of_accounts()?;
    let page = accounts::list(&api, after.as_ref(), limit).await?;
    let next = page.next.as_ref().and_then(|next| next_cursor(true, ACCOUNTS, Some(next.as_str())));
    Answer::list(page.accounts.iter().map(AccountView::of), next)
}

/// `PUT /accounts/:account`
pub(crate) async fn put(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.new_account_id()?;
    let (profile, patch) = account::put(api.profiles, incoming.fields()?)?;
    match accounts::put(&api, &actor, &id, &profile, patch).await? {
        Put::Made(record) => Answer::object(&AccountView::of(&record)),
        Put::There(record) => Ok(Answer::object(&AccountView::of(&record))?.chosen(StatusCode::OK)),
    }
}

/// `GET /accounts/:account`
pub(crate) async fn get(api: Arc<Api>, _actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    Answer::object(&AccountView::of(&accounts::get(&api, &incoming.account_id()?).await?))
}

/// `PATCH /accounts/:account`
pub(crate) async fn change(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.account_id()?;
    let patch = account::change(incoming.fields()?)?;
    Answer::object(&AccountView::of(&accounts::change(&api, &actor, &id, patch).await?))
}

/// `DELETE /accounts/:account`
pub(crate) async fn delete(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.account_id()?;
    accounts::delete(&api, &actor, &id).await?;
    Answer::object(&DeletingView::of(&id))
}

/// `POST /accounts/:account/keys`
pub(crate) async fn create_key(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let id = incoming.account_id()?;
    let new = account::new_key(incoming.fields()?)?;
    Answer::object(&KeyView::created(&keys::create(&api, &actor, &id, new).await?))
}

/// `GET /accounts/:account/keys`
pub(crate) async fn list_keys(api: Arc<Api>, _actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let account = incoming.account_id()?;
    let (after, limit) = incoming.query()?.of_keys(&account)?;
    let (keys, has_more) = keys::list(&api, &account, after.as_deref(), limit).await?;
    let last = keys.last().map(ApiKey::id);
    let next = next_cursor(has_more, &keys_of(&account), last.as_deref());
    Answer::list(keys.iter().map(KeyView::of), next)
}

/// `DELETE /accounts/:account/keys/:keyId`
pub(crate) async fn revoke_key(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let (account, key) = (incoming.account_id()?, incoming.key_id()?);
    keys::revoke(&api, &actor, &account, &key).await?;
    Answer::object(&DeletedKeyView::of(&key))
}
