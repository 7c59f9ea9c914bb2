//! `posthorn keys`: makes, lists and revokes API keys, directly in the table.
//!
//! A key belongs to one account and is stored as its hash. It is shown once, by `create`, and can only be revoked and replaced.

use std::io::Write;

use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        account::key::{ApiKey, ApiKeySecret, Scope, Scopes},
        ids::{AccountId, ProfileName},
    },
};

use crate::{
    options::{
        AccountOptions,
        keys::{Command, Options},
    },
    output::{NotWritten, Output},
    table::{Table, TableError},
};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("account '{account}' has no key '{id}': `posthorn keys list --account {account}` shows its keys")]
    NoKey { account: AccountId, id: String },
    #[error("the new key '{id}' could not be shown, and it cannot be shown again: revoke it and create another")]
    NotShown { id: String, source: NotWritten },
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), KeysError> {
    let table = Table::connect(options.table).await?;
    match options.command {
        Command::Create { of: AccountOptions { account }, profile, scopes } => {
            let profile = account_profile(&table, &account, profile).await?;
            create(&table, account, profile, &scopes, output).await
        }
        Command::List { of: AccountOptions { account } } => list(&table, &account, output).await,
        Command::Revoke { of: AccountOptions { account }, id } => revoke(&table, account, id, output).await,
    }
}

/// The profile of an account, which is made first if a profile was given.
async fn account_profile(
    table: &Table,
    account: &AccountId,
    profile: Option<ProfileName>,
) -> Result<ProfileName, TableError> {
    match profile {
        Some(profile) => table.make_account(account, &profile).await.map(|_made| profile),
        None => table.account(account).await.map(|found| found.profile),
    }
}

async fn create(
    table: &Table,
    account: AccountId,
    profile: ProfileName,
    scopes: &[Scope],
    output: &mut Output<'_, impl Write>,
) -> Result<(), KeysError> {
    let secret = ApiKeySecret::generate(ambient::random());
    let key = new_key(&secret, account, profile, scopes, ambient::now());
    table.store().put_api_key(&key).await.map_err(|error| table.failed(error))?;
    let text = format!("{}\n{}\nThis key is not shown again.", line(&key), secret.reveal());
    let shown = output.show(&text, &with_secret(described(&key), &secret));
    shown.map_err(|source| KeysError::NotShown { id: key.id(), source })
}

async fn list(table: &Table, account: &AccountId, output: &mut Output<'_, impl Write>) -> Result<(), KeysError> {
    for key in keys_of(table, account).await? {
        output.show(&line(&key), &described(&key))?;
    }
    Ok(())
}

async fn revoke(
    table: &Table,
    account: AccountId,
    id: String,
    output: &mut Output<'_, impl Write>,
) -> Result<(), KeysError> {
    let Some(key) = keys_of(table, &account).await?.into_iter().find(|key| key.id() == id) else {
        return Err(KeysError::NoKey { account, id });
    };
    table.store().delete_api_key(&key).await.map_err(|error| table.failed(error))?;
    let text = format!("Key {id} of account {account} was revoked.");
    Ok(output.show(&text, &json!({ "account": account, "id": id, "revoked": true }))?)
}

async fn keys_of(table: &Table, account: &AccountId) -> Result<Vec<ApiKey>, TableError> {
    table.account(account).await?;
    table.store().api_keys(account).await.map_err(|error| table.failed(error))
}

fn new_key(
    secret: &ApiKeySecret,
    account: AccountId,
    profile: ProfileName,
    scopes: &[Scope],
    now: jiff::Timestamp,
) -> ApiKey {
    let scopes = Scopes::new(scopes.iter().copied());
    ApiKey { hash: secret.hash(), account, profile, scopes, created_at: now }
}

/// A key without the key, for people.
fn line(key: &ApiKey) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(Scope::as_str).collect();
    let scopes = scopes.join(",");
    format!("Key {} of account {} ({}): {scopes}, created {}", key.id(), key.account, key.profile, key.created_at)
}

/// A key without the key, for programs.
fn described(key: &ApiKey) -> Value {
    json!({
        "account": key.account,
        "profile": key.profile,
        "id": key.id(),
        "scopes": key.scopes,
        "createdAt": key.created_at.to_string(),
    })
}

fn with_secret(mut described: Value, secret: &ApiKeySecret) -> Value {
    if let Some(fields) = described.as_object_mut() {
        fields.insert("key".to_owned(), secret.reveal().into());
    }
    described
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_new_key_has_each_scope_once_and_is_described_without_itself() {
        let secret = ApiKeySecret::generate([7; 32]);
        let (account, scopes) = (AccountId::parse("acme").unwrap(), [Scope::Read, Scope::Manage, Scope::Read]);
        let key = new_key(&secret, account, ProfileName::parse("go2").unwrap(), &scopes, Timestamp::UNIX_EPOCH);
        assert_eq!(key.scopes, Scopes::new([Scope::Manage, Scope::Read]));
        assert!(secret.hash().as_str().starts_with(&key.id()));
        for shown in [described(&key).to_string(), line(&key)] {
            assert!(!shown.contains(secret.reveal()) && !shown.contains(key.hash.as_str()), "{shown}");
        }
        assert_eq!(with_secret(described(&key), &secret)["key"], secret.reveal());
    }
}
