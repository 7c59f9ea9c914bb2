//! `posthorn deliveries`.

use std::io::Write;

use reqwest::Method;

use super::{
    events::list,
    shown::{CallError, object},
};
use crate::{
    client::Client,
    options::deliveries::{Command, Options},
    output::Output,
};

/// What a line of the list shows.
const COLUMNS: [&str; 6] = ["id", "event", "status", "createdAt", "nextAttemptAt", "statusReason"];

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let webhook = options.webhook.ok_or(CallError::NoWebhook)?;
    let client = Client::connect(options.api)?.of_account(options.account.account).await?;
    let deliveries = format!("/webhooks/{webhook}/deliveries");
    match options.command {
        Command::List { status, since, until, event, event_id, limit } => {
            let filter = [
                ("status", status.as_deref()),
                ("since", since.as_deref()),
                ("until", until.as_deref()),
                ("event", event.as_deref()),
                ("eventId", event_id.as_deref()),
            ];
            list(&client, &deliveries, &filter, limit, &COLUMNS, output).await
        }
        Command::Show { id } => Ok(object(output, &client.get(&format!("{deliveries}/{id}")).await?)?),
        Command::Resend { id } => {
            Ok(object(output, &client.send(Method::POST, &format!("{deliveries}/{id}/resend"), None).await?)?)
        }
    }
}
