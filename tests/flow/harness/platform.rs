//! A whole Posthorn of its own, for one story.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use local::{
    ready::AccountKey,
    stack::{Stack, StackOptions},
};
use shared::{
    ambient,
    clients::Clients,
    domain::{
        api_key::{ApiKeySecret, Scope},
        id::AccountId,
    },
    store::{Store, api_keys::ApiKey},
};

use super::{Customer, eventually};

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
        let stack = Stack::start(StackOptions { retry_scale, ..StackOptions::default() }).await.unwrap();
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

    /// Waits until nothing is in the three working queues.
    pub async fn settled(&self) {
        eventually("the queues to be empty", || async {
            let at = self.stack.endpoints();
            let queues = [&at.event_queue_url, &at.delivery_queue_url, &at.retry_queue_url];
            queues.into_iter().all(|url| self.is_empty(url)).then_some(())
        })
        .await;
    }

    /// Ends the story: every queue is empty, the rejected and the dead-letter queues too.
    pub async fn end(self) {
        self.settled().await;
        let at = self.stack.endpoints();
        for url in [&at.rejected_queue_url, &at.dlq_urls.event, &at.dlq_urls.delivery, &at.dlq_urls.retry] {
            assert!(self.is_empty(url), "{url} holds a message");
        }
        self.stack.stop().await;
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
