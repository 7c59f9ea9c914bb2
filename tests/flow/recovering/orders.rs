//! Pausing, resuming, cancelling, and what else may happen to a webhook while it recovers.

use serde_json::{Value, json};

use crate::harness::{Customer, Platform, Receiver, eventually, path_of, since_an_hour};

/// A webhook with skipped deliveries of as many events.
async fn with_skipped(platform: &Platform, receiver: &Receiver, count: usize) -> (Customer, Value) {
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let events: Vec<String> = (0..count).map(|n| customer.event("a", &format!("e{n}"), n)).collect();
    platform.send_all(&events).await;
    platform.settled().await;
    customer.change(&webhook, &json!({"isActive": true})).await;
    (customer, webhook)
}

#[tokio::test]
async fn a_paused_recovery_sends_nothing_until_it_is_resumed() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let (customer, webhook) = with_skipped(&platform, &receiver, 25).await;
    let recovery = customer.recover(&webhook, json!({"rate": 5})).await;
    receiver.requests_at_least(3).await;
    let paused = customer.order(&webhook, &recovery, "pause").await;
    assert_eq!((paused.status, &paused.data()["status"]), (200, &json!("paused")));
    // What is queued arrives, and is passed over.
    platform.settled().await;
    let sent = receiver.requests().len();
    assert!(sent < 25, "{sent}");
    assert_eq!(customer.recovery(&webhook, &recovery).await["counts"]["queued"], json!(sent));
    assert_eq!(customer.order(&webhook, &recovery, "pause").await.status, 200, "once more changes nothing");

    assert_eq!(customer.order(&webhook, &recovery, "resume").await.status, 200);
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!((&finished["counts"]["queued"], &finished["counts"]["delivered"]), (&json!(25), &json!(25)));
    assert_eq!(receiver.requests().len(), 25, "each once");
    assert_eq!(customer.order(&webhook, &recovery, "cancel").await.code(), "RECOVERY_OVER");
    platform.end().await;
}

#[tokio::test]
async fn a_cancelled_recovery_makes_room_for_another() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let (customer, webhook) = with_skipped(&platform, &receiver, 30).await;
    let recovery = customer.recover(&webhook, json!({"rate": 2})).await;
    assert_eq!(customer.reload(&webhook).await["recovery"], recovery["id"]);
    receiver.requests_at_least(1).await;
    let path = format!("{}/recoveries", path_of(&webhook));
    let refused = customer.post(&path, &since_an_hour(json!({}))).await;
    assert_eq!((refused.status, refused.code()), (409, "RECOVERY_RUNNING"));
    assert!(refused.message().contains(recovery["id"].as_str().unwrap()), "{}", refused.message());

    let cancelled = customer.order(&webhook, &recovery, "cancel").await;
    assert_eq!((cancelled.status, &cancelled.data()["status"]), (200, &json!("cancelled")));
    platform.settled().await;
    let sent = receiver.requests().len();
    assert!(sent < 30, "{sent}");
    let second = customer.recover(&webhook, json!({"rate": 100})).await;
    customer.recovery_with(&webhook, &second, "finished").await;
    assert_eq!(receiver.requests().len(), 30, "the second sends what the first did not");
    let listed = customer.get(&path).await;
    assert_eq!(listed.texts("id"), [second["id"].as_str().unwrap(), recovery["id"].as_str().unwrap()]);
    platform.end().await;
}

#[tokio::test]
async fn a_disabled_webhook_holds_its_recovery_until_it_is_enabled() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let (customer, webhook) = with_skipped(&platform, &receiver, 25).await;
    let recovery = customer.recover(&webhook, json!({"rate": 5})).await;
    receiver.requests_at_least(2).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    customer.recovery_with(&webhook, &recovery, "held").await;
    // What was queued arrives, and is passed over.
    platform.settled().await;
    assert!(receiver.requests().len() < 25);
    customer.change(&webhook, &json!({"isActive": true})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(finished["counts"]["delivered"], 25);
    assert_eq!(receiver.requests().len(), 25, "each once");
    platform.end().await;
}

#[tokio::test]
async fn a_disabled_webhook_begins_no_recovery() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let path = format!("{}/recoveries", path_of(&webhook));
    assert_eq!(customer.post(&path, &since_an_hour(json!({}))).await.code(), "WEBHOOK_DISABLED");
    assert_eq!(customer.post(&path, &since_an_hour(json!({"dryRun": true}))).await.status, 200);
    platform.end().await;
}

#[tokio::test]
async fn the_same_key_returns_the_same_recovery_as_it_is_now() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let (customer, webhook) = with_skipped(&platform, &receiver, 3).await;
    let path = format!("{}/recoveries", path_of(&webhook));
    let body = since_an_hour(json!({})).to_string();
    let first = customer.post_under("key", &path, &body).await;
    assert_eq!(first.status, 201);
    let finished = customer.recovery_with(&webhook, first.data(), "finished").await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    let again = customer.post_under("key", &path, &body).await;
    assert_eq!((again.status, again.data()), (200, &finished), "whatever else would refuse it");
    let other = customer.post_under("key", &path, &since_an_hour(json!({"rate": 5})).to_string()).await;
    assert_eq!((other.status, other.code()), (409, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(receiver.requests().len(), 3);
    platform.end().await;
}

#[tokio::test]
async fn an_account_has_five_recoveries_at_once() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let (customer, first) = with_skipped(&platform, &receiver, 3).await;
    let mut webhooks = vec![first];
    for _ in 0..5 {
        webhooks.push(customer.webhook(&receiver.url(), &["*"]).await);
    }
    let mut paused = Vec::new();
    for webhook in &webhooks[..5] {
        let recovery = customer.recover(webhook, json!({"include": ["failed"]})).await;
        // Finished at once, unless it is paused in time.
        if customer.order(webhook, &recovery, "pause").await.status == 200 {
            paused.push((webhook.clone(), recovery));
        }
    }
    if paused.len() == 5 {
        let path = format!("{}/recoveries", path_of(&webhooks[5]));
        let refused = customer.post(&path, &since_an_hour(json!({}))).await;
        assert_eq!((refused.status, refused.code()), (429, "TOO_MANY_RECOVERIES"));
    }
    for (webhook, recovery) in &paused {
        assert_eq!(customer.order(webhook, recovery, "cancel").await.status, 200);
    }
    let last = customer.recover(&webhooks[5], json!({})).await;
    customer.recovery_with(&webhooks[5], &last, "finished").await;
    platform.end().await;
}

#[tokio::test]
async fn a_deleted_webhook_ends_its_recovery() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let (customer, webhook) = with_skipped(&platform, &receiver, 30).await;
    customer.recover(&webhook, json!({"rate": 2})).await;
    receiver.requests_at_least(1).await;
    customer.remove(&webhook).await;
    eventually("no recovery is under way", || async { platform.items("RECOVERING").await.is_empty().then_some(()) })
        .await;
    platform.settled().await;
    platform.end().await;
}
