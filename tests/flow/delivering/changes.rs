//! A webhook that is changed, disabled or deleted while its deliveries are under way.

use serde_json::json;

use crate::harness::{Gate, Receiver, Reply, Scene};

#[tokio::test]
async fn a_changed_url_takes_effect_at_the_next_attempt() {
    let (broken, working) = (Receiver::always(500).await, Receiver::always(200).await);
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["click"], broken).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    customer.change(&webhook, &json!({"url": working.url()})).await;
    working.requests_at_least(1).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_changed_secret_signs_the_next_attempt() {
    let receiver = Receiver::in_turn(&[500, 200]).await;
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["click"], receiver).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    let old = webhook["secret"].as_str().unwrap();
    let new = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 0})).await;
    let requests = receiver.requests_at_least(2).await;
    assert!(requests[0].is_signed_by(old) && !requests[1].is_signed_by(old) && requests[1].is_signed_by(&new));
    platform.end().await;
}

#[tokio::test]
async fn a_deleted_webhooks_retries_stop() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("go2", &["click"], Receiver::always(500).await).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    customer.remove(&webhook).await;
    platform.settled().await;
    let requests = receiver.requests().len();
    assert!(requests <= 2, "{requests} requests; only the first attempt, and a second one under way, may have come");
    platform.end().await;
}

#[tokio::test]
async fn a_disabled_webhooks_retries_end_at_their_next_receive() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("go2", &["click"], Receiver::always(500).await).await;
    platform.publish(&customer, "click", "{}").await;
    receiver.requests_at_least(1).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "the webhook was disabled");
    platform.end().await;
}

#[tokio::test]
async fn a_late_410_from_the_old_url_does_not_disable_the_webhook() {
    let (moved, gate) = (Receiver::always(200).await, Gate::closed());
    let held = gate.clone();
    let gone = Receiver::scripted(move |_, _| Reply::status(410).behind(&held)).await;
    let Scene { platform, customer, webhook, receiver } = Scene::new("standard", &["*"], gone).await;
    platform.publish(&customer, "a", "1").await;
    receiver.requests_at_least(1).await;
    customer.change(&webhook, &json!({"url": moved.url()})).await;
    gate.open();
    customer.deliveries_with(&webhook, &["failed"]).await;
    platform.settled().await;
    let now = customer.reload(&webhook).await;
    assert_eq!((&now["isActive"], &now["consecutiveFailures"]), (&json!(true), &json!(0)));
    platform.publish(&customer, "a", "2").await;
    moved.requests_at_least(1).await;
    platform.end().await;
}
