//! The main job: an event on the queue arrives signed at the customer's endpoint.

use serde_json::{Value, json};

use crate::harness::{Platform, Receiver};

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
    let timestamp = serde_json::from_str::<Value>(&request.body).unwrap()["timestamp"].as_str().unwrap().to_owned();
    assert_eq!(request.body, format!(r#"{{"event":"link.click","timestamp":"{timestamp}","data":{CLICK}}}"#));
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("Posthorn/"));
    customer.deliveries_with(&created.json, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn a_go2_event_arrives_with_all_headers_of_its_guide() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["click", "link.created"]).await;
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
    let (platform, receiver) = (Platform::start().await, Receiver::always(204).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url(), &["invoice.*"]).await;

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
    let stranger = platform.new_customer("go2", "stranger", &shared::domain::api_key::Scope::ALL).await;
    stranger.webhook(&other.url(), &["*"]).await;

    platform.publish(&customer, "click", "{}").await;

    wanted.requests_at_least(2).await;
    platform.settled().await;
    assert_eq!((wanted.requests().len(), other.requests().len()), (2, 0));
    platform.end().await;
}

#[tokio::test]
async fn an_event_published_over_http_is_delivered_once_however_often_it_is_sent() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("standard");
    customer.webhook(&receiver.url(), &["*"]).await;
    let events = json!({"events": [{"event": "a", "data": 1}, {"event": "b", "data": "\u{fffe}"}]}).to_string();
    let publish = || {
        let url = customer.url("/events");
        customer.raw(|http, _| {
            let request = http.post(url).bearer_auth(&customer.key).header("idempotency-key", "order-7");
            request.header("content-type", "application/json").body(events.clone())
        })
    };

    let first = publish().await;
    assert_eq!(first.status, 202, "{:?}", first.json);
    assert_eq!(first.json["ids"].as_array().unwrap().len(), 2);
    let repeats = futures::future::join_all((0..8).map(|_| publish())).await;
    assert!(repeats.iter().all(|answer| answer.json == first.json));

    receiver.requests_at_least(2).await;
    platform.settled().await;
    let bodies: Vec<String> = receiver.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(bodies.iter().any(|body| body.ends_with("\"data\":\"\u{fffe}\"}")), "{bodies:?}");
    platform.end().await;
}
