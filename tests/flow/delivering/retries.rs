//! A delivery that fails is tried again, until it succeeds or its schedule ends.

use jiff::Timestamp;
use serde_json::Value;

use crate::harness::{Platform, Receiver, Reply, Scene};

#[tokio::test]
async fn a_failed_delivery_is_retried_with_the_same_bytes() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver = Receiver::in_turn(&[500, 500, 500, 200]).await;
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "go2", &["click"], receiver).await;
    platform.publish(&customer, "click", "{\"a\":1}").await;

    let requests = receiver.requests_at_least(4).await;
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    for name in ["x-webhook-id", "webhook-id", "x-webhook-signature"] {
        assert!(requests.iter().all(|request| request.header(name) == requests[0].header(name)), "{name}");
    }
    let reasons: Vec<(&str, &str)> = requests
        .iter()
        .map(|request| (request.header("x-posthorn-attempt"), request.header("x-posthorn-reason")))
        .collect();
    assert_eq!(reasons, [("1", "event"), ("2", "retry"), ("3", "retry"), ("4", "retry")]);

    let deliveries = customer.deliveries_with(&webhook, &["delivered"]).await;
    let codes: Vec<&Value> =
        deliveries[0]["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["statusCode"]).collect();
    assert_eq!(codes, [500, 500, 500, 200]);
    assert_eq!(deliveries[0]["nextAttemptAt"], Value::Null);
    assert_eq!(customer.reload(&webhook).await["consecutiveFailures"], 0);
    platform.end().await;
}

#[tokio::test]
async fn the_fourth_awsys_failure_abandons_the_delivery() {
    let (platform, receiver) = (Platform::start_with_quick_retries().await, Receiver::always(503).await);
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "awsys", &["link.click"], receiver).await;
    platform.publish(&customer, "link.click", "{}").await;

    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["attempts"].as_array().unwrap().len(), 4);
    assert_eq!(deliveries[0]["statusReason"], "gave up after 4 failed attempts");
    assert_eq!(deliveries[0]["attempts"][3]["error"], "the endpoint answered 503 instead of 2xx");
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 4);
    assert_eq!(customer.reload(&webhook).await["isActive"], true);
    platform.end().await;
}

#[tokio::test]
async fn the_sixth_go2_failure_abandons_the_delivery() {
    let (platform, receiver) = (Platform::start_with_quick_retries().await, Receiver::always(500).await);
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "go2", &["click"], receiver).await;
    platform.publish(&customer, "click", "{}").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "gave up after 6 failed attempts");
    assert_eq!(deliveries[0]["attempts"].as_array().unwrap().len(), 6);
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 6);
    assert_eq!(customer.reload(&webhook).await["isActive"], true);
    platform.end().await;
}

#[tokio::test]
async fn a_retrying_delivery_shows_when_it_is_tried_next() {
    let platform = Platform::start_scaled(1.0).await;
    let receiver = Receiver::scripted(|_, _| Reply::status(429).header("retry-after", "7200")).await;
    let Scene { platform, customer, webhook, .. } = Scene::on(platform, "go2", &["click"], receiver).await;
    platform.publish(&customer, "click", "{}").await;

    let deliveries = customer.deliveries_with(&webhook, &["retrying"]).await;
    let attempt = deliveries[0]["attempts"][0]["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let next = deliveries[0]["nextAttemptAt"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let wait = next.duration_since(attempt).as_secs();
    assert!((7_200..7_205).contains(&wait), "{wait}");
    // A wait of over an hour is parked in the table, so that no queue holds the delivery.
    platform.end().await;
}
