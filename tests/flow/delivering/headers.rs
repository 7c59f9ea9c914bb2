//! What receivers deduplicate by.

use std::collections::BTreeSet;

use futures::future::join_all;

use crate::harness::{Platform, Receiver, Reply, Scene};

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
        customer.test(&webhook, &serde_json::json!({})).await;
    }
    let ids: BTreeSet<String> =
        receiver.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    assert!(ids.len() == 2 && !ids.contains(""), "{ids:?}");
    platform.end().await;
}
