//! What intake takes, refuses and recognises.

use crate::harness::{Platform, Receiver};

#[tokio::test]
async fn cloud_events_and_eventbridge_envelopes_are_events_too() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    customer.webhook(&receiver.url(), &["*"]).await;
    let account = &customer.account;
    platform
        .send(&format!(
            r#"{{"specversion":"1.0","type":"click","source":"/links","id":"1","subject":"{account}","time":"2024-01-01T12:00:00Z","datacontenttype":"application/json","data":{{"from":"cloud"}}}}"#
        ))
        .await;
    platform
        .send(&format!(
            r#"{{"version":"0","id":"eb-1","detail-type":"Click","source":"links","account":"123456789012","time":"2024-01-01T12:00:00Z","region":"us-east-1","resources":[],"detail":{{"account":"{account}","event":"click","data":{{"from":"bridge"}}}}}}"#
        ))
        .await;
    let requests = receiver.requests_at_least(2).await;
    for from in ["cloud", "bridge"] {
        let expected = format!(r#""data":{{"from":"{from}"}}}}"#);
        assert!(requests.iter().any(|request| request.body.ends_with(&expected)), "{requests:?}");
    }
    platform.end().await;
}

#[tokio::test]
async fn an_event_id_published_twice_is_delivered_once_and_with_other_content_rejected() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    customer.webhook(&receiver.url(), &["*"]).await;
    let event = |data: &str| {
        let account = &customer.account;
        format!(r#"{{"account":"{account}","event":"click","id":"evt-1","data":{data}}}"#)
    };
    futures::future::join_all((0..10).map(|_| async { platform.send(&event("{\"a\":1}")).await })).await;
    receiver.requests_at_least(1).await;
    platform.settled().await;
    platform.send(&event("{ \"a\": 1.0 }")).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);

    platform.send(&event("{\"a\":2}")).await;
    let (reason, body) = platform.rejected().await;
    assert!(reason.starts_with("ID_REUSED: "), "{reason}");
    assert_eq!(body, event("{\"a\":2}"));
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn what_can_never_be_sent_is_in_the_rejected_queue_with_its_reason_and_the_batch_is_unharmed() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    customer.webhook(&receiver.url(), &["*"]).await;
    let account = &customer.account;
    let huge = "x".repeat(102_400);
    for (body, code) in [
        ("not json".to_owned(), "MALFORMED_MESSAGE"),
        (r#"{"event":"click","data":1}"#.to_owned(), "MISSING_FIELD"),
        (r#"{"account":"nobody","event":"click","data":1}"#.to_owned(), "UNKNOWN_ACCOUNT"),
        (format!(r#"{{"account":"{account}","event":"link.click","data":1}}"#), "UNKNOWN_EVENT"),
        (format!(r#"{{"account":"{account}","event":"click","data":9007199254740993}}"#), "UNVERIFIABLE_NUMBER"),
        (format!(r#"{{"account":"{account}","event":"click","data":1,"timestamp":"now"}}"#), "INVALID_TIMESTAMP"),
        (format!(r#"{{"account":"{account}","event":"click","data":1,"id":"a b"}}"#), "INVALID_ID"),
        (format!(r#"{{"account":"{account}","event":"click","data":"{huge}"}}"#), "TOO_LARGE"),
    ] {
        platform.send(&body).await;
        let (reason, kept) = platform.rejected().await;
        assert!(reason.starts_with(&format!("{code}: ")), "{reason}");
        assert_eq!(kept, body);
        platform.publish(&customer, "click", "1").await;
    }
    receiver.requests_at_least(8).await;
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
