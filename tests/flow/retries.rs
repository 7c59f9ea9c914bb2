//! What happens when a receiver does not take an event.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Platform, Receiver, Reply};

#[tokio::test]
async fn a_delivery_is_retried_with_the_same_bytes_until_it_is_taken() {
    let platform = Platform::start().await;
    let receiver = Receiver::scripted(|number, _| Reply::status(if number < 4 { 500 } else { 200 })).await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.publish(&customer, "click", "{\"a\":1}").await;

    let requests = receiver.requests_at_least(4).await;
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    for name in ["x-webhook-id", "webhook-id", "x-webhook-signature"] {
        assert!(requests.iter().all(|request| request.header(name) == requests[0].header(name)), "{name}");
    }
    let told: Vec<(&str, &str)> = requests
        .iter()
        .map(|request| (request.header("x-posthorn-attempt"), request.header("x-posthorn-reason")))
        .collect();
    assert_eq!(told, [("1", "event"), ("2", "retry"), ("3", "retry"), ("4", "retry")]);

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
    let (platform, receiver) = (Platform::start().await, Receiver::always(503).await);
    let customer = platform.customer("awsys");
    let webhook = customer.webhook(&receiver.url(), &["link.click"]).await;
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
async fn a_retrying_delivery_tells_when_it_is_tried_next() {
    let platform = Platform::start_scaled(1.0).await;
    let receiver = Receiver::scripted(|_, _| Reply::status(429).header("retry-after", "7200")).await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.publish(&customer, "click", "{}").await;

    let deliveries = customer.deliveries_with(&webhook, &["retrying"]).await;
    let attempt = deliveries[0]["attempts"][0]["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let next = deliveries[0]["nextAttemptAt"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let wait = next.duration_since(attempt).as_secs();
    assert!((7_200..7_205).contains(&wait), "{wait}");
    // Longer than an hour: parked in the table, so no queue holds it.
    platform.end().await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (platform, target) = (Platform::start().await, Receiver::always(200).await);
    let url = target.url();
    let receiver = Receiver::scripted(move |_, _| Reply::status(307).header("location", &url)).await;
    let customer = platform.customer("awsys");
    let webhook = customer.webhook(&receiver.url(), &["link.click"]).await;
    platform.publish(&customer, "link.click", "{}").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert!(deliveries[0]["attempts"][0]["error"].as_str().unwrap().contains("redirects are not followed"));
    assert!(target.requests().is_empty());
    platform.end().await;
}

#[tokio::test]
async fn an_endpoint_that_refuses_connections_is_named_as_such() {
    let platform = Platform::start().await;
    let url = Receiver::always(200).await.url();
    let customer = platform.customer("awsys");
    let webhook = customer.webhook(&url, &["link.click"]).await;
    platform.publish(&customer, "link.click", "{}").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    let attempt = &deliveries[0]["attempts"][0];
    assert_eq!(attempt["error"], "the connection could not be made: connection refused");
    assert_eq!((&attempt["statusCode"], &attempt["response"]), (&Value::Null, &Value::Null));
    platform.end().await;
}

#[tokio::test]
async fn what_a_receiver_writes_back_is_kept_short_and_made_safe() {
    let platform = Platform::start().await;
    let body = [b"\0\x1b[31m\xff".to_vec(), vec![b'x'; 100_000]].concat();
    let receiver = Receiver::scripted(move |_, _| Reply::status(200).body(&body)).await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "a", "1").await;
    let deliveries = customer.deliveries_with(&webhook, &["delivered"]).await;
    let response = deliveries[0]["attempts"][0]["response"].as_str().unwrap();
    assert!(response.starts_with("\u{fffd}\u{fffd}[31m\u{fffd}xxx"), "{response}");
    assert_eq!(response.chars().count(), 1_024);
    platform.end().await;
}

#[tokio::test]
async fn a_slow_endpoint_does_not_delay_another() {
    let platform = Platform::start().await;
    let slow = Receiver::scripted(|_, _| Reply::status(200).after(Duration::from_secs(4))).await;
    let quick = Receiver::always(200).await;
    let customer = platform.customer("standard");
    let slow_webhook = customer.webhook(&slow.url(), &["slow"]).await;
    customer.webhook(&quick.url(), &["quick"]).await;
    for _ in 0..20 {
        platform.publish(&customer, "slow", "1").await;
    }
    for _ in 0..20 {
        platform.publish(&customer, "quick", "1").await;
    }
    quick.requests_at_least(20).await;
    let delivered = customer.deliveries(&slow_webhook).await.len();
    assert!(delivered < 20, "the quick ones waited for all the slow ones");
    slow.requests_at_least(20).await;
    platform.end().await;
}

#[tokio::test]
async fn a_changed_url_takes_effect_at_the_next_attempt() {
    let platform = Platform::start().await;
    let (broken, mended) = (Receiver::always(500).await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&broken.url(), &["click"]).await;
    platform.publish(&customer, "click", "{}").await;
    broken.requests_at_least(1).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    assert_eq!(customer.patch(&path, &json!({"url": mended.url()})).await.status, 200);
    mended.requests_at_least(1).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_deleted_webhooks_retries_stop() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(500).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let deleted = customer.delete(&path).await;
    assert_eq!((deleted.status, &deleted.data()["deleted"]), (200, &json!(true)));
    platform.settled().await;
    // The first attempt, and the second if it was under way.
    assert!(receiver.requests().len() <= 2, "{}", receiver.requests().len());
    platform.end().await;
}

#[tokio::test]
async fn the_sixth_go2_failure_abandons_the_delivery() {
    let (platform, receiver) = (Platform::start_scaled(0.001).await, Receiver::always(500).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
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
async fn a_changed_secret_signs_the_next_attempt() {
    let platform = Platform::start().await;
    let receiver = Receiver::scripted(|number, _| Reply::status(if number == 1 { 500 } else { 200 })).await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    let path = format!("/webhooks/{}/rotate-secret", webhook["id"].as_str().unwrap());
    let rotated = customer.post(&path, &json!({"gracePeriodSeconds": 0})).await;
    let (old, new) = (webhook["secret"].as_str().unwrap(), rotated.data()["secret"].as_str().unwrap());
    let requests = receiver.requests_at_least(2).await;
    assert!(requests[0].is_signed_by(old) && !requests[1].is_signed_by(old) && requests[1].is_signed_by(new));
    platform.end().await;
}

#[tokio::test]
async fn a_disabled_webhooks_retries_end_at_their_next_receive() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(500).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    assert_eq!(customer.patch(&path, &json!({"isActive": false})).await.status, 200);
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "the webhook was disabled");
    platform.end().await;
}
