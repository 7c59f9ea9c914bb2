//! `posthorn portal`: makes links to an account's portal, lists its sessions and ends them.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};

use super::shown::{CallError, object, page, row};
use crate::{
    client::{AccountClient, Client, query},
    options::portal::{Command, Options},
    output::Output,
};

/// What a line of the list shows.
const COLUMNS: [&str; 5] = ["id", "user", "readOnly", "createdAt", "expiresAt"];

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let client = Client::connect(options.api)?.of_account(options.account.account).await?;
    match options.command {
        Command::Create { expires_in, read_only, user, path } => {
            let mut body = json!({ "readOnly": read_only });
            let optional = [("expiresInSeconds", json!(expires_in)), ("user", json!(user)), ("path", json!(path))];
            for (field, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
                body[field] = value;
            }
            create(&client, &body, output).await
        }
        Command::List => list(&client, output).await,
        Command::End { id } => {
            let ended = client.send(Method::DELETE, &format!("/portal-sessions/{id}"), None).await?;
            Ok(object(output, &ended)?)
        }
    }
}

async fn list(client: &AccountClient, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    // An account has about 100 at most, but a few more if several were made in the same moment.
    let mut cursor: Option<String> = None;
    loop {
        let path = format!("/portal-sessions{}", query(&[("limit", Some("100")), ("cursor", cursor.as_deref())]));
        let found = client.get(&path).await?;
        let (sessions, next) = page(&found);
        for session in sessions {
            row(output, session, &COLUMNS)?;
        }
        cursor = next.map(str::to_owned);
        if cursor.is_none() {
            return Ok(());
        }
    }
}

async fn create(client: &AccountClient, body: &Value, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let session = client.send(Method::POST, "/portal-sessions", Some(body)).await?;
    let text = |field: &str| session[field].as_str().unwrap_or_default();
    let said = format!(
        "Session {}, until {}\n{}\nThis link works once, within five minutes.",
        text("id"),
        text("expiresAt"),
        text("url")
    );
    let (what, advice) = ("the link", "end the session and create another");
    output.show(&said, &session).map_err(|source| CallError::NotShown { what, advice, source })
}
