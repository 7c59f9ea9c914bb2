//! `posthorn keys`: makes, lists and revokes the keys of an account.
//!
//! A key is shown once, by `create`, and can only be revoked and replaced.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{account::key::Scopes, ids::AccountId};

use super::shown::{CallError, object, page, row};
use crate::{
    client::Client,
    options::{
        AccountOptions,
        keys::{Command, Options},
    },
    output::Output,
};

/// What a line of the list shows.
const COLUMNS: [&str; 5] = ["id", "scopes", "createdAt", "expiresAt", "name"];

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let client = Client::connect(options.api)?;
    match options.command {
        Command::Create { of: AccountOptions { account }, scopes, name, expires_in } => {
            let body = body(&Scopes::new(scopes), name.as_deref(), expires_in);
            create(&client, &account, &body, output).await
        }
        Command::List { of: AccountOptions { account } } => {
            let found = client.operator(Method::GET, &keys_of(&account), None).await?;
            for key in page(&found).0 {
                row(output, key, &COLUMNS)?;
            }
            Ok(())
        }
        Command::Revoke { of: AccountOptions { account }, id } => {
            let path = format!("{}/{id}", keys_of(&account));
            Ok(object(output, &client.operator(Method::DELETE, &path, None).await?)?)
        }
    }
}

async fn create(
    client: &Client,
    account: &AccountId,
    body: &Value,
    output: &mut Output<'_, impl Write>,
) -> Result<(), CallError> {
    let key = client.operator(Method::POST, &keys_of(account), Some(body)).await?;
    let secret = key["key"].as_str().unwrap_or_default();
    let text = format!(
        "Key {} of account {account}\n{secret}\nThis key is not shown again.",
        key["id"].as_str().unwrap_or_default()
    );
    let (what, advice) = ("the new key", "revoke it and create another");
    output.show(&text, &key).map_err(|source| CallError::NotShown { what, advice, source })
}

fn keys_of(account: &AccountId) -> String {
    format!("/accounts/{account}/keys")
}

fn body(scopes: &Scopes, name: Option<&str>, expires_in: Option<u64>) -> Value {
    let mut body = json!({ "scopes": scopes });
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    if let Some(seconds) = expires_in {
        body["expiresInSeconds"] = json!(seconds);
    }
    body
}
