//! A webhook with its own delays and its own timeout.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::time;

use crate::harness::{Platform, Receiver, Scene};

fn time_of(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// How long after the end of its only attempt a delivery is due.
fn wait_of(delivery: &Value) -> Duration {
    let attempt = &delivery["attempts"][0];
    let ended =
        time::after(time_of(&attempt["at"]), Duration::from_millis(attempt["responseTimeMs"].as_u64().unwrap()));
    time::between(ended, time_of(&delivery["nextAttemptAt"]))
}

#[tokio::test]
async fn a_webhooks_own_delays_are_kept_exactly_and_scaled() {
    for (scale, expected) in [(1.0, 43_000), (0.1, 4_300)] {
        let platform = Platform::start_scaled(scale).await;
        let Scene { platform, customer, webhook, .. } =
            Scene::on(platform, "standard", &["*"], Receiver::always(500).await).await;
        customer.change(&webhook, &json!({"retryDelaysSeconds": [43_000]})).await;
        platform.publish(&customer, "a", "1").await;
        let delivery = customer.deliveries_with(&webhook, &["retrying"]).await.remove(0);
        let wait = wait_of(&delivery).as_secs();
        assert!((expected..=expected + 5).contains(&wait), "{wait} s at {scale}");
        platform.end().await;
    }
}

#[tokio::test]
async fn a_delivery_is_given_up_after_the_webhooks_own_delays() {
    for (delays, attempts) in [(json!([]), 1), (json!([1, 1]), 3)] {
        let Scene { platform, customer, webhook, receiver } =
            Scene::new("standard", &["*"], Receiver::always(500).await).await;
        customer.change(&webhook, &json!({"retryDelaysSeconds": delays})).await;
        platform.publish(&customer, "a", "1").await;
        let delivery = customer.deliveries_with(&webhook, &["failed"]).await.remove(0);
        assert_eq!(delivery["statusReason"], format!("gave up after {attempts} failed attempts"), "{delays}");
        platform.settled().await;
        assert_eq!(receiver.requests().len(), attempts, "{delays}");
        platform.end().await;
    }
}

#[tokio::test]
async fn a_webhooks_own_timeout_ends_attempts_and_tests() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::silent().await).await;
    customer.change(&webhook, &json!({"timeoutSeconds": 1, "retryDelaysSeconds": []})).await;
    platform.publish(&customer, "a", "1").await;
    let delivery = customer.deliveries_with(&webhook, &["failed"]).await.remove(0);
    for attempt in [&delivery["attempts"][0], &customer.test(&webhook, &json!({})).await] {
        assert_eq!(attempt["errorClass"], "timeout", "{attempt}");
        let took = attempt["responseTimeMs"].as_u64().unwrap();
        assert!((1_000..14_000).contains(&took), "{took}");
    }
    platform.end().await;
}
