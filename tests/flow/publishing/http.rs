//! Publishing over HTTP: `POST /events`.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Platform, Receiver, Scene};

#[tokio::test]
async fn an_event_that_intake_would_reject_is_rejected_over_http() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for (body, code) in [
        (json!({"event": "link.click", "data": 1}), "UNKNOWN_EVENT"),
        (json!({"event": "click"}), "MISSING_FIELD"),
        (json!({"data": 1}), "MISSING_FIELD"),
        (json!({"event": "click", "data": 1, "account": "other"}), "UNKNOWN_FIELD"),
        (json!({"event": "click", "data": 1, "id": "a b"}), "INVALID_ID"),
        (json!({"event": "click", "data": 1, "timestamp": "now"}), "INVALID_TIMESTAMP"),
        (json!({"event": "click", "data": 9_007_199_254_740_993_u64}), "UNVERIFIABLE_NUMBER"),
        (json!({"event": "click", "data": "x".repeat(102_400)}), "TOO_LARGE"),
        (json!({"events": []}), "INVALID_FIELD"),
        (json!({"events": vec![json!({"event": "click", "data": 1}); 101]}), "INVALID_FIELD"),
        (json!({"events": [{"event": "click", "data": 1}, {"event": "clack", "data": 1}]}), "UNKNOWN_EVENT"),
    ] {
        let response = customer.post("/events", &body).await;
        assert_eq!((response.status, response.code()), (400, code), "{body}: {:?}", response.json);
    }
    let twice = json!({"events": [{"event": "click", "data": 1, "id": "x"}, {"event": "click", "data": 2, "id": "x"}]});
    let reused = customer.post("/events", &twice).await;
    assert_eq!((reused.status, reused.code()), (400, "ID_REUSED"), "{:?}", reused.json);
    let second = customer
        .post("/events", &json!({"events": [{"event": "click", "data": 1}, {"event": "clack", "data": 1}]}))
        .await;
    assert!(second.message().starts_with("events[1]: 'clack'"), "{}", second.message());
    platform.end().await;
}

#[tokio::test]
async fn a_field_given_twice_is_rejected_outside_data() {
    let Scene { platform, customer, receiver, .. } = Scene::new("go2", &["click"], Receiver::always(200).await).await;
    for body in [
        r#"{"event":"click","data":1,"data":2}"#,
        r#"{"events":[{"event":"click","data":1}],"events":[]}"#,
        r#"{"events":[{"event":"click","data":1},{"event":"click","event":"click","data":1}]}"#,
    ] {
        let response = customer.request(Method::POST, "/events", Some(body)).await;
        assert_eq!((response.status, response.code()), (400, "INVALID_FIELD"), "{body}");
        assert!(response.message().contains("given twice"), "{}", response.message());
    }
    let body = r#"{"event":"click","data":{"a":1,"a":2}}"#;
    assert_eq!(customer.request(Method::POST, "/events", Some(body)).await.status, 202);
    let sent = receiver.requests_at_least(1).await.remove(0);
    assert!(sent.body.ends_with(r#""data":{"a":2}}"#), "inside data the last one counts: {}", sent.body);
    platform.end().await;
}

#[tokio::test]
async fn whitespace_does_not_make_an_event_too_large() {
    let Scene { platform, customer, receiver, .. } =
        Scene::new("awsys", &["link.click"], Receiver::always(200).await).await;
    let body = format!(r#"{{"event":"link.click","data":[{}]}}"#, " ".repeat(3_000_000));
    let response = customer.request(Method::POST, "/events", Some(&body)).await;
    assert_eq!(response.status, 202, "{:?}", response.json);
    assert!(receiver.requests_at_least(1).await[0].body.ends_with(r#""data":[]}"#));
    platform.end().await;
}
