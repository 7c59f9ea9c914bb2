//! The main job, shown through public doors only: a receiver, a webhook for each profile, an event each through the
//! event queue, the signed request as received and verified, the delivery log.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::ready::{AccountKey, Ready};
use crate::say::say;

mod api;
mod receiver;
mod verify;

use api::Api;
use receiver::{Receiver, Request};
use verify::Scheme;

/// How long each step may take before the demonstration has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Names the webhooks made here, so that a later start with the same data directory finds and removes them.
const NAME: &str = "Posthorn demonstration";

/// What went wrong in the demonstration.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the receiver did not start")]
    Receiver(#[source] std::io::Error),
    #[error("the API could not be reached")]
    Http(#[from] reqwest::Error),
    #[error("{method} {path} answered {status}: {body}")]
    Refused { method: &'static str, path: String, status: u16, body: String },
    #[error("the event could not be published")]
    Publish(#[from] Box<aws_sdk_sqs::Error>),
    #[error("no signed request came within {} s", PATIENCE.as_secs())]
    NoRequest,
    #[error("the {0} signature is not the one the secret gives")]
    WrongSignature(&'static str),
    #[error("the delivery log did not show the delivery within {} s", PATIENCE.as_secs())]
    NotLogged,
}

/// What differs between the profiles, as far as a user of the API can see.
struct Profile {
    name: &'static str,
    base: &'static str,
    event: &'static str,
    /// JSON.
    data: &'static str,
    scheme: Scheme,
}

fn profiles() -> [Profile; 3] {
    [
        Profile {
            name: "awsys",
            base: "/api",
            event: "link.click",
            data: r#"{"link_id":"lnk_1","short_url":"https://s.example/a","country":"NO"}"#,
            scheme: Scheme::Awsys,
        },
        Profile {
            name: "go2",
            base: "/api/v1",
            event: "click",
            data: r#"{"linkId":"lnk_2","slug":"summer","country":"DE"}"#,
            scheme: Scheme::Go2,
        },
        Profile {
            name: "standard",
            base: "/v1",
            event: "invoice.paid",
            data: r#"{"invoice":"in_42","amount":1999,"currency":"eur"}"#,
            scheme: Scheme::Standard,
        },
    ]
}

/// A demonstration that ran; its receiver responds while this lives.
pub struct Demo {
    _receiver: Receiver,
}

/// Shows the main job for every profile.
///
/// # Errors
/// At the first step that does not end as it should.
pub async fn run(ready: &Ready, sqs: &aws_sdk_sqs::Client) -> Result<Demo, DemoError> {
    let mut receiver = Receiver::start().await.map_err(DemoError::Receiver)?;
    let keys = [&ready.keys.awsys, &ready.keys.go2, &ready.keys.standard];
    for (profile, key) in profiles().iter().zip(keys) {
        show(ready, profile, key, sqs, &mut receiver).await?;
    }
    say(&try_it(ready));
    Ok(Demo { _receiver: receiver })
}

async fn show(
    ready: &Ready,
    profile: &Profile,
    key: &AccountKey,
    sqs: &aws_sdk_sqs::Client,
    receiver: &mut Receiver,
) -> Result<(), DemoError> {
    let api = Api::new(format!("{}{}", ready.api, profile.base), key.key.clone())?;
    api.remove_named(NAME).await?;
    let url = receiver.url(profile.name);
    say(&format!("\n=== {} ===\nPOST {}/webhooks creates a webhook to {url}", profile.name, profile.base));
    let webhook = api.create(&json!({ "name": NAME, "url": url, "events": [profile.event] })).await?;

    let event = event(&key.account, profile.event, profile.data);
    say(&format!("An event goes to the event queue: {event}"));
    publish(sqs, &ready.event_queue_url, &event).await?;

    let request = receiver.next(profile.name, PATIENCE).await.ok_or(DemoError::NoRequest)?;
    say(&format!("\nThe receiver got:\n\n{request}\n"));
    verify(profile, &webhook.secret, &request)?;
    let delivery = logged(&api, &webhook.id).await?;
    say(&format!("GET {}/webhooks/{}/deliveries says:\n{delivery:#}", profile.base, webhook.id));
    Ok(())
}

async fn publish(sqs: &aws_sdk_sqs::Client, queue: &str, event: &str) -> Result<(), DemoError> {
    let sent = sqs.send_message().queue_url(queue).message_body(event).send().await;
    sent.map(drop).map_err(|error| DemoError::Publish(Box::new(error.into())))
}

fn verify(profile: &Profile, secret: &str, request: &Request) -> Result<(), DemoError> {
    if !profile.scheme.verifies(secret, request) {
        return Err(DemoError::WrongSignature(profile.name));
    }
    say(&format!("signature verified ({})\n", profile.scheme.explained()));
    Ok(())
}

/// The first delivery of the log, once it is finished.
async fn logged(api: &Api, webhook: &str) -> Result<Value, DemoError> {
    let deadline = Instant::now() + PATIENCE;
    let finished = async {
        loop {
            let delivery = api.latest_delivery(webhook).await?;
            if delivery["status"] == "delivered" {
                return Ok(delivery);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout_at(deadline, finished).await.unwrap_or(Err(DemoError::NotLogged))
}

/// A message for the event queue. Accounts and event names need no escaping.
fn event(account: &str, name: &str, data: &str) -> String {
    format!(r#"{{"account":"{account}","event":"{name}","data":{data}}}"#)
}

fn try_it(ready: &Ready) -> String {
    let Ready { api, sqs, event_queue_url, .. } = ready;
    let event = event(&ready.keys.standard.account, "invoice.paid", r#"{"amount":5}"#);
    format!(
        "
Now try it yourself. KEY is keys.standard.key of the line of JSON above.

  curl -H \"authorization: Bearer $KEY\" {api}/v1/webhooks
  curl -H \"authorization: Bearer $KEY\" -H 'content-type: application/json' \\
    -d '{{\"url\":\"http://127.0.0.1:9000/hook\",\"events\":[\"invoice.*\"]}}' {api}/v1/webhooks

  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1
  aws sqs send-message --endpoint-url {sqs} --queue-url {event_queue_url} \\
    --message-body '{event}'

Everything is running. Ctrl-C ends it."
    )
}
