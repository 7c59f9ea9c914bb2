//! A whole Posthorn of its own, for one story.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry};
use local::{
    ready::AccountKey,
    stack::{Reach, Stack, StackOptions},
};
use shared::{
    ambient,
    clients::Clients,
    config::QueueUrls,
    domain::{
        address::Allowance,
        api_key::{ApiKeySecret, Scope},
        delivery::{Job, Lane},
        id::AccountId,
        target::{Ports, TargetPolicy},
    },
    net::sender::Outside,
    queue::{Outgoing, Queues},
    store::{Store, api_keys::ApiKey},
};

use super::{Customer, eventually, logs};

pub struct Platform {
    stack: Stack,
    clients: Clients,
    http: reqwest::Client,
}

impl Platform {
    /// With retry delays of a hundredth, at least a second.
    pub async fn start() -> Self {
        Self::start_scaled(0.01).await
    }

    pub async fn start_scaled(retry_scale: f64) -> Self {
        Self::start_with(StackOptions { retry_scale, ..StackOptions::default() }).await
    }

    /// With targets, authorities and names of the story's own.
    pub async fn start_reaching(allowed: &str, outside: Outside) -> Self {
        let targets = TargetPolicy { allowance: Allowance::parse(allowed).unwrap(), ports: Ports::default() };
        let reach = Some(Reach { targets, outside });
        Self::start_with(StackOptions { retry_scale: 0.01, reach, ..StackOptions::default() }).await
    }

    pub async fn start_with(options: StackOptions) -> Self {
        logs::watch();
        let stack = Stack::start(options).await.unwrap();
        let at = stack.endpoints();
        let clients = Clients::local(&at.dynamodb, &at.sqs).await;
        Self { clients, http: http_client(), stack }
    }

    /// The account with all scopes that every stack has for each profile.
    pub fn customer(&self, profile: &str) -> Customer {
        let keys = self.stack.keys().unwrap();
        let AccountKey { account, key } = match profile {
            "awsys" => &keys.awsys,
            "go2" => &keys.go2,
            _ => &keys.standard,
        };
        self.customer_with(profile, account, key)
    }

    /// Another account of a profile, its key with these scopes.
    pub async fn new_customer(&self, profile: &str, account: &str, scopes: &[Scope]) -> Customer {
        let store = self.store();
        let (now, id) = (ambient::now(), AccountId::parse(account).unwrap());
        store.create_account(&id, profile, now).await.unwrap();
        let secret = ApiKeySecret::generate(ambient::random());
        let hash = secret.hash();
        let key = ApiKey {
            id: ApiKey::id_of(&hash),
            account: id,
            profile: profile.to_owned(),
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            hash,
            created_at: now,
        };
        store.put_api_key(&key).await.unwrap();
        self.customer_with(profile, account, secret.reveal())
    }

    fn customer_with(&self, profile: &str, account: &str, key: &str) -> Customer {
        let base = match profile {
            "awsys" => "/api",
            "go2" => "/api/v1",
            _ => "/v1",
        };
        logs::forbid(key);
        Customer {
            http: self.http.clone(),
            base: format!("{}{base}", self.stack.endpoints().api),
            account: account.to_owned(),
            key: key.to_owned(),
        }
    }

    pub fn store(&self) -> Store {
        let days = std::time::Duration::from_hours(24 * 30);
        Store::new(self.clients.dynamodb.clone(), self.stack.endpoints().table.clone(), days)
    }

    /// Puts a message on the event queue, as a publisher does. Returns its SQS message id.
    pub async fn send(&self, body: &str) -> String {
        self.send_with(body, &[]).await
    }

    pub async fn send_with(&self, body: &str, attributes: &[(&str, &str)]) -> String {
        let mut request = self.clients.sqs.send_message().queue_url(&self.stack.endpoints().event_queue_url);
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(*value).build().unwrap();
            request = request.message_attributes(*name, value);
        }
        request.message_body(body).send().await.unwrap().message_id.unwrap()
    }

    /// Publishes an event; `data` is JSON text, sent as it is.
    pub async fn publish(&self, customer: &Customer, event: &str, data: &str) -> String {
        self.send(&format!(r#"{{"account":"{}","event":"{event}","data":{data}}}"#, customer.account)).await
    }

    /// Waits for a message in the rejected queue and takes it: its reason and its body.
    pub async fn rejected(&self) -> (String, String) {
        let url = &self.stack.endpoints().rejected_queue_url;
        let message = eventually("a rejected message", || self.take(url)).await;
        let attributes: HashMap<String, MessageAttributeValue> = message.message_attributes.unwrap_or_default();
        let reason = attributes.get("reason").and_then(|value| value.string_value.clone());
        (reason.expect("a rejected message has its reason"), message.body.unwrap())
    }

    /// Puts any message into the first lane.
    pub async fn send_to_delivery(&self, body: &str) {
        let url = &self.stack.endpoints().delivery_queue_url;
        self.clients.sqs.send_message().queue_url(url).message_body(body).send().await.unwrap();
    }

    async fn take(&self, url: &str) -> Option<Message> {
        let request = self.clients.sqs.receive_message().queue_url(url).message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        let message = request.send().await.unwrap().messages.unwrap_or_default().pop()?;
        let handle = message.receipt_handle.clone().unwrap();
        self.clients.sqs.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
        Some(message)
    }

    /// Puts messages on the event queue, ten at a time.
    pub async fn send_all(&self, bodies: &[String]) {
        let url = &self.stack.endpoints().event_queue_url;
        for ten in bodies.chunks(10) {
            let entry = |(place, body): (usize, &String)| {
                let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
                entry.message_body(body).build().unwrap()
            };
            let entries = ten.iter().enumerate().map(entry).collect();
            let sent = self.clients.sqs.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
            assert!(sent.unwrap().failed.is_empty());
        }
    }

    /// Whether the three working queues hold nothing.
    pub fn is_settled(&self) -> bool {
        let at = self.stack.endpoints();
        [&at.event_queue_url, &at.delivery_queue_url, &at.retry_queue_url].into_iter().all(|url| self.is_empty(url))
    }

    /// Kills the functions wherever they are.
    pub async fn kill(&mut self) {
        self.stack.kill_functions().await;
    }

    /// Starts them again, as late as it takes every message in flight to become visible.
    pub async fn restart(&mut self) {
        self.end_visibility_timeouts();
        self.stack.start_functions().await.unwrap();
    }

    pub fn end_visibility_timeouts(&self) {
        self.stack.sqs().end_visibility_timeouts();
    }

    /// The stack's queues, for plain calls.
    pub fn sqs(&self) -> &local::sqs::Sqs {
        self.stack.sqs()
    }

    /// Puts deliveries into a lane, as intake and delivery do.
    pub async fn queue(&self, lane: Lane, jobs: Vec<Job>) {
        let at = self.stack.endpoints();
        let urls = QueueUrls {
            event: at.event_queue_url.clone(),
            delivery: at.delivery_queue_url.clone(),
            retry: at.retry_queue_url.clone(),
            rejected: at.rejected_queue_url.clone(),
        };
        let queues = Queues::new(self.clients.sqs.clone(), urls);
        let outgoing: Vec<Outgoing> =
            jobs.into_iter().map(|job| Outgoing { job, body: "{}".into(), delay_seconds: 0 }).collect();
        let sent = queues.send(lane, &outgoing.iter().collect::<Vec<_>>()).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    }

    /// How many messages the rejected queue holds.
    pub fn rejected_count(&self) -> usize {
        self.stack.counts(&self.stack.endpoints().rejected_queue_url).total()
    }

    /// Waits until nothing is in the three working queues.
    pub async fn settled(&self) {
        eventually("the queues to be empty", || async { self.is_settled().then_some(()) }).await;
    }

    /// Ends the story: every queue is empty, the rejected and the dead-letter queues too.
    pub async fn end(self) {
        self.settled().await;
        let at = self.stack.endpoints();
        for url in [&at.rejected_queue_url, &at.dlq_urls.event, &at.dlq_urls.delivery, &at.dlq_urls.retry] {
            assert!(self.is_empty(url), "{url} holds a message");
        }
        self.stack.stop().await;
        logs::assert_no_leak();
    }

    fn is_empty(&self, url: &str) -> bool {
        let counts = self.stack.counts(url);
        counts.visible + counts.not_visible + counts.delayed == 0
    }
}

/// A plain client with rustls, as any client of the API.
fn http_client() -> reqwest::Client {
    // The process needs a provider for TLS, although the stories' API is plain HTTP on loopback.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
