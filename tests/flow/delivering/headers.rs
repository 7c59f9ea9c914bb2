//! What receivers deduplicate by.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;

use crate::harness::{MARKER, Platform, Receiver, Reply, Scene};

#[tokio::test]
async fn every_request_for_an_event_carries_the_events_id() {
    join_all([("awsys", "link.click"), ("go2", "click"), ("standard", "click")].map(same_event_id)).await;
}

/// Two webhooks at one URL, whose first attempts fail.
async fn same_event_id((profile, event): (&str, &str)) {
    let receiver = Receiver::scripted(|_, request| Reply::status(if request.attempt() == 1 { 500 } else { 200 })).await;
    let platform = Platform::start_with_quick_retries().await;
    let Scene { platform, customer, receiver, .. } = Scene::on(platform, profile, &[event], receiver).await;
    customer.webhook(&receiver.url(), &[event]).await;
    platform.send(&customer.event(event, "order-7", 1)).await;
    let requests = receiver.requests_at_least(4).await;
    let ids: Vec<&str> = requests.iter().map(|request| request.header("x-posthorn-event-id")).collect();
    assert_eq!(ids, ["order-7"; 4], "{profile}");
    let deliveries: BTreeSet<&str> = requests.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!(deliveries.len(), 2, "{profile}: each webhook has its own delivery");
    platform.end().await;
}

#[tokio::test]
async fn a_test_carries_an_event_id_of_its_own() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["a"], Receiver::always(200).await).await;
    for _ in 0..2 {
        customer.test(&webhook, &json!({})).await;
    }
    let ids: BTreeSet<String> =
        receiver.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    assert!(ids.len() == 2 && !ids.contains(""), "{ids:?}");
    platform.end().await;
}

#[tokio::test]
async fn every_request_carries_the_webhooks_own_headers() {
    join_all([("awsys", "link.click"), ("go2", "click"), ("standard", "click")].map(own_headers)).await;
}

/// The headers on an event, its retry, a resend and a test.
async fn own_headers((profile, event): (&str, &str)) {
    let receiver = Receiver::in_turn(&[500, 200]).await;
    let platform = Platform::start_with_quick_retries().await;
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, profile, &[event], receiver).await;
    let secret = format!("Bearer {MARKER}");
    customer.change(&webhook, &json!({"headers": {"Authorization": secret, "Accept": "text/plain"}})).await;
    platform.send(&customer.event(event, "order-7", 1)).await;
    let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    assert_eq!(customer.resend(&webhook, &delivery).await.status, 202, "{profile}");
    receiver.requests_at_least(3).await;
    let tested = customer.test(&webhook, &json!({})).await;

    let requests = receiver.requests();
    let reasons: Vec<&str> = requests.iter().map(|request| request.header("x-posthorn-reason")).collect();
    assert_eq!(reasons, ["event", "retry", "resend", "test"], "{profile}");
    for request in &requests {
        for (name, value) in [("authorization", secret.as_str()), ("accept", "text/plain")] {
            let values: Vec<&str> = request.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            assert_eq!(values, [value], "{profile}");
        }
    }
    // Their values are not shown again, not even by a test.
    assert_eq!(tested["request"]["headers"]["authorization"], "\u{2022}\u{2022}\u{2022}\u{2022}5f0c", "{profile}");
    platform.end().await;
}
