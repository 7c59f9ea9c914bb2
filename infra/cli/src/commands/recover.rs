//! `posthorn recover`.

use std::io::Write;

use serde_json::{Value, json};

use super::shown::{CallError, object};
use crate::{client::Client, options::recover::Options, output::Output};

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), CallError> {
    let (path, body) = (format!("/webhooks/{}/recoveries", options.webhook), body(&options));
    let client = Client::connect(options.api)?.of_account(options.account.account).await?;
    Ok(object(output, &client.post_once(&path, None, &body).await?)?)
}

fn body(options: &Options) -> Value {
    let mut body = json!({"since": options.since, "dryRun": options.dry_run});
    let optional = [
        ("until", options.until.as_ref().map(|until| json!(until))),
        ("include", options.include.as_ref().map(|include| json!(include))),
        ("events", options.events.as_ref().map(|events| json!(events))),
        ("rate", options.rate.map(|rate| json!(rate))),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            body[field] = value;
        }
    }
    body
}
