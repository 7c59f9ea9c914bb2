//! Receivers while a secret is rotated.

use serde_json::json;

use crate::harness::{External, Platform, Receiver, Scene};

#[tokio::test]
async fn during_the_grace_period_either_secret_verifies() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("go2", &["*"], Receiver::in_turn(&[500, 200]).await).await;
    let old = webhook["secret"].as_str().unwrap();
    let new = customer.rotate_secret(&webhook, &json!({})).await;
    assert_ne!(old, new);

    platform.publish(&customer, "click", "{}").await;
    let requests = receiver.requests_at_least(2).await;
    assert!(requests.iter().all(|request| request.is_signed_by(old) && request.is_signed_by(&new)));
    assert_eq!(requests[0].header("x-webhook-signature"), format!("sha256={}", requests[0].body_hmac(&new)));
    assert_eq!(requests[1].header("x-webhook-signature"), format!("sha256={}", requests[1].body_hmac(old)));

    let newest = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 0})).await;
    platform.publish(&customer, "click", "{}").await;
    let last = receiver.requests_at_least(3).await.remove(2);
    assert!(last.is_signed_by(&newest) && !last.is_signed_by(&new) && !last.is_signed_by(old));
    platform.end().await;
}

/// During the grace period the library accepts with either secret, and after it only with the newest.
async fn a_library_follows_a_rotation(file: &str) {
    let (platform, mut receiver) = (Platform::start().await, External::start(file).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url("/"), &["*"]).await;
    let old = webhook["secret"].as_str().unwrap();
    let new = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 3600})).await;
    for secret in [old, &new] {
        receiver.set_secret(secret).await;
        platform.publish(&customer, "a", "1").await;
        assert_eq!(receiver.responded("an event during the grace period").await.0, 200);
    }
    let newest = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 0})).await;
    for (secret, status) in [(old, 401), (&new, 401), (&newest, 200)] {
        receiver.set_secret(secret).await;
        assert_eq!(customer.test(&webhook, &json!({})).await["statusCode"], status);
        assert_eq!(receiver.responded("a test event after the grace period").await.0, status);
    }
    platform.end().await;
}

#[tokio::test]
async fn the_official_javascript_library_follows_a_rotation() {
    a_library_follows_a_rotation("standard.mjs").await;
}

#[tokio::test]
async fn the_official_python_library_follows_a_rotation() {
    a_library_follows_a_rotation("standard.py").await;
}
