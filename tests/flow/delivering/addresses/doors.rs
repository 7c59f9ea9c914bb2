//! The four doors: create, update, test, delivery. A target that leads inside is rejected at each, and nothing is dialled.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use shared::{
    ambient,
    domain::{
        event::pattern::EventPattern,
        ids::{AccountId, WebhookId},
        signing::{
            Secrets,
            secret::{ClientSecret, Secret},
        },
        webhook::{Webhook, settings::Settings, standing::Standing},
    },
    net::sender::Outside,
    store::webhooks::WebhookCreated,
};
use tokio::net::TcpListener;

use super::spellings::{ADDRESSES, NAMES, URLS};
use crate::harness::{Customer, Platform, path_of};

/// The only loopback address that may be dialled in these stories; nothing listens there.
const ALLOWED: &str = "127.0.0.2/32";

/// Listens on every address of this machine, in both families, and counts the connections.
struct Trap {
    port: u16,
    caught: Arc<AtomicUsize>,
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
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, caught }
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

/// Puts a webhook into the table that the API would reject, as if it was stored under another policy.
pub(super) async fn store_webhook(platform: &Platform, customer: &Customer, url: &str) -> Value {
    let now = ambient::now();
    let webhook = Webhook {
        id: WebhookId::new(now, ambient::random()),
        account: AccountId::parse(&customer.account).unwrap(),
        settings: Settings::new(
            serde_json::from_value(json!(url)).unwrap(),
            vec![EventPattern::parse("link.created").unwrap()],
        ),
        secrets: Secrets::only(Secret::from_client("a secret of the test", ClientSecret::Text).unwrap()),
        standing: Standing::new(now),
    };
    let view = json!({"id": webhook.id.to_string()});
    assert_eq!(platform.store().create_webhook(webhook, 100, None, None, now).await.unwrap(), WebhookCreated::Yes);
    view
}

#[tokio::test]
async fn an_internal_target_is_rejected_at_creation_and_change() {
    let (platform, trap) = (Platform::start_reaching(ALLOWED, Outside::default()).await, Trap::set().await);
    let customer = platform.customer("awsys");
    let good = customer.webhook("https://8.8.8.8:8443/hook", &["link.created"]).await;
    let check = |url: String, why: &'static str| {
        let (customer, path) = (customer.clone(), path_of(&good));
        async move {
            let created = customer.post("/webhooks", &json!({"url": url, "events": ["link.created"]})).await;
            let changed = customer.patch(&path, &json!({"url": url})).await;
            for response in [created, changed] {
                assert_eq!((response.status, response.code()), (400, "INVALID_URL"), "{url}: {:?}", response.json);
                assert!(response.message().contains(why), "{url}: {}", response.message());
            }
        }
    };
    for url in trap.urls() {
        let why = if url.starts_with("https") { "public" } else { "must begin with https://" };
        check(url, why).await;
    }
    for (url, why) in URLS {
        check(url.to_owned(), why).await;
    }
    assert_eq!(customer.get("/webhooks").await.json["data"].as_array().unwrap().len(), 1);
    assert_eq!(customer.reload(&good).await["url"], "https://8.8.8.8:8443/hook");
    assert_eq!(trap.caught(), 0);
    platform.end().await;
}

#[tokio::test]
async fn an_allowed_address_is_accepted_and_its_neighbours_are_not() {
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
        let response = customer.post("/webhooks", &json!({"url": url, "events": ["link.created"]})).await;
        assert_eq!(response.status, status, "{url}: {:?}", response.json);
    }
    platform.end().await;
}

#[tokio::test]
async fn a_test_of_a_stored_internal_target_dials_nothing() {
    let (platform, trap) = (Platform::start_reaching(ALLOWED, Outside::default()).await, Trap::set().await);
    let customer = platform.customer("awsys");
    for url in trap.urls() {
        let webhook = store_webhook(&platform, &customer, &url).await;
        assert_rejected(&customer.test(&webhook, &json!({})).await, &url);
    }
    assert_eq!(trap.caught(), 0);
    platform.end().await;
}

#[tokio::test]
async fn a_delivery_to_a_stored_internal_target_dials_nothing() {
    let (platform, trap) = (Platform::start_reaching(ALLOWED, Outside::default()).await, Trap::set().await);
    let customer = platform.customer("awsys");
    let mut webhooks = Vec::new();
    for url in trap.urls() {
        webhooks.push((store_webhook(&platform, &customer, &url).await, url));
    }
    platform.publish(&customer, "link.created", r#"{"n":1}"#).await;
    for (webhook, url) in &webhooks {
        let deliveries = customer.deliveries_with(webhook, &["retrying"]).await;
        for attempt in deliveries[0]["attempts"].as_array().unwrap() {
            assert_rejected(attempt, url);
        }
        // Its next retry then ends the delivery.
        customer.remove(webhook).await;
    }
    platform.settled().await;
    assert_eq!(trap.caught(), 0);
    platform.end().await;
}

fn assert_rejected(attempt: &Value, url: &str) {
    assert_eq!((&attempt["errorClass"], &attempt["statusCode"]), (&json!("address"), &Value::Null), "{url}: {attempt}");
    let error = attempt["error"].as_str().unwrap();
    assert!(error.starts_with("the URL is not allowed: it "), "{url}: {error}");
}
