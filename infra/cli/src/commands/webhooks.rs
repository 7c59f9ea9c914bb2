//! `posthorn webhooks`.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};

use super::shown::{CallError, object, page, row};
use crate::{
    client::{AccountClient, Client, query},
    options::webhooks::{Command, Options, WebhookOptions},
    output::Output,
};

/// What a line of the list shows.
const COLUMNS: [&str; 6] = ["id", "isActive", "health", "url", "events", "name"];

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let client = Client::connect(options.api)?.of_account(options.account.account).await?;
    let (method, path, body) = match options.command {
        Command::List => return list(&client, output).await,
        Command::Create { url, events, name } => {
            return create(&client, with_name(json!({"url": url, "events": events}), name), output).await;
        }
        Command::RotateSecret { webhook, grace } => return rotate(&client, &webhook, grace, output).await,
        Command::Show(webhook) => (Method::GET, of(&webhook), None),
        Command::Change { webhook, url, events, name } => {
            let mut body = with_name(json!({}), name);
            if let Some(url) = url {
                body["url"] = json!(url);
            }
            if let Some(events) = events {
                body["events"] = json!(events);
            }
            (Method::PATCH, of(&webhook), Some(body))
        }
        Command::Enable(webhook) => (Method::PATCH, of(&webhook), Some(json!({"isActive": true}))),
        Command::Disable(webhook) => (Method::PATCH, of(&webhook), Some(json!({"isActive": false}))),
        Command::Delete(webhook) => (Method::DELETE, of(&webhook), None),
        Command::Test { webhook, event } => {
            let body = event.map(|event| json!({"event": event}));
            (Method::POST, format!("{}/test", of(&webhook)), body)
        }
    };
    Ok(object(output, &client.send(method, &path, body.as_ref()).await?)?)
}

async fn list(client: &AccountClient, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    // An account has 100 at most, but a page of webhooks with much metadata is short.
    let mut cursor: Option<String> = None;
    loop {
        let path = format!("/webhooks{}", query(&[("limit", Some("100")), ("cursor", cursor.as_deref())]));
        let found = client.get(&path).await?;
        let (webhooks, next) = page(&found);
        for webhook in webhooks {
            row(output, webhook, &COLUMNS)?;
        }
        cursor = next.map(str::to_owned);
        if cursor.is_none() {
            return Ok(());
        }
    }
}

async fn create(client: &AccountClient, body: Value, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let webhook = client.send(Method::POST, "/webhooks", Some(&body)).await?;
    let (what, advice) = ("the webhook's secret", "rotate it with `posthorn webhooks rotate-secret`");
    object(output, &webhook).map_err(|source| CallError::NotShown { what, advice, source })
}

async fn rotate(
    client: &AccountClient,
    webhook: &WebhookOptions,
    grace: Option<u64>,
    output: &mut Output<'_, impl Write>,
) -> Result<(), CallError> {
    let body = grace.map(|grace| json!({"gracePeriodSeconds": grace}));
    let path = format!("{}/rotate-secret", of(webhook));
    let webhook = client.send(Method::POST, &path, body.as_ref()).await?;
    let (what, advice) = ("the webhook's new secret", "rotate it once more");
    object(output, &webhook).map_err(|source| CallError::NotShown { what, advice, source })
}

fn of(WebhookOptions { id }: &WebhookOptions) -> String {
    format!("/webhooks/{id}")
}

fn with_name(mut body: Value, name: Option<String>) -> Value {
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    body
}
