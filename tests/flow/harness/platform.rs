//! A complete Posthorn for one story.

use std::time::Duration;

use local::{
    ready::AccountKey,
    stack::{Reach, Stack, StackOptions, Taps},
};
use serde_json::json;
use shared::{
    clients::Clients,
    config::Config,
    domain::{
        account::key::Scope,
        target::{TargetPolicy, address::Allowance},
    },
    net::sender::Outside,
    store::Store,
};

use super::{customer::Customer, logs};

/// A hundredth of every retry delay; a delay is at least a second.
const RETRY_SCALE: f64 = 0.01;
/// Short enough that every scheduled retry waits for about a second.
const QUICK_RETRIES: f64 = 0.001;

pub struct Platform {
    pub(super) stack: Stack,
    pub(super) clients: Clients,
    http: reqwest::Client,
}

impl Platform {
    pub async fn start() -> Self {
        Self::start_scaled(RETRY_SCALE).await
    }

    /// For stories that go through a whole schedule.
    pub async fn start_with_quick_retries() -> Self {
        Self::start_scaled(QUICK_RETRIES).await
    }

    pub async fn start_scaled(retry_scale: f64) -> Self {
        Self::start_with(StackOptions { retry_scale, ..StackOptions::default() }).await
    }

    /// With quick retries, and with the functions' calls to AWS in the story's hands.
    pub async fn start_tapped(taps: Taps) -> Self {
        Self::start_with(StackOptions { retry_scale: QUICK_RETRIES, taps, ..StackOptions::default() }).await
    }

    /// With targets, authorities and names of the story's own.
    pub async fn start_reaching(allowed: &str, outside: Outside) -> Self {
        let targets = TargetPolicy { allowance: Allowance::parse(allowed).unwrap(), ..TargetPolicy::default() };
        let reach = Some(Reach { targets, outside });
        Self::start_with(StackOptions { retry_scale: RETRY_SCALE, reach, ..StackOptions::default() }).await
    }

    pub async fn start_with(options: StackOptions) -> Self {
        logs::watch();
        let stack = Box::pin(Stack::start(options)).await.unwrap();
        let at = stack.endpoints();
        let clients = Clients::local(&at.dynamodb, &at.sqs);
        Self { clients, http: http_client(), stack }
    }

    /// Kills the functions wherever they are.
    pub async fn kill(&mut self) {
        self.stack.kill_functions().await;
    }

    /// Starts the functions again, as if every message in flight had waited until it became visible.
    pub async fn restart(&mut self) {
        self.stack.sqs().end_visibility_timeouts();
        self.stack.start_functions().await.unwrap();
    }

    /// Another instance of the delivery function, as Lambda starts one, with unscaled delays.
    pub fn delivery_function(&self) -> delivery::Handler {
        let urls = self.queue_urls();
        let config = Config::read(|name| match name {
            "TABLE_NAME" => Some(self.stack.endpoints().table.clone()),
            "EVENT_QUEUE_URL" => Some(urls.event.clone()),
            "DELIVERY_QUEUE_URL" => Some(urls.delivery.clone()),
            "SLOW_QUEUE_URL" => Some(urls.slow.clone()),
            "RETRY_QUEUE_URL" => Some(urls.retry.clone()),
            "REJECTED_QUEUE_URL" => Some(urls.rejected.clone()),
            _ => None,
        });
        delivery::Handler::new(&config.unwrap(), &self.clients)
    }

    pub fn store(&self) -> Store {
        let days = Duration::from_hours(24 * 30);
        Store::new(self.clients.dynamodb.clone(), self.stack.endpoints().table.clone(), days)
    }
}

/// The platform's customers.
impl Platform {
    /// The account with all scopes that every platform has for each profile.
    pub fn customer(&self, profile: &str) -> Customer {
        let keys = self.stack.keys().unwrap();
        let AccountKey { account, key } = match profile {
            "awsys" => &keys.awsys,
            "go2" => &keys.go2,
            _ => &keys.standard,
        };
        self.customer_with(profile, account, key)
    }

    /// Another account of a profile, with a key of these scopes.
    pub async fn new_customer(&self, profile: &str, account: &str, scopes: &[Scope]) -> Customer {
        let made = self.operator().put(&format!("/accounts/{account}"), &json!({"profile": profile})).await;
        assert!(matches!(made.status, 200 | 201), "{made:?}");
        self.key_of(account, profile, scopes).await
    }

    /// The same account with another key, of these scopes.
    pub async fn new_key(&self, customer: &Customer, profile: &str, scopes: &[Scope]) -> Customer {
        self.key_of(&customer.account, profile, scopes).await
    }

    async fn key_of(&self, account: &str, profile: &str, scopes: &[Scope]) -> Customer {
        let path = format!("/accounts/{account}/keys");
        let key = self.operator().post(&path, &json!({"scopes": scopes})).await;
        assert_eq!(key.status, 201, "{key:?}");
        self.customer_with(profile, account, key.json["key"].as_str().unwrap())
    }

    /// The platform's operator, whose paths are below `/operator/v1`.
    pub fn operator(&self) -> Customer {
        let key = self.stack.ready().unwrap().operator_key.0;
        let base = format!("{}/operator/v1", self.stack.endpoints().api);
        Customer { http: self.http.clone(), base, account: String::new(), key }
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
}

/// A plain client with rustls, as any client of the API has.
fn http_client() -> reqwest::Client {
    // The process needs a provider for TLS, although the stories' API is plain HTTP on loopback.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
