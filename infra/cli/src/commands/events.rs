//! `posthorn events`.

use std::{
    fs,
    io::{self, Read as _, Write},
    path::PathBuf,
};

use serde_json::{Value, json};
use shared::ambient;

use super::shown::{CallError, object, page, row};
use crate::{
    client::{AccountClient, Client, ClientError, query},
    options::events::{Command, Options},
    output::Output,
};

/// What a line of the list shows.
const COLUMNS: [&str; 4] = ["id", "event", "acceptedAt", "bytes"];

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let client = Client::connect(options.api)?.of_account(options.account.account).await?;
    match options.command {
        Command::Publish { event, data, data_file, id, timestamp } => {
            let data: Value = serde_json::from_str(&text(data, data_file)?).map_err(CallError::NotJson)?;
            let mut body = json!({"event": event, "data": data});
            for (field, value) in [("id", id), ("timestamp", timestamp)] {
                if let Some(value) = value {
                    body[field] = json!(value);
                }
            }
            publish(&client, &body, output).await
        }
        Command::List { event, since, until, limit } => {
            let filter = [("event", event.as_deref()), ("since", since.as_deref()), ("until", until.as_deref())];
            list(&client, "/events", &filter, limit, &COLUMNS, output).await
        }
        Command::Show { id } => {
            Ok(object(output, &client.get(&format!("/event{}", query(&[("id", Some(id.as_str()))]))).await?)?)
        }
    }
}

/// A command that is started again publishes another event, but a request whose response was lost does not.
async fn publish(client: &AccountClient, body: &Value, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let key = hex::encode(ambient::random::<16>());
    let mut published = client.post_once("/events", Some(&key), body).await;
    if published.as_ref().is_err_and(ClientError::may_be_repeated) {
        published = client.post_once("/events", Some(&key), body).await;
    }
    let published = published?;
    let id = published["ids"][0].as_str().unwrap_or_default();
    Ok(output.show(&format!("Event {id} was accepted."), &published)?)
}

/// Shows at most `limit` things of a list that may have many pages.
pub(super) async fn list(
    client: &AccountClient,
    path: &str,
    filter: &[(&str, Option<&str>)],
    limit: usize,
    columns: &[&str],
    output: &mut Output<'_, impl Write>,
) -> Result<(), CallError> {
    let (mut left, mut cursor) = (limit, None::<String>);
    while left > 0 {
        let size = left.min(100).to_string();
        let parameters = [filter, &[("limit", Some(size.as_str())), ("cursor", cursor.as_deref())]].concat();
        let found = client.get(&format!("{path}{}", query(&parameters))).await?;
        let (items, next) = page(&found);
        for item in items {
            row(output, item, columns)?;
        }
        left = left.saturating_sub(items.len());
        cursor = next.map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

fn text(data: Option<String>, file: Option<PathBuf>) -> Result<String, CallError> {
    match (data, file) {
        (Some(data), _) => Ok(data),
        (None, Some(path)) if path.as_os_str() != "-" => fs::read_to_string(path).map_err(CallError::NoData),
        (None, _) => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(CallError::NoData)?;
            Ok(text)
        }
    }
}
