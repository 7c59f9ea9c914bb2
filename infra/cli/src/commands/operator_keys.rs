//! `posthorn operator-keys`: makes, lists and revokes operators' keys, directly in the table: the first one cannot come from the API.

use std::{io::Write, time::Duration};

use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        account::key::{ApiKeySecret, OperatorKey},
        time,
    },
};

use crate::{
    options::operator_keys::{Command, Options},
    output::{NotWritten, Output},
    table::{Table, TableError},
};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorKeysError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("there is no operator's key '{id}': `posthorn operator-keys list` shows them")]
    NoKey { id: String },
    #[error("the new key '{id}' could not be shown, and it cannot be shown again: revoke it and create another")]
    NotShown { id: String, source: NotWritten },
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), OperatorKeysError> {
    let table = Table::connect(options.table).await?;
    match options.command {
        Command::Create { name, expires_in } => create(&table, name, expires_in.map(Duration::from_secs), output).await,
        Command::List => list(&table, output).await,
        Command::Revoke { id } => revoke(&table, id, output).await,
    }
}

async fn create(
    table: &Table,
    name: Option<String>,
    lasts: Option<Duration>,
    output: &mut Output<'_, impl Write>,
) -> Result<(), OperatorKeysError> {
    let (secret, now) = (ApiKeySecret::of_operator(ambient::random()), ambient::now());
    let expires_at = lasts.map(|lasts| time::after(now, lasts));
    let key = OperatorKey { hash: secret.hash(), name, created_at: now, expires_at };
    table.store().put_operator_key(&key).await.map_err(|error| table.failed(error))?;
    let text = format!("{}\n{}\nThis key is not shown again.", line(&key), secret.reveal());
    let mut json = described(&key);
    json["key"] = secret.reveal().into();
    output.show(&text, &json).map_err(|source| OperatorKeysError::NotShown { id: key.id(), source })
}

async fn list(table: &Table, output: &mut Output<'_, impl Write>) -> Result<(), OperatorKeysError> {
    for key in keys(table).await? {
        output.show(&line(&key), &described(&key))?;
    }
    Ok(())
}

async fn revoke(table: &Table, id: String, output: &mut Output<'_, impl Write>) -> Result<(), OperatorKeysError> {
    let Some(key) = keys(table).await?.into_iter().find(|key| key.id() == id) else {
        return Err(OperatorKeysError::NoKey { id });
    };
    table.store().delete_operator_key(&key).await.map_err(|error| table.failed(error))?;
    Ok(output.show(&format!("Operator's key {id} was revoked."), &json!({ "id": id, "deleted": true }))?)
}

async fn keys(table: &Table) -> Result<Vec<OperatorKey>, TableError> {
    table.store().operator_keys().await.map_err(|error| table.failed(error))
}

/// A key without the key, for people.
fn line(key: &OperatorKey) -> String {
    let name = key.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let end = key.expires_at.map_or_else(String::new, |at| format!(", valid until {at}"));
    format!("Operator's key {}{name}, created {}{end}", key.id(), key.created_at)
}

/// A key without the key, for programs.
fn described(key: &OperatorKey) -> Value {
    json!({
        "id": key.id(),
        "name": key.name,
        "createdAt": time::whole_seconds(key.created_at),
        "expiresAt": key.expires_at.map(time::whole_seconds),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_key_is_described_without_itself() {
        let secret = ApiKeySecret::of_operator([7; 32]);
        let (name, created_at) = (Some("backend".to_owned()), Timestamp::UNIX_EPOCH);
        let key = OperatorKey { hash: secret.hash(), name, created_at, expires_at: None };
        for shown in [described(&key).to_string(), line(&key)] {
            assert!(shown.contains(&key.id()) && shown.contains("backend"), "{shown}");
            assert!(!shown.contains(secret.reveal()) && !shown.contains(key.hash.as_str()), "{shown}");
        }
    }
}
