//! Deliveries that are sent again because a customer asks: one by one, and by a recovery.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    scenario::{ANSWERS_AFTER, PLAIN, Scenario},
    stage::{Stage, Used},
};
use crate::{
    function::{Answer, Function},
    pipeline::Pipeline,
    receiver::{Manner, Receiver},
    stack::Account,
};

/// How many deliveries a recovery replays: it also needs requests of its own, which they share.
pub const RECOVERED: usize = 200;
/// How long a recovery may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// A request to the API for each delivery.
    Resend,
    /// One request for all that was missed while the webhook was disabled.
    Recovery,
}

/// The account, its webhook and its endpoint.
struct Customer {
    account: Account,
    webhook: String,
    receiver: Receiver,
}

/// What the API function hands to API Gateway.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status_code: u16,
    #[serde(default)]
    body: String,
}

impl Replay {
    pub const ALL: [Self; 2] = [Self::Resend, Self::Recovery];

    pub fn name(self) -> &'static str {
        match self {
            Self::Resend => "resent through the API",
            Self::Recovery => "replayed by a recovery",
        }
    }
}

impl Stage {
    /// Has deliveries sent again. Their first publication is not counted.
    pub async fn replay(&mut self, replay: Replay) -> Result<Used> {
        let customer = self.customer().await?;
        match replay {
            Replay::Resend => self.resend(&customer).await,
            Replay::Recovery => self.recover(&customer).await,
        }
    }

    async fn customer(&mut self) -> Result<Customer> {
        let receiver = Receiver::start(Manner::Answers(ANSWERS_AFTER)).await?;
        let account = self.account(&PLAIN).await?;
        let webhook = self.stack.webhook_with(&account, &PLAIN.webhook(0, &receiver.url)).await?;
        Ok(Customer { account, webhook, receiver })
    }

    async fn resend(&self, customer: &Customer) -> Result<Used> {
        let Customer { account, webhook, receiver } = customer;
        self.publish_uncounted(account, &PLAIN).await?;
        let listed = format!("/webhooks/{webhook}/deliveries?limit=100");
        let listed = self.stack.call(account, Method::GET, &listed, None).await?;
        let deliveries: Vec<&str> = listed.body["data"].as_array().into_iter().flatten().filter_map(id).collect();
        ensure!(deliveries.len() == PLAIN.events(), "not all deliveries are listed: {}", listed.body);
        let before = self.begin(Some(receiver)).await?;
        let mut used = Used { events: deliveries.len(), ..Used::default() };
        for delivery in deliveries {
            let path = format!("/webhooks/{webhook}/deliveries/{delivery}/resend");
            self.ask(account, &path, &json!({}), &mut used).await?;
        }
        let Pipeline { queues, delivery, .. } = &self.pipeline;
        self.drain(delivery, &queues.retry, PLAIN.batch, &mut used).await?;
        self.finish(&mut used, before, Some(receiver)).await?;
        ensure!(receiver.requests() == 2 * PLAIN.events(), "{} requests came", receiver.requests());
        Ok(used)
    }

    async fn recover(&self, customer: &Customer) -> Result<Used> {
        let Customer { account, webhook, receiver } = customer;
        let since = self.set_active(customer, false).await?["createdAt"].clone();
        let missed = Scenario { batches: RECOVERED / PLAIN.batch, ..PLAIN };
        self.publish_uncounted(account, &missed).await?;
        self.set_active(customer, true).await?;
        let before = self.begin(Some(receiver)).await?;
        let mut used = Used { events: RECOVERED, ..Used::default() };
        let path = format!("/webhooks/{webhook}/recoveries");
        let recovery = json!({ "since": since, "include": ["skipped"], "rate": 100 });
        let made = self.ask(account, &path, &recovery, &mut used).await?;
        let path = format!("{path}/{}", id(&made).context("the recovery has no id")?);
        timeout(PATIENCE, self.until_finished(account, &path, &mut used))
            .await
            .context("the recovery does not end")??;
        self.finish(&mut used, before, Some(receiver)).await?;
        ensure!(receiver.requests() == RECOVERED, "{} requests came", receiver.requests());
        Ok(used)
    }

    /// Plays Lambda until the recovery is over. The requests that look at it go to the stack's own API and do not count.
    async fn until_finished(&self, account: &Account, recovery: &str, used: &mut Used) -> Result<()> {
        let Pipeline { queues, delivery, .. } = &self.pipeline;
        loop {
            self.drain(delivery, &queues.retry, PLAIN.batch, used).await?;
            let found = self.stack.call(account, Method::GET, recovery, None).await?;
            if found.body["status"] == "finished" {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn publish_uncounted(&self, account: &Account, scenario: &Scenario) -> Result<()> {
        let mut uncounted = Used::default();
        for batch in 0..scenario.batches {
            self.publish(scenario, std::slice::from_ref(account), batch, &mut uncounted).await?;
        }
        let Pipeline { queues, delivery, .. } = &self.pipeline;
        self.drain(delivery, &queues.delivery, scenario.batch, &mut uncounted).await
    }

    async fn set_active(&self, customer: &Customer, is_active: bool) -> Result<Value> {
        let path = format!("/webhooks/{}", customer.webhook);
        let fields = json!({ "isActive": is_active });
        let answer = self.stack.call(&customer.account, Method::PATCH, &path, Some(&fields)).await?;
        ensure!(answer.status.is_success(), "the webhook was not changed: {}", answer.body);
        Ok(answer.body)
    }

    /// A POST to the API function, which counts.
    async fn ask(&self, account: &Account, path: &str, body: &Value, used: &mut Used) -> Result<Value> {
        request(&self.api, account, ("POST", path), body, used).await
    }
}

/// A request to an API function, which counts.
pub async fn request(
    api: &Function,
    account: &Account,
    (method, path): (&str, &str),
    body: &Value,
    used: &mut Used,
) -> Result<Value> {
    let Answer { body, took } = api.invoke(account.gateway_event(method, path, body)).await?;
    used.invoked(took);
    let Response { status_code, body } = serde_json::from_slice(&body)?;
    ensure!((200..300).contains(&status_code), "{method} {path} got {status_code}: {body}");
    Ok(serde_json::from_str(&body)?)
}

fn id(object: &Value) -> Option<&str> {
    object["id"].as_str()
}
