//! Requests that repeat an idempotency key publish once.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::account::key::Scope;

use crate::harness::{Customer, Platform, Receiver, Scene};

#[tokio::test]
async fn an_event_sent_repeatedly_over_http_is_delivered_once() {
    let Scene { platform, customer, receiver, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let events = json!({"events": [{"event": "a", "data": 1}, {"event": "b", "data": "\u{fffe}"}]});
    let publish = || with_idempotency_key(&customer, &events, "order-7");

    let (status, first) = publish().await;
    assert_eq!(status, 202, "{first:?}");
    assert_eq!(first["ids"].as_array().unwrap().len(), 2);
    let repeats = join_all((0..8).map(|_| publish())).await;
    assert!(repeats.iter().all(|(_, repeat)| *repeat == first));

    receiver.requests_at_least(2).await;
    platform.settled().await;
    let bodies: Vec<String> = receiver.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(bodies.iter().any(|body| body.ends_with("\"data\":\"\u{fffe}\"}")), "{bodies:?}");
    platform.end().await;
}

#[tokio::test]
async fn one_key_used_concurrently_publishes_once_for_each_account() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let mut all = Vec::new();
    for customer in [platform.customer("standard"), platform.new_customer("standard", "other", &Scope::ALL).await] {
        let webhook = customer.webhook(&receiver.url(), &["*"]).await;
        let body = json!({"events": [{"event": "a", "data": 1}, {"event": "a", "data": 2}]});
        let responses = join_all((0..8).map(|_| with_idempotency_key(&customer, &body, "order-4711"))).await;
        let ids = responses[0].1["ids"].clone();
        assert!(responses.iter().all(|(_, response)| response["ids"] == ids), "{responses:?}");
        customer.deliveries_with(&webhook, &["delivered", "delivered"]).await;
        all.extend(ids.as_array().unwrap().clone());
    }
    all.dedup();
    assert_eq!(all.len(), 4, "the other account's key is another key: {all:?}");
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 4);
    platform.end().await;
}

#[tokio::test]
async fn an_invalid_idempotency_key_is_rejected() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"event": "a", "data": 1});
    for key in ["", "é", &"x".repeat(256)] {
        assert_eq!(with_idempotency_key(&customer, &body, key).await.1["code"], "INVALID_PARAMETER", "{key}");
    }
    let twice = customer
        .raw(|_, _| {
            let request = customer.prepare(Method::POST, "/events").body(body.to_string());
            request.header("idempotency-key", "a").header("idempotency-key", "b")
        })
        .await;
    assert_eq!((twice.status, twice.code()), (400, "INVALID_PARAMETER"), "the key was given twice");
    platform.end().await;
}

/// The status and the body of the response.
async fn with_idempotency_key(customer: &Customer, body: &Value, key: &str) -> (u16, Value) {
    let request = customer.prepare(Method::POST, "/events").body(body.to_string());
    let request = request.header("idempotency-key", key).header("content-type", "application/json");
    let response = customer.raw(|_, _| request).await;
    (response.status, response.json)
}
