//! `posthorn accounts`.

use std::io::Write;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::shown::{CallError, object, page, row};
use crate::{
    client::{Client, query},
    options::{
        AccountOptions,
        accounts::{Command, Options, StandingOptions},
    },
    output::Output,
};

/// What a line of the list shows.
const COLUMNS: [&str; 5] = ["account", "profile", "status", "webhooks", "name"];

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let client = Client::connect(options.api)?;
    let (of, method, body) = match options.command {
        Command::List => return list(&client, output).await,
        Command::Show { of } => (of, Method::GET, None),
        Command::Create { of, profile, standing } => {
            let mut body = fields(standing);
            body["profile"] = json!(profile);
            (of, Method::PUT, Some(body))
        }
        Command::Change { of, standing } => (of, Method::PATCH, Some(fields(standing))),
        Command::Suspend { of } => (of, Method::PATCH, Some(json!({"status": "suspended"}))),
        Command::Activate { of } => (of, Method::PATCH, Some(json!({"status": "active"}))),
        Command::Delete { of } => (of, Method::DELETE, None),
    };
    let AccountOptions { account } = of;
    let shown = client.operator(method, &format!("/accounts/{account}"), body.as_ref()).await?;
    Ok(object(output, &shown)?)
}

async fn list(client: &Client, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let mut cursor: Option<String> = None;
    loop {
        let path = format!("/accounts{}", query(&[("limit", Some("100")), ("cursor", cursor.as_deref())]));
        let found = client.operator(Method::GET, &path, None).await?;
        let (accounts, next) = page(&found);
        for account in accounts {
            row(output, account, &COLUMNS)?;
        }
        cursor = next.map(str::to_owned);
        if cursor.is_none() {
            return Ok(());
        }
    }
}

/// The body that says this of an account.
fn fields(StandingOptions { name, limits }: StandingOptions) -> Value {
    let mut body = json!({});
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    if !limits.is_empty() {
        let limits: Map<String, Value> =
            limits.into_iter().map(|(limit, value)| (limit.as_str().to_owned(), json!(value))).collect();
        body["limits"] = json!(limits);
    }
    body
}
