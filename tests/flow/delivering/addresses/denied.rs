//! Targets that the operator excludes although they are allowed: rejected at every door.

use futures::future::join_all;
use local::stack::{Reach, StackOptions};
use serde_json::{Value, json};
use shared::{
    domain::target::{TargetPolicy, address::Allowance, denied::DeniedTargets},
    net::sender::Outside,
};

use super::doors::store_webhook;
use crate::harness::{
    Customer, Platform, Receiver,
    dns::{NameServer, Zone},
    path_of,
};

/// All of loopback but one address, and no name below one domain.
async fn platform() -> Platform {
    let denied = DeniedTargets::parse("127.0.0.2,corp.example").unwrap();
    let targets =
        TargetPolicy { allowance: Allowance::parse("127.0.0.0/8").unwrap(), denied, ..TargetPolicy::default() };
    let names = NameServer::start(|_| Zone::addresses(&["127.0.0.1", "127.0.0.2"])).await;
    let outside = Outside { authorities: Vec::new(), names: Some(names.names()) };
    let reach = Some(Reach { targets, outside });
    Platform::start_with(StackOptions { retry_scale: 0.001, reach, ..StackOptions::default() }).await
}

const EXCLUDED: &str = "is excluded by the operator of this service; use another host";

#[tokio::test]
async fn a_denied_target_is_rejected_at_creation_and_change() {
    let (platform, receiver) = (platform().await, Receiver::always(200).await);
    let customer = platform.customer("awsys");
    let webhook = customer.webhook(&receiver.url(), &["link.created"]).await;
    for (url, host) in [
        (receiver.url_at("127.0.0.2"), "127.0.0.2"),
        (receiver.url_at("[::ffff:127.0.0.2]"), "::ffff:127.0.0.2"),
        ("https://hooks.corp.example/x".to_owned(), "hooks.corp.example"),
        ("https://CORP.example./x".to_owned(), "corp.example."),
    ] {
        let created = customer.post("/webhooks", &json!({"url": url, "events": ["link.created"]})).await;
        let changed = customer.patch(&path_of(&webhook), &json!({"url": url})).await;
        for response in [created, changed] {
            assert_eq!((response.status, response.code()), (400, "INVALID_URL"), "{url}: {:?}", response.json);
            assert!(response.message().contains(&format!("{host} {EXCLUDED}")), "{url}: {}", response.message());
        }
    }
    assert_eq!(customer.reload(&webhook).await["url"], receiver.url().as_str());
    platform.end().await;
}

#[tokio::test]
async fn a_denied_target_that_is_stored_is_not_dialled() {
    let (platform, receiver) = (platform().await, Receiver::always(200).await);
    let customer = platform.customer("awsys");
    let resolves = format!("https://hooks.example.com:{}/x", receiver.port());
    let urls = [receiver.url_at("127.0.0.2"), "https://hooks.corp.example/x".to_owned(), resolves];
    let webhooks = join_all(urls.iter().map(|url| store_webhook(&platform, &customer, url))).await;
    platform.publish(&customer, "link.created", "1").await;
    join_all(webhooks.iter().map(|webhook| check_not_dialled(&customer, webhook))).await;
    assert!(receiver.requests().is_empty());
    platform.end().await;
}

/// The event's every attempt and a test fail, and say why.
async fn check_not_dialled(customer: &Customer, webhook: &Value) {
    let deliveries = customer.deliveries_with(webhook, &["failed"]).await;
    let test = customer.test(webhook, &json!({})).await;
    for attempt in [&test, &deliveries[0]["attempts"][0]] {
        assert_eq!(attempt["errorClass"], "address", "{webhook}: {attempt}");
        assert!(attempt["error"].as_str().unwrap().contains("excluded by the operator"), "{webhook}: {attempt}");
    }
}
