//! Limits: what one account may use, and what that costs another.

use serde_json::json;
use shared::domain::account::key::Scope;

use crate::harness::{Customer, Gate, Platform, Receiver, Reply, path_of};

async fn limited(platform: &Platform, account: &str, limits: serde_json::Value) -> Customer {
    let customer = platform.new_customer("standard", account, &Scope::ALL).await;
    let changed = platform.operator().patch(&format!("/accounts/{account}"), &json!({ "limits": limits })).await;
    assert_eq!(changed.status, 200);
    customer
}

#[tokio::test]
async fn an_account_that_asks_too_often_is_told_when_to_come_back() {
    let platform = Platform::start().await;
    let flooding = limited(&platform, "flooding", json!({"requestsPerSecond": 2})).await;
    let quiet = platform.new_customer("standard", "quiet", &Scope::ALL).await;
    let mut admitted = 0;
    let refused = loop {
        let response = flooding.get("/webhooks").await;
        if response.status == 429 {
            break response;
        }
        admitted += 1;
        assert!(admitted < 200, "nothing is refused");
    };
    assert_eq!((refused.code(), refused.content_type.as_str()), ("RATE_LIMITED", "application/problem+json"));
    assert!((1..=10).contains(&refused.retry_after.unwrap()), "{refused:?}");
    // Ten seconds' worth, and what the bucket got in the meantime.
    assert!((20..24).contains(&admitted), "{admitted} were admitted");
    for _ in 0..20 {
        assert_eq!(quiet.get("/webhooks").await.status, 200);
    }
    // Events have a bucket of their own.
    assert_eq!(flooding.post("/events", &json!({"event": "a", "data": 1})).await.status, 202);
    platform.settled().await;
    platform.end().await;
}

#[tokio::test]
async fn a_publication_may_take_the_bucket_below_zero_and_then_waits() {
    let platform = Platform::start().await;
    let customer = limited(&platform, "publisher", json!({"eventsPerSecond": 1})).await;
    let events: Vec<_> = (0..100).map(|n| json!({"event": "a", "data": n})).collect();
    let many = json!({ "events": events });
    assert_eq!(customer.post("/events", &many).await.status, 202);
    let refused = customer.post("/events", &many).await;
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED"));
    assert!((80..=90).contains(&refused.retry_after.unwrap()), "{refused:?}");
    assert_eq!(customer.get("/webhooks").await.status, 200, "other requests have a bucket of their own");
    platform.settled().await;
    platform.end().await;
}

#[tokio::test]
async fn tests_and_resends_share_a_limit_a_minute() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let customer = limited(&platform, "tester", json!({"testsPerMinute": 3})).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let path = path_of(&webhook);
    let mut statuses = Vec::new();
    for n in 0..8 {
        let path = if n % 2 == 0 { format!("{path}/test") } else { format!("{path}/deliveries/dlv_1/resend") };
        statuses.push(customer.post(&path, &json!({})).await.status);
    }
    // A fourth is admitted if the bucket got anything in the meantime.
    assert!(
        statuses == [200, 404, 200, 404, 429, 429, 429, 429] || statuses == [200, 404, 200, 429, 429, 429, 429, 429]
    );
    platform.end().await;
}

#[tokio::test]
async fn two_tests_of_an_account_run_at_a_time() {
    let platform = Platform::start().await;
    let gate = Gate::closed();
    let held = gate.clone();
    let receiver = Receiver::scripted(move |_, _| Reply::status(200).behind(&held)).await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let path = format!("{}/test", path_of(&webhook));
    let nothing = json!({});
    let (first, second, third) = tokio::join!(customer.post(&path, &nothing), customer.post(&path, &nothing), async {
        receiver.requests_at_least(2).await;
        let third = customer.post(&path, &nothing).await;
        gate.open();
        third
    });
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!((third.status, third.code(), third.retry_after), (429, "RATE_LIMITED", Some(2)));
    assert_eq!(customer.post(&path, &nothing).await.status, 200, "there is room again");
    platform.end().await;
}

#[tokio::test]
async fn a_lower_limit_of_webhooks_stops_only_creation() {
    let platform = Platform::start().await;
    let customer = platform.new_customer("standard", "acme", &Scope::ALL).await;
    for _ in 0..3 {
        customer.webhook("https://example.com/", &["*"]).await;
    }
    platform.operator().patch("/accounts/acme", &json!({"limits": {"webhooks": 2}})).await;
    let refused = customer.post("/webhooks", &json!({"url": "https://example.com/", "events": ["*"]})).await;
    assert_eq!((refused.status, refused.code()), (400, "TOO_MANY_WEBHOOKS"));
    assert_eq!(customer.get("/webhooks").await.json["data"].as_array().unwrap().len(), 3);
    platform.end().await;
}
