//! The main job: an event on the queue arrives signed at the customer's endpoint.

use serde_json::json;
use shared::domain::account::key::Scope;

use crate::harness::{Platform, Receiver, Scene};

const CLICK: &str = r#"{"shortCode":"abc123","url":"https://awsys.co/abc123","country":"US"}"#;

#[tokio::test]
async fn an_awsys_event_arrives_with_the_signature_of_its_guide() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("awsys");
    let secret = "your-signing-secret";
    let body = json!({"url": receiver.url(), "events": ["link.click", "link.created"], "secret": secret});
    let created = customer.post("/webhooks", &body).await;
    assert_eq!((created.status, created.json["secret"].as_str()), (201, Some(secret)));

    platform.publish(&customer, "link.click", CLICK).await;

    let request = receiver.requests_at_least(1).await.remove(0);
    assert_eq!(request.header("x-awsys-signature"), request.body_hmac(secret));
    assert!(request.is_signed_by(secret));
    let timestamp = request.json()["timestamp"].as_str().unwrap().to_owned();
    assert_eq!(request.body, format!(r#"{{"event":"link.click","timestamp":"{timestamp}","data":{CLICK}}}"#));
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("Posthorn/"));
    customer.deliveries_with(&created.json, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_go2_event_arrives_with_all_headers_of_its_guide() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("go2", &["click", "link.created"], Receiver::always(200).await).await;
    let secret = webhook["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));

    let data = r#"{"linkId":"lnk_abc123"}"#;
    let account = &customer.account;
    let event = format!(
        r#"{{"account":"{account}","event":"click","data":{data},"id":"evt-1","timestamp":"2024-01-01T12:00:00Z"}}"#
    );
    platform.send(&event).await;

    let request = receiver.requests_at_least(1).await.remove(0);
    assert_eq!(request.body, format!(r#"{{"event":"click","timestamp":"2024-01-01T12:00:00Z","data":{data}}}"#));
    assert_eq!(request.header("x-webhook-signature"), format!("sha256={}", request.body_hmac(secret)));
    assert_eq!(request.header("x-webhook-id"), format!("{}.evt-1", webhook["id"].as_str().unwrap()));
    assert_eq!(request.header("x-webhook-event"), "click");
    assert!(request.header("x-webhook-timestamp").ends_with('Z'));
    assert_eq!(request.header("x-posthorn-attempt"), "1");
    assert_eq!(request.header("x-posthorn-reason"), "event");
    assert!(request.is_signed_by(secret));
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_standard_event_arrives_as_the_specification_says() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["invoice.*"], Receiver::always(204).await).await;

    platform.publish(&customer, "invoice.paid", "[1]").await;

    let request = receiver.requests_at_least(1).await.remove(0);
    assert!(request.body.starts_with(r#"{"type":"invoice.paid","timestamp":""#), "{}", request.body);
    assert!(request.is_signed_by(webhook["secret"].as_str().unwrap()));
    let id = request.header("webhook-id").to_owned();
    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'), "{id}");
    let deliveries = customer.deliveries_with(&webhook, &["delivered"]).await;
    assert_eq!(deliveries[0]["id"], id.as_str());
    platform.end().await;
}

#[tokio::test]
async fn only_subscribed_webhooks_of_the_same_account_get_an_event() {
    let platform = Platform::start().await;
    let (wanted, other) = (Receiver::always(200).await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    customer.webhook(&wanted.url(), &["click"]).await;
    customer.webhook(&wanted.url(), &["*"]).await;
    customer.webhook(&other.url(), &["link.created"]).await;
    let stranger = platform.new_customer("go2", "stranger", &Scope::ALL).await;
    stranger.webhook(&other.url(), &["*"]).await;

    platform.publish(&customer, "click", "{}").await;

    wanted.requests_at_least(2).await;
    platform.settled().await;
    assert_eq!((wanted.requests().len(), other.requests().len()), (2, 0));
    platform.end().await;
}
