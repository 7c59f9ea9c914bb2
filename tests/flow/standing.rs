//! What failures mean for the webhook: streak, disabling, enabling again, rotation.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Platform, Receiver, Reply, eventually};

fn path(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().unwrap())
}

#[tokio::test]
async fn ten_failures_in_a_row_disable_a_go2_webhook_and_its_events_are_skipped() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(500).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    for _ in 0..3 {
        platform.publish(&customer, "click", "{}").await;
    }
    let disabled = eventually("the webhook to be disabled", || async {
        let webhook = customer.reload(&webhook).await;
        (webhook["isActive"] == false).then_some(webhook)
    })
    .await;
    let reason = disabled["disabledReason"].as_str().unwrap();
    assert!(reason.ends_with("consecutive failed attempts; the last error: the endpoint answered 500 instead of 2xx"));
    assert!(disabled["consecutiveFailures"].as_u64().unwrap() >= 10);
    assert!(disabled["disabledAt"].as_str().unwrap().ends_with('Z'));
    customer.deliveries_with(&webhook, &["failed", "failed", "failed"]).await;

    platform.publish(&customer, "click", "{\"while\":\"disabled\"}").await;
    let deliveries = customer.deliveries_with(&webhook, &["skipped", "failed", "failed", "failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "the webhook was disabled");

    let enabled = customer.patch(&path(&webhook), &json!({"isActive": true})).await;
    assert_eq!(enabled.data()["consecutiveFailures"], 0);
    assert_eq!((&enabled.data()["disabledAt"], &enabled.data()["disabledReason"]), (&Value::Null, &Value::Null));
    platform.end().await;
}

#[tokio::test]
async fn a_410_disables_a_standard_webhook_at_once() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(410).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "a", "1").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "the endpoint answered 410 Gone");
    eventually("the webhook to be disabled", || async {
        (customer.reload(&webhook).await["disabledReason"] == "the endpoint answered 410 Gone").then_some(())
    })
    .await;
    platform.end().await;
}

#[tokio::test]
async fn tests_are_logged_and_never_counted() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(500).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let answer = customer.post(&format!("{}/test", path(&webhook)), &json!({"event": "qr.scanned"})).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json);
    assert_eq!((&answer.data()["statusCode"], &answer.data()["status"]), (&json!(500), &json!("failed")));
    let request = receiver.requests().remove(0);
    assert_eq!(request.header("x-posthorn-reason"), "test");
    assert_eq!(request.header("x-webhook-event"), "qr.scanned");
    assert_eq!(answer.data()["request"]["body"], request.body.as_str());
    assert_eq!(
        request.header("x-webhook-signature"),
        format!("sha256={}", request.body_hmac(webhook["secret"].as_str().unwrap()))
    );
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["reason"], "test");
    assert_eq!(customer.reload(&webhook).await["consecutiveFailures"], 0);
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn during_a_rotations_grace_a_receiver_with_either_secret_accepts() {
    let platform = Platform::start().await;
    let receiver = Receiver::scripted(|number, _| Reply::status(if number == 1 { 500 } else { 200 })).await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let rotated = customer.post(&format!("{}/rotate-secret", path(&webhook)), &json!({})).await;
    assert_eq!(rotated.status, 200, "{:?}", rotated.json);
    let (old, new) = (webhook["secret"].as_str().unwrap(), rotated.data()["secret"].as_str().unwrap());
    assert_ne!(old, new);

    platform.publish(&customer, "click", "{}").await;
    let requests = receiver.requests_at_least(2).await;
    assert!(requests.iter().all(|request| request.is_signed_by(old) && request.is_signed_by(new)));
    assert_eq!(requests[0].header("x-webhook-signature"), format!("sha256={}", requests[0].body_hmac(new)));
    assert_eq!(requests[1].header("x-webhook-signature"), format!("sha256={}", requests[1].body_hmac(old)));

    let ended = customer.post(&format!("{}/rotate-secret", path(&webhook)), &json!({"gracePeriodSeconds": 0})).await;
    let newest = ended.data()["secret"].as_str().unwrap();
    platform.publish(&customer, "click", "{}").await;
    let last = receiver.requests_at_least(3).await.remove(2);
    assert!(last.is_signed_by(newest) && !last.is_signed_by(new) && !last.is_signed_by(old));
    platform.end().await;
}

#[tokio::test]
async fn any_success_ends_the_streak() {
    let platform = Platform::start_scaled(0.001).await;
    let receiver = Receiver::scripted(|number, _| Reply::status(if number <= 5 { 500 } else { 200 })).await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "click", "{}").await;
    eventually("five failures to be counted", || async {
        (customer.reload(&webhook).await["consecutiveFailures"] == 5).then_some(())
    })
    .await;
    eventually("the success to end the streak", || async {
        (customer.reload(&webhook).await["consecutiveFailures"] == 0).then_some(())
    })
    .await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn an_answer_of_the_old_url_does_not_disable_the_new_one() {
    let platform = Platform::start().await;
    let gone = Receiver::scripted(|_, _| Reply::status(410).after(Duration::from_secs(2))).await;
    let (customer, moved) = (platform.customer("standard"), Receiver::always(200).await);
    let webhook = customer.webhook(&gone.url(), &["*"]).await;
    platform.publish(&customer, "a", "1").await;
    gone.requests_at_least(1).await;
    assert_eq!(customer.patch(&path(&webhook), &json!({"url": moved.url()})).await.status, 200);
    customer.deliveries_with(&webhook, &["failed"]).await;
    platform.settled().await;
    let now = customer.reload(&webhook).await;
    assert_eq!((&now["isActive"], &now["consecutiveFailures"]), (&json!(true), &json!(0)));
    platform.publish(&customer, "a", "2").await;
    moved.requests_at_least(1).await;
    platform.end().await;
}
