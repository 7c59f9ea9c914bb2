//! CloudEvents as the SDKs of several languages write them.

use serde_json::{Value, json};

use crate::harness::{Receiver, Scene};

/// The SDK for Python writes the offset of UTC as `+00:00`, with microseconds.
const PYTHON: &str = r#"{"specversion": "1.0", "id": "b46cf653-d48a-4b90-8dfa-355c01061361", "source": "https://example.com/orders", "type": "order.paid", "datacontenttype": "application/json", "subject": "ACCOUNT", "time": "2026-09-25T14:48:09.123456+00:00", "data": {"sdk": "python"}}"#;

/// The SDK for Go writes nanoseconds.
const GO: &str = r#"{"specversion":"1.0","id":"A234-1234-1234","source":"/orders","type":"order.paid","subject":"ACCOUNT","datacontenttype":"application/json","dataschema":"https://example.com/order.json","time":"2026-09-25T14:48:09.123456789Z","data":{"sdk":"go"}}"#;

/// The SDK for Java keeps the offset of the time that it was given.
const JAVA: &str = r#"{"specversion":"1.0","id":"1","source":"/orders","type":"order.paid","datacontenttype":"application/json","subject":"ACCOUNT","time":"2026-09-25T16:48:09.5+02:00","data":{"sdk":"java"}}"#;

/// The SDK for JavaScript writes milliseconds, and extension attributes next to the others.
const JAVASCRIPT: &str = r#"{"id":"7b1f","time":"2026-09-25T14:48:09.000Z","type":"order.paid","source":"/orders","specversion":"1.0","subject":"ACCOUNT","datacontenttype":"application/json; charset=utf-8","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","partitionkey":"7","sampledrate":30,"data":{"sdk":"javascript"}}"#;

#[tokio::test]
async fn cloud_events_of_four_sdks_arrive_with_their_time_in_utc() {
    let Scene { platform, customer, receiver, .. } =
        Scene::new("standard", &["order.*"], Receiver::always(200).await).await;
    for (number, (text, sdk, time)) in [
        (PYTHON, "python", "2026-09-25T14:48:09.123456Z"),
        (GO, "go", "2026-09-25T14:48:09.123456789Z"),
        (JAVA, "java", "2026-09-25T14:48:09.5Z"),
        (JAVASCRIPT, "javascript", "2026-09-25T14:48:09.000Z"),
    ]
    .into_iter()
    .enumerate()
    {
        platform.send(&text.replace("ACCOUNT", &customer.account)).await;
        let request = receiver.requests_at_least(number + 1).await.remove(number);
        assert_eq!(request.json(), json!({"type": "order.paid", "timestamp": time, "data": {"sdk": sdk}}));
    }
    platform.end().await;
}

#[tokio::test]
async fn a_cloud_event_is_rejected_with_the_names_of_its_own_fields() {
    let Scene { platform, customer, receiver, .. } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/", "type": "click", "subject": customer.account, "data": 1,
    });
    for (field, value, code, named) in [
        ("time", json!("2026-09-25T14:48:60Z"), "INVALID_TIMESTAMP", "'time'"),
        ("subject", json!("a b"), "INVALID_FIELD", "'subject'"),
        ("type", json!("a b"), "UNKNOWN_EVENT", "'type'"),
        ("specversion", json!("0.3"), "INVALID_FIELD", "'specversion'"),
    ] {
        let mut wrong: Value = event.clone();
        wrong[field] = value;
        platform.send(&wrong.to_string()).await;
        let (reason, _) = platform.rejected().await;
        assert!(reason.starts_with(&format!("{code}: ")) && reason.contains(named), "{field}: {reason}");
    }
    assert!(receiver.requests().is_empty());
    platform.end().await;
}
