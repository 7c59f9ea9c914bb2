//! The four doors: create, update, test, delivery. What leads inside is refused at each, and nobody is dialled.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        id::{AccountId, WebhookId},
        secret::{ClientSecret, Secret},
        subscription::{EventPattern, Health},
        webhook::{Streak, Webhook},
    },
    net::sender::Outside,
    store::webhooks::WebhookCreated,
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::spellings::{ADDRESSES, NAMES, URLS};
use crate::harness::{Customer, Platform};

/// Allowed in these stories; nothing listens there.
const ALLOWED: &str = "127.0.0.2/32";

/// Listens on every address of this machine, in both families, and counts who comes.
struct Trap {
    port: u16,
    caught: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Trap {
    async fn set() -> Self {
        let listener = match TcpListener::bind("[::]:0").await {
            Ok(both_families) => both_families,
            Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
        };
        let port = listener.local_addr().unwrap().port();
        let caught = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&caught);
        let listening = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, caught, listening }
    }

    fn caught(&self) -> usize {
        self.caught.load(Ordering::SeqCst)
    }

    /// Every spelling, over https and http, at this port.
    fn urls(&self) -> Vec<String> {
        let hosts = ADDRESSES.iter().chain(&NAMES);
        hosts.enumerate().map(|(n, host)| format!("{}://{host}:{}/x", ["https", "http"][n % 2], self.port)).collect()
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Puts a webhook into the table that the API would not take: as one stored when the policy was another.
async fn store_webhook(platform: &Platform, customer: &Customer, url: &str) -> String {
    let now = ambient::now();
    let webhook = Webhook {
        id: WebhookId::new(now, ambient::random()),
        account: AccountId::parse(&customer.account).unwrap(),
        name: None,
        url: serde_json::from_value(json!(url)).unwrap(),
        events: vec![EventPattern::parse("link.created").unwrap()],
        secret: Secret::from_client("a secret of the test", ClientSecret::Text).unwrap(),
        previous_secret: None,
        created_at: now,
        updated_at: now,
        enabled_at: now,
        disabled: None,
        streak: Streak::default(),
        health: Health::Ok,
    };
    let id = webhook.id.to_string();
    assert_eq!(platform.store().create_webhook(webhook).await.unwrap(), WebhookCreated::Yes);
    id
}

#[tokio::test]
async fn a_target_that_leads_inside_is_taken_neither_when_created_nor_when_changed() {
    let (platform, trap) = (Platform::start_reaching(ALLOWED, Outside::default()).await, Trap::set().await);
    let customer = platform.customer("awsys");
    let good = customer.webhook("https://8.8.8.8:8443/hook", &["link.created"]).await;
    let path = format!("/webhooks/{}", good["id"].as_str().unwrap());
    let refused = |url: String, why: &'static str| {
        let (customer, path) = (customer.clone(), path.clone());
        async move {
            let created = customer.post("/webhooks", &json!({"url": url, "events": ["link.created"]})).await;
            let changed = customer.patch(&path, &json!({"url": url})).await;
            for answer in [created, changed] {
                assert_eq!((answer.status, answer.code()), (400, "INVALID_URL"), "{url}: {:?}", answer.json);
                assert!(answer.message().contains(why), "{url}: {}", answer.message());
            }
        }
    };
    for url in trap.urls() {
        let why = if url.starts_with("https") { "public" } else { "must begin with https://" };
        refused(url, why).await;
    }
    for (url, why) in URLS {
        refused(url.to_owned(), why).await;
    }
    assert_eq!(customer.get("/webhooks").await.json["data"].as_array().unwrap().len(), 1);
    assert_eq!(customer.reload(&good).await["url"], "https://8.8.8.8:8443/hook");
    assert_eq!(trap.caught(), 0);
    platform.end().await;
}

#[tokio::test]
async fn an_allowance_is_taken_with_any_port_and_its_neighbours_are_not() {
    let platform = Platform::start_reaching(ALLOWED, Outside::default()).await;
    let customer = platform.customer("awsys");
    for (url, status) in [
        ("http://127.0.0.2:80/x", 201),
        ("https://127.0.0.2:22/x", 201),
        ("http://2130706434/x", 201),
        ("http://127.0.0.1/x", 400),
        ("http://127.0.0.3/x", 400),
        ("https://[::ffff:127.0.0.2]/x", 400),
        ("https://[64:ff9b::127.0.0.2]/x", 400),
        ("http://localhost/x", 400),
        ("http://8.8.8.8/x", 400),
        ("https://8.8.8.8:22/x", 400),
        ("https://8.8.8.8/x", 201),
    ] {
        let answer = customer.post("/webhooks", &json!({"url": url, "events": ["link.created"]})).await;
        assert_eq!(answer.status, status, "{url}: {:?}", answer.json);
    }
    platform.end().await;
}

#[tokio::test]
async fn a_test_of_a_stored_target_that_leads_inside_dials_nobody() {
    let (platform, trap) = (Platform::start_reaching(ALLOWED, Outside::default()).await, Trap::set().await);
    let customer = platform.customer("awsys");
    for url in trap.urls() {
        let id = store_webhook(&platform, &customer, &url).await;
        let attempt = customer.post(&format!("/webhooks/{id}/test"), &json!({})).await.data().clone();
        assert_refused(&attempt, &url);
    }
    assert_eq!(trap.caught(), 0);
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_to_a_stored_target_that_leads_inside_dials_nobody() {
    let (platform, trap) = (Platform::start_reaching(ALLOWED, Outside::default()).await, Trap::set().await);
    let customer = platform.customer("awsys");
    let mut webhooks = Vec::new();
    for url in trap.urls() {
        webhooks.push((json!({"id": store_webhook(&platform, &customer, &url).await}), url));
    }
    platform.publish(&customer, "link.created", r#"{"n":1}"#).await;
    for (webhook, url) in &webhooks {
        let deliveries = customer.deliveries_with(webhook, &["retrying"]).await;
        let attempts = deliveries[0]["attempts"].as_array().unwrap();
        for attempt in attempts {
            assert_refused(attempt, url);
        }
        // Its retry then finds nobody to deliver to.
        let deleted = customer.delete(&format!("/webhooks/{}", webhook["id"].as_str().unwrap())).await;
        assert_eq!(deleted.status, 200);
    }
    platform.settled().await;
    assert_eq!(trap.caught(), 0);
    platform.end().await;
}

fn assert_refused(attempt: &Value, url: &str) {
    assert_eq!((&attempt["errorClass"], &attempt["statusCode"]), (&json!("address"), &Value::Null), "{url}: {attempt}");
    let error = attempt["error"].as_str().unwrap();
    assert!(error.starts_with("the URL is not allowed: it "), "{url}: {error}");
}
