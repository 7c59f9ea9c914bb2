//! Test events that a customer sends to a webhook.

use reqwest::Method;
use serde_json::{Value, json};

use super::samples::{PROFILES, event_of};
use crate::harness::{Platform, Receiver, Scene, path_of};

#[tokio::test]
async fn a_test_returns_the_attempt_and_exactly_what_was_sent() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(418).await);
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let event = event_of(profile);
        let webhook = customer.webhook(&receiver.url(), &[event]).await;
        let response = customer.request(Method::POST, &format!("{}/test", path_of(&webhook)), None).await;
        let shown = response.data();
        assert_eq!((response.status, &shown["statusCode"]), (200, &json!(418)), "{profile}: {:?}", response.json);
        assert_eq!((&shown["status"], &shown["errorClass"]), (&json!("failed"), &json!("status")), "{profile}");
        assert_eq!((&shown["event"], &shown["attempt"]), (&json!(event), &json!(1)), "{profile}");
        assert!(shown["error"].is_string() && shown["response"].is_string() && shown["responseTimeMs"].is_u64());
        let arrived = receiver.requests().pop().unwrap();
        assert_eq!(shown["request"]["body"], arrived.body, "{profile}");
        assert_eq!(arrived.header("x-posthorn-reason"), "test", "{profile}");
        for (name, value) in shown["request"]["headers"].as_object().unwrap() {
            assert_eq!(value, arrived.header(name), "{profile} {name}");
        }
        let headers = shown["request"]["headers"].as_object().unwrap().len();
        let of_http = ["host", "content-length", "accept", "accept-encoding"];
        let sent = arrived.headers.keys().filter(|name| !of_http.contains(&name.as_str())).count();
        assert_eq!(headers, sent, "{profile}: {:?}", arrived.headers);
        assert_eq!(customer.reload(&webhook).await["consecutiveFailures"], 0, "{profile}");
    }
    let customer = platform.customer("go2");
    let unreachable = customer.webhook("http://127.0.0.1:1/", &["*"]).await;
    let attempt = customer.test(&unreachable, &json!({"event": "qr.scanned"})).await;
    assert_eq!((&attempt["errorClass"], &attempt["statusCode"]), (&json!("connect"), &Value::Null), "{attempt:?}");
    assert_eq!(attempt["event"], "qr.scanned");
    platform.end().await;
}

#[tokio::test]
async fn a_failed_test_is_logged_and_not_counted() {
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["*"], Receiver::always(500).await).await;
    let attempt = customer.test(&webhook, &json!({"event": "qr.scanned"})).await;
    assert_eq!((&attempt["statusCode"], &attempt["status"]), (&json!(500), &json!("failed")));
    let request = receiver.requests().remove(0);
    assert_eq!(request.header("x-posthorn-reason"), "test");
    assert_eq!(request.header("x-webhook-event"), "qr.scanned");
    assert_eq!(attempt["request"]["body"], request.body.as_str());
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
