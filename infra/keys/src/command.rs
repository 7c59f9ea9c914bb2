//! The three commands. What they print is one JSON object a line.

use std::io::{self, Write};

use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        api_key::{ApiKeySecret, Scope},
        id::AccountId,
    },
    store::{accounts::AccountCreated, api_keys::ApiKey},
};

use crate::{
    connect::{Table, connect},
    error::KeysError,
    options::{Command, OfAccount, Options},
};

/// Does what the command line says.
///
/// # Errors
/// Says what to change.
pub async fn run(options: Options, out: &mut impl Write) -> Result<(), KeysError> {
    let table = connect(options.place).await?;
    match options.command {
        Command::Create { of: OfAccount { account }, profile, scopes } => {
            create(&table, account, profile, &scopes, out).await
        }
        Command::List { of: OfAccount { account } } => list(&table, &account, out).await,
        Command::Revoke { of: OfAccount { account }, id } => revoke(&table, account, id, out).await,
    }
}

async fn create(
    table: &Table,
    account: AccountId,
    profile: String,
    scopes: &[Scope],
    out: &mut impl Write,
) -> Result<(), KeysError> {
    let now = ambient::now();
    let asked = |error| KeysError::asked(error, &table.name);
    match table.store.create_account(&account, &profile, now).await.map_err(asked)? {
        AccountCreated::Exists { profile: found } if found != profile => {
            return Err(KeysError::OtherProfile { account, profile: found });
        }
        AccountCreated::Yes | AccountCreated::Exists { .. } => {}
    }
    let secret = ApiKeySecret::generate(ambient::random());
    let key = new_key(&secret, account, profile, scopes, now);
    table.store.put_api_key(&key).await.map_err(asked)?;
    let shown = with_secret(described(&key), &secret);
    print(out, &shown).map_err(|source| KeysError::NotShown { id: key.id, source })
}

async fn list(table: &Table, account: &AccountId, out: &mut impl Write) -> Result<(), KeysError> {
    for key in keys_of(table, account).await? {
        print(out, &described(&key)).map_err(KeysError::NotWritten)?;
    }
    Ok(())
}

async fn revoke(table: &Table, account: AccountId, id: String, out: &mut impl Write) -> Result<(), KeysError> {
    let Some(key) = keys_of(table, &account).await?.into_iter().find(|key| key.id == id) else {
        return Err(KeysError::NoKey { account, id });
    };
    table.store.delete_api_key(&key).await.map_err(|error| KeysError::asked(error, &table.name))?;
    print(out, &json!({"account": account, "id": id, "revoked": true})).map_err(KeysError::NotWritten)
}

/// An account's keys; an account that does not exist is an error, most likely a slip of the pen.
async fn keys_of(table: &Table, account: &AccountId) -> Result<Vec<ApiKey>, KeysError> {
    let asked = |error| KeysError::asked(error, &table.name);
    if table.store.account(account).await.map_err(asked)?.is_none() {
        return Err(KeysError::NoAccount { account: account.clone() });
    }
    table.store.api_keys(account).await.map_err(asked)
}

fn new_key(
    secret: &ApiKeySecret,
    account: AccountId,
    profile: String,
    scopes: &[Scope],
    now: jiff::Timestamp,
) -> ApiKey {
    let hash = secret.hash();
    // In the order of `Scope::ALL`, each once, however they were given.
    let scopes = Scope::ALL.into_iter().filter(|scope| scopes.contains(scope));
    let scopes = scopes.map(|scope| scope.as_str().to_owned()).collect();
    ApiKey { id: ApiKey::id_of(&hash), account, profile, scopes, hash, created_at: now }
}

/// A key without the key.
fn described(key: &ApiKey) -> Value {
    json!({
        "account": key.account,
        "profile": key.profile,
        "id": key.id,
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

fn print(out: &mut impl Write, line: &Value) -> io::Result<()> {
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_new_key_has_each_scope_once_and_is_told_without_itself() {
        let secret = ApiKeySecret::generate([7; 32]);
        let (account, scopes) = (AccountId::parse("acme").unwrap(), [Scope::Read, Scope::Manage, Scope::Read]);
        let key = new_key(&secret, account, "go2".to_owned(), &scopes, Timestamp::UNIX_EPOCH);
        assert_eq!(key.scopes, ["manage", "read"]);
        assert!(secret.hash().starts_with(&key.id));
        let told = described(&key).to_string();
        assert!(!told.contains(secret.reveal()) && !told.contains(&key.hash), "{told}");
        assert_eq!(with_secret(described(&key), &secret)["key"], secret.reveal());
    }

    #[test]
    fn a_key_that_could_not_be_shown_is_an_error() {
        let mut full: &mut [u8] = &mut [0; 4];
        assert!(print(&mut full, &json!({"key": "phk_1"})).is_err());
    }
}
