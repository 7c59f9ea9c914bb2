//! What failures mean for the webhook: its streak, when it is disabled, and how it is enabled again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use local::{stack::Taps, tap::Hook};
use serde_json::{Value, json};

use crate::harness::{Customer, Platform, Receiver, Scene, eventually, path_of};

#[tokio::test]
async fn ten_failures_in_a_row_disable_a_go2_webhook() {
    let (platform, receiver) = (Platform::start_with_quick_retries().await, Receiver::always(500).await);
    let Scene { platform, customer, webhook, .. } = Scene::on(platform, "go2", &["click"], receiver).await;
    for _ in 0..3 {
        platform.publish(&customer, "click", "{}").await;
    }
    let disabled = customer.disabled(&webhook).await;
    let reason = disabled["disabledReason"].as_str().unwrap();
    assert!(reason.ends_with("consecutive failed attempts; the last error: the endpoint answered 500 instead of 2xx"));
    assert!(disabled["consecutiveFailures"].as_u64().unwrap() >= 10);
    assert!(disabled["disabledAt"].as_str().unwrap().ends_with('Z'));
    customer.deliveries_with(&webhook, &["failed", "failed", "failed"]).await;

    platform.publish(&customer, "click", "{\"while\":\"disabled\"}").await;
    let deliveries = customer.deliveries_with(&webhook, &["skipped", "failed", "failed", "failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "the webhook was disabled");

    let enabled = customer.change(&webhook, &json!({"isActive": true})).await;
    assert_eq!(enabled["consecutiveFailures"], 0);
    assert_eq!((&enabled["disabledAt"], &enabled["disabledReason"]), (&Value::Null, &Value::Null));
    platform.end().await;
}

#[tokio::test]
async fn a_410_disables_a_standard_webhook_at_once() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(410).await).await;
    platform.publish(&customer, "a", "1").await;
    let deliveries = customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(deliveries[0]["statusReason"], "the endpoint answered 410 Gone");
    assert_eq!(customer.disabled(&webhook).await["disabledReason"], "the endpoint answered 410 Gone");
    platform.end().await;
}

#[tokio::test]
async fn a_success_ends_the_streak() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver = Receiver::in_turn(&[500, 500, 500, 500, 500, 200]).await;
    let Scene { platform, customer, webhook, .. } = Scene::on(platform, "go2", &["*"], receiver).await;
    platform.publish(&customer, "click", "{}").await;
    for failures in [5, 0] {
        eventually(&format!("a streak of {failures} failures"), || async {
            (customer.reload(&webhook).await["consecutiveFailures"] == failures).then_some(())
        })
        .await;
    }
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_change_made_while_a_webhook_is_disabled_is_kept() {
    let count = Arc::new(AtomicUsize::new(0));
    let taps = Taps { dynamodb: Some(counting_disables(&count)), sqs: None };
    let platform = Platform::start_tapped(taps).await;
    let Scene { platform, customer, webhook, .. } =
        Scene::on(platform, "go2", &["click"], Receiver::always(500).await).await;
    let data: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    join_all(data.iter().map(|data| platform.publish(&customer, "click", data))).await;
    let disabled = renamed_until_disabled(&customer, &webhook).await;
    platform.settled().await;
    let now = customer.reload(&webhook).await;
    assert_eq!(now["name"], disabled["name"], "the last change was overwritten");
    assert_eq!((&now["disabledAt"], &now["disabledReason"]), (&disabled["disabledAt"], &disabled["disabledReason"]));
    assert_eq!(count.load(Ordering::Relaxed), 1, "the webhook was disabled more than once");
    platform.end().await;
}

/// Gives the webhook one name after another, until a response shows that it is disabled. Returns that view.
async fn renamed_until_disabled(customer: &Customer, webhook: &Value) -> Value {
    let mut changes = 0;
    loop {
        let name = format!("name {changes}");
        let response = customer.patch(&path_of(webhook), &json!({"name": name})).await;
        if response.status == 409 {
            continue;
        }
        assert_eq!((response.status, &response.data()["name"]), (200, &json!(name)), "{:?}", response.json);
        if response.data()["isActive"] == false {
            return response.data().clone();
        }
        changes += 1;
    }
}

/// Counts the transactions that disabled a webhook.
fn counting_disables(count: &Arc<AtomicUsize>) -> Hook {
    let count = Arc::clone(count);
    Arc::new(move |call, upstream| {
        let count = Arc::clone(&count);
        Box::pin(async move {
            let disables = call.operation == "TransactWriteItems"
                && String::from_utf8_lossy(&call.body).contains("disabledReason");
            let response = upstream.forward(&call).await?;
            if disables && response.status == 200 {
                count.fetch_add(1, Ordering::Relaxed);
            }
            Some(response)
        })
    })
}
