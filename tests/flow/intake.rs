//! What intake takes, refuses and recognises.

use std::collections::BTreeMap;

use crate::harness::{Platform, Receiver};

#[tokio::test]
async fn cloud_events_and_eventbridge_envelopes_are_events_too() {
    let (mut platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let account = &customer.account;
    let huge = "x".repeat(102_400);
    let bad = [
        ("not json".to_owned(), "MALFORMED_MESSAGE"),
        (r#"{"event":"click","data":1}"#.to_owned(), "MISSING_FIELD"),
        (r#"{"account":"nobody","event":"click","data":1}"#.to_owned(), "UNKNOWN_ACCOUNT"),
        (format!(r#"{{"account":"{account}","event":"link.click","data":1}}"#), "UNKNOWN_EVENT"),
        (format!(r#"{{"account":"{account}","event":"click","data":9007199254740993}}"#), "UNVERIFIABLE_NUMBER"),
        (format!(r#"{{"account":"{account}","event":"click","data":1,"timestamp":"now"}}"#), "INVALID_TIMESTAMP"),
        (format!(r#"{{"account":"{account}","event":"click","data":1,"id":"a b"}}"#), "INVALID_ID"),
        (format!(r#"{{"account":"{account}","event":"click","data":"{huge}"}}"#), "TOO_LARGE"),
    ];
    let good = format!(r#"{{"account":"{account}","event":"click","data":1}}"#);
    let bodies = bad.iter().map(|(body, _)| body.clone()).chain([good]).collect::<Vec<_>>();
    // One batch of them all.
    platform.kill().await;
    platform.send_all(&bodies).await;
    platform.restart().await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    let mut codes = BTreeMap::new();
    for _ in &bad {
        let (reason, body) = platform.rejected().await;
        codes.insert(body, reason.split(": ").next().unwrap().to_owned());
    }
    assert_eq!(codes, bad.map(|(body, code)| (body, code.to_owned())).into());
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_message_in_a_lane_that_is_no_delivery_is_rejected() {
    let platform = Platform::start().await;
    platform.send_to_delivery("{}").await;
    let (reason, body) = platform.rejected().await;
    assert!(reason.starts_with("MALFORMED_DELIVERY: "), "{reason}");
    assert_eq!(body, "{}");
    platform.end().await;
}

#[tokio::test]
async fn an_operators_redrive_keeps_the_events_identity() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("standard");
    customer.webhook(&receiver.url(), &["*"]).await;
    let body = format!(r#"{{"account":"{}","event":"a","data":1}}"#, customer.account);
    let original = platform.send(&body).await;
    let first = receiver.requests_at_least(1).await.remove(0);
    platform.settled().await;
    platform.send_with(&body, &[("posthorn-source-id", &original)]).await;
    platform.settled().await;
    // Fanned out again, and recognised by the delivery's record.
    assert_eq!(receiver.requests().len(), 1);
    assert!(first.header("webhook-id").starts_with("dlv_"));
    platform.end().await;
}
