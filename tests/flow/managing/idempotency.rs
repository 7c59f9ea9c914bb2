//! Webhooks created, and secrets rotated, under an idempotency key.

use futures::future::join_all;
use serde_json::json;

use super::samples::URL;
use crate::harness::{Platform, path_of};

#[tokio::test]
async fn a_webhook_created_again_under_its_key_is_the_same_one() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let body = json!({"name": "x", "url": URL, "events": ["click", "link.created"]}).to_string();
    let same = format!("{{ \"events\": [\"click\",\n\"link.created\"], \"url\": \"{URL}\", \"name\": \"\\u0078\" }}");
    let first = customer.post_under("setup", "/webhooks", &body).await;
    assert_eq!(first.status, 201, "{:?}", first.json);
    for body in [&body, &same] {
        let repeat = customer.post_under("setup", "/webhooks", body).await;
        assert_eq!((repeat.status, repeat.data()), (201, first.data()), "{body}");
        assert!(repeat.data()["secret"].is_string(), "the secret is still the one made then");
    }
    let other = json!({"name": "x", "url": URL, "events": ["link.created", "click"]}).to_string();
    let rejected = customer.post_under("setup", "/webhooks", &other).await;
    assert_eq!((rejected.status, rejected.code()), (409, "IDEMPOTENCY_KEY_REUSED"), "{:?}", rejected.json);
    assert_eq!(customer.get("/webhooks").await.json["data"].as_array().unwrap().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_webhook_that_was_deleted_is_not_created_again_under_its_key() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]}).to_string();
    let created = customer.post_under("setup", "/webhooks", &body).await;
    assert_eq!(customer.delete(&path_of(created.data())).await.status, 200);
    let repeat = customer.post_under("setup", "/webhooks", &body).await;
    assert_eq!((repeat.status, repeat.code()), (404, "NOT_FOUND"), "{:?}", repeat.json);
    assert!(repeat.message().contains("with a new key"), "{}", repeat.message());
    assert!(customer.get("/webhooks").await.json["data"].as_array().unwrap().is_empty());
    platform.end().await;
}

#[tokio::test]
async fn one_key_used_concurrently_creates_one_webhook() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]}).to_string();
    let responses = join_all((0..8).map(|_| customer.post_under("setup", "/webhooks", &body))).await;
    let created: Vec<_> = responses.iter().filter(|response| response.status == 201).collect();
    assert!(!created.is_empty() && created.iter().all(|one| one.data() == created[0].data()), "{responses:?}");
    assert!(responses.iter().all(|response| matches!(response.status, 201 | 409)), "{responses:?}");
    assert_eq!(customer.get("/webhooks").await.json["data"].as_array().unwrap().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_rotation_repeated_under_its_key_rotates_nothing() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(URL, &["a"]).await;
    let path = format!("{}/rotate-secret", path_of(&webhook));
    let first = customer.post_under("leak", &path, r#"{"gracePeriodSeconds":3600}"#).await;
    assert_eq!(first.status, 200, "{:?}", first.json);
    let repeat = customer.post_under("leak", &path, "{ \"gracePeriodSeconds\" : 3600.0 }").await;
    assert_eq!((repeat.status, repeat.data()), (200, first.data()), "the same secret, as no other replaced it");
    let stored = platform.stored(&customer, &webhook).await;
    assert_eq!(stored.secrets.previous.len(), 1, "the secret was rotated once");

    let rejected = customer.post_under("leak", &path, r#"{"gracePeriodSeconds":0}"#).await;
    assert_eq!((rejected.status, rejected.code()), (409, "IDEMPOTENCY_KEY_REUSED"), "{:?}", rejected.json);
    let newer = customer.rotate_secret(&webhook, &json!({})).await;
    let repeat = customer.post_under("leak", &path, r#"{"gracePeriodSeconds":3600}"#).await;
    assert_eq!((repeat.status, repeat.data().get("secret")), (200, None), "another rotation replaced that secret");
    assert_eq!(platform.stored(&customer, &webhook).await.secrets.current.reveal(), newer);
    platform.end().await;
}

#[tokio::test]
async fn a_key_that_rotated_another_webhook_is_rejected() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let webhook = customer.webhook(URL, &["a"]).await;
        let path = format!("{}/rotate-secret", path_of(&webhook));
        let response = customer.post_under("leak", &path, "{}").await;
        statuses.push((response.status, response.code().to_owned()));
    }
    let reused = (409, "IDEMPOTENCY_KEY_REUSED".to_owned());
    assert_eq!(statuses, [(200, "no code".to_owned()), reused], "the webhook is part of what a key was used for");
    platform.end().await;
}
