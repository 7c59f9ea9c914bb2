//! What intake accepts from the event queue, and what it rejects.

use std::collections::BTreeMap;

use crate::harness::{Platform, Receiver, Scene};

#[tokio::test]
async fn bad_messages_of_a_batch_are_rejected_with_their_reasons() {
    let Scene { mut platform, customer, webhook, receiver } =
        Scene::new("go2", &["*"], Receiver::always(200).await).await;
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
    platform.send_as_batch(&bodies).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    let mut codes = BTreeMap::new();
    for _ in &bad {
        let (reason, body) = platform.rejected().await;
        codes.insert(body, reason.split(": ").next().unwrap().to_owned());
    }
    assert_eq!(codes, bad.map(|(body, code)| (body, code.to_owned())).into());
    assert_eq!(receiver.requests().len(), 1, "the good message of the batch was delivered");
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
